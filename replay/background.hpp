#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>

namespace reprise {

/// Where work is done that its giver need not wait for.
enum class WorkOn : bool { caller, thread };

/// Does jobs in the order in which they are given: at once on the caller's thread, or on a thread
/// of its own behind a queue of a few. What a job throws ends it: no later job is done, and every
/// verb from then on throws the same.
///
/// Only for one caller's thread at a time.
class Background {
 public:
  /// The most jobs that are given and not done when add() returns.
  static constexpr std::size_t under_way_max = 9;

  explicit Background(WorkOn where);

  /// Does what is left, if no job has thrown.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Gives a job. Waits while as many as the queue holds are not done.
  void add(std::function<void()> job);

  /// Waits until all jobs given are done.
  void wait();

  /// Lets jobs that have not begun go, and waits for the one that has. Never throws.
  void stop() noexcept;

 private:
  void work();
  void do_job(const std::function<void()>& job);
  void expect_sound() const;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> jobs_;
  bool busy_ = false;  // a job that is no longer in jobs_ is being done
  bool ending_ = false;
  std::exception_ptr error_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace reprise
