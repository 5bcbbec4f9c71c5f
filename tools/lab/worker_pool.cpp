#include "tools/lab/worker_pool.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace reprise {

struct WorkerPool::Threads {
  explicit Threads(unsigned jobs) : pool(jobs) {}

  boost::asio::thread_pool pool;
};

WorkerPool::WorkerPool(unsigned jobs) : threads_(std::make_unique<Threads>(std::max(jobs, 1U))) {}

WorkerPool::~WorkerPool() {
  threads_->pool.join();
}

void WorkerPool::post(std::function<void()> task) {
  boost::asio::post(threads_->pool, std::move(task));
}

}  // namespace reprise
