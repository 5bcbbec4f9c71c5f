#pragma once

#include <cstdint>
#include <string_view>

#include "agents/market/messages.hpp"
#include "engine/fields.hpp"
#include "engine/time.hpp"

/// Messages as they were in earlier versions, and what they become: how old journals are read.
namespace reprise::market {

/// A halt without a reason.
struct HaltV1 {
  static constexpr std::string_view kind = Halt::kind;
  static constexpr std::uint16_t version = 1;
  Duration lasts{};
  REPRISE_FIELDS(lasts)
};

inline Halt lifted(const HaltV1& halt) {
  return {.lasts = halt.lasts, .reason = HaltReason::unstated};
}

}  // namespace reprise::market
