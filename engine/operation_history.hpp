#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/fields.hpp"

namespace reprise {

/// What the client of a store saw, an operation after the other: for `reprise history`, which
/// writes it as a linearizability checker reads it. A field `history` of an agent:
///
///     history.call("put", key, value);   // when it asks
///     history.ok();                      // when it has the answer
///
/// Only the last few events are kept: `reprise history` lives the run again and looks after each
/// step. On a node that may crash, REPRISE_DURABLE must name the field, and Start calls info() if
/// an operation is open(). What is noted in the call of a handler that retires the agent is not
/// seen.
struct OperationHistory {
  static constexpr std::size_t recent_max = 4;  ///< So many at most in one call of a handler.

  enum class What : std::uint8_t {
    call,
    ok,    ///< it took effect
    fail,  ///< it did not
    info   ///< nobody knows whether it did, or will
  };

  struct Event {
    What what = What::call;
    std::string function;  ///< get, put, append, read, write
    std::string key;
    std::string value;  ///< What is written, or was read.
    REPRISE_FIELDS(what, function, key, value)
  };

  std::uint64_t count = 0;  ///< Of all events there were.
  std::vector<Event> recent;
  REPRISE_FIELDS(count, recent)

  /// An operation begins. One that is still open has become `info`.
  void call(std::string_view function, std::string_view key, std::string_view value = {});

  /// The open operation has ended; there must be one.
  void ok() { end(What::ok); }
  void ok(std::string_view value);  ///< A read, and what it read.
  void fail() { end(What::fail); }
  void info() { end(What::info); }

  /// Whether an operation has begun and not ended.
  bool open() const { return !recent.empty() && recent.back().what == What::call; }

 private:
  void end(What what);
  void note(Event event);
};

}  // namespace reprise
