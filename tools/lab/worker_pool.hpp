#pragma once

#include <functional>
#include <memory>

namespace reprise {

/// Threads that begin tasks in the order in which they were posted.
class WorkerPool {
 public:
  /// Starts `jobs` threads, at least one.
  explicit WorkerPool(unsigned jobs);

  /// Waits until every task is done.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// `task` is called in one of the threads, soon. It must not throw.
  void post(std::function<void()> task);

 private:
  struct Threads;
  std::unique_ptr<Threads> threads_;
};

}  // namespace reprise
