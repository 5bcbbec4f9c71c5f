#include "replay/background.hpp"

#include <utility>

namespace reprise {

Background::Background(WorkOn where) {
  if (where == WorkOn::thread) thread_ = std::thread([this] { work(); });
}

Background::~Background() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Background::expect_sound() const {
  if (error_) std::rethrow_exception(error_);
}

void Background::do_job(const std::function<void()>& job) {
  try {
    job();
  } catch (...) {
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    jobs_.clear();
  }
}

void Background::add(std::function<void()> job) {
  if (!thread_.joinable()) {
    expect_sound();
    do_job(job);
    return expect_sound();
  }
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return jobs_.size() + 1 < under_way_max || error_; });
    expect_sound();
    jobs_.push_back(std::move(job));
  }
  changed_.notify_all();
}

void Background::wait() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return jobs_.empty() && !busy_; });
  expect_sound();
}

void Background::stop() noexcept {
  std::unique_lock lock(mutex_);
  jobs_.clear();
  changed_.wait(lock, [&] { return !busy_; });
}

void Background::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return !jobs_.empty() || ending_; });
    if (jobs_.empty()) return;
    const std::function<void()> job = std::move(jobs_.front());
    jobs_.pop_front();
    busy_ = true;
    lock.unlock();
    do_job(job);
    lock.lock();
    busy_ = false;
    changed_.notify_all();
  }
}

}  // namespace reprise
