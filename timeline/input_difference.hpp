#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "replay/history.hpp"

namespace reprise {

/// An input as a journal has it; its kind may be unknown to this program.
struct ToldInput {
  std::uint64_t number = 0;  ///< In its history, from 1.
  Time at{};
  std::optional<Step> after;  ///< Of an edit.
  AgentId to{};
  std::uint64_t kind = 0;
  std::uint16_t version = 1;
  std::vector<std::byte> payload;  ///< Encoded.
  std::string producer;
  std::uint64_t producer_seq = 0;
  std::string key;
};

/// An input that two histories do not share: one of them has it, or both do otherwise.
struct ChangedInput {
  std::optional<ToldInput> a;
  std::optional<ToldInput> b;
};

struct InputDifference {
  std::vector<ChangedInput> inputs;  ///< The first of them, in the order of their times.
  std::uint64_t only_a = 0;
  std::uint64_t only_b = 0;
  std::uint64_t changed = 0;
  bool complete = true;  ///< Otherwise there were too many to go on after the last of these.

  std::uint64_t count() const { return only_a + only_b + changed; }
};

/// What differs between the inputs of two histories. Two are the same if they have the same
/// producer and its number or key for them; those without either, if they are equal. Of the same, a
/// time, receiver, kind or payload may have changed. Holds the inputs that one history has had and
/// the other has not: a million at most. Throws JournalError.
InputDifference input_difference(const Journal& a, const Journal& b, std::size_t inputs_max);

}  // namespace reprise
