#pragma once

#include <atomic>
#include <future>

#include "timeline/causality.hpp"

namespace reprise {

/// Thrown in a thread whose result nobody wants any more.
struct GivenUp {};

/// Does both, the second in a thread of its own where the system has one: that is to call its
/// argument now and then, which ends it with GivenUp once the first has thrown. Throws what the
/// first does, or else what the second does.
template <class Ours, class Theirs>
void at_once(const Ours& ours, const Theirs& theirs) {
  std::atomic<bool> given_up = false;
  const OnTheWay asked = [&](Step) {
    if (given_up) throw GivenUp();
  };
  std::future<void> other =
      std::async(std::launch::async | std::launch::deferred, [&] { theirs(asked); });
  try {
    ours();
  } catch (...) {
    given_up = true;
    other.wait();
    throw;
  }
  other.get();
}

}  // namespace reprise
