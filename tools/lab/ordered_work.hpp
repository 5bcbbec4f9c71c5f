#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "tools/lab/worker_pool.hpp"

namespace reprise {

/// Many pieces of work with numbers, done in threads in whatever order and handed on in order.
template <class Result>
struct OrderedWork {
  std::uint64_t first = 0;  ///< The number of the first piece.
  std::uint64_t end = 0;    ///< The number behind the last.
  unsigned jobs = 1;

  /// Does one piece, in any thread. Once `stop` is true nobody wants its result any more.
  std::function<Result(std::uint64_t number, const std::atomic<bool>& stop)> work;

  /// Takes the results one by one in order of their numbers, in the thread that called run(); false
  /// ends the whole.
  std::function<bool(std::uint64_t number, Result result)> take;

  /// Asked every tenth of a second or so, in the same thread; true ends the whole.
  std::function<bool()> interrupted;

  /// How many pieces may be begun, or done and not handed on, for each thread: one that takes long
  /// keeps the others waiting only when so many are done.
  static constexpr std::uint64_t ahead_per_job = 64;

  /// Does it all. Says whether it came to its end. What a piece of work throws is thrown when its
  /// turn comes, so which one does not depend on the threads either.
  bool run() const;

 private:
  struct Piece {
    std::unique_ptr<Result> result{};
    std::exception_ptr error{};
    bool done = false;
  };
};

template <class Result>
bool OrderedWork<Result>::run() const {
  const std::uint64_t window = ahead_per_job * std::max(jobs, 1U);
  std::vector<Piece> pieces(std::min(window, end - std::min(first, end)));  // by number % size
  std::mutex mutex;
  std::condition_variable done;
  std::atomic<bool> stop = false;
  const auto finish = [&](std::uint64_t number) {
    Piece piece;
    try {
      if (!stop) piece.result = std::make_unique<Result>(work(number, stop));
    } catch (...) {
      piece.error = std::current_exception();
    }
    piece.done = true;
    const std::lock_guard lock(mutex);
    pieces[number % pieces.size()] = std::move(piece);
    done.notify_one();
  };
  struct StopAtExit {  // what is still under way is wanted no more, however this is left
    std::atomic<bool>& flag;
    ~StopAtExit() { flag = true; }
  };
  WorkerPool pool(jobs);
  const StopAtExit at_exit{stop};
  std::uint64_t posted = first;
  for (std::uint64_t next = first; next < end; ++next) {
    for (; posted < end && posted - next < pieces.size(); ++posted) {
      pool.post([&finish, number = posted] { finish(number); });
    }
    Piece piece;
    {
      std::unique_lock lock(mutex);
      Piece& awaited = pieces[next % pieces.size()];
      while (!done.wait_for(lock, std::chrono::milliseconds(100), [&] { return awaited.done; })) {
        if (interrupted && interrupted()) return false;
      }
      piece = std::exchange(awaited, Piece());
    }
    if (interrupted && interrupted()) return false;
    if (piece.error) std::rethrow_exception(piece.error);
    if (!take(next, std::move(*piece.result))) return false;
  }
  return true;
}

}  // namespace reprise
