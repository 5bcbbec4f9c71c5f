#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/event.hpp"

namespace reprise {

/// What comes from outside: a message, when it takes effect, and where it is from.
struct Input {
  Time at{};  ///< When it is delivered.
  std::optional<Step>
      after;  ///< Set for an edit of a standing world: applied right after this step, not at `at`.
  std::optional<std::uint64_t>
      seq;  ///< The outside's count; given by the world when it is not set.
  AgentId to{};
  Payload payload;

  std::string producer;            ///< Who sent it: a feed's name, "scenario", a client.
  std::uint64_t producer_seq = 0;  ///< The producer's own count, from 1: a line of its file.

  /// An external key, by which its producer knows it under whatever number; empty: none.
  std::string key;

  /// Its producer may send it again: the world remembers it, to answer with its place and to tell
  /// other content apart. One with a key always is.
  bool resendable = false;
};

/// What the door made of an input.
struct Admission {
  /// Its producer sent it before: nothing was done, and `at` and `step` are those of the first.
  bool repeat = false;

  std::optional<Time> at;  ///< When it takes, or took, effect; nothing if that is forgotten.

  /// As which step it took effect; nothing if it has not yet, or if that is forgotten.
  std::optional<Step> step;
};

/// Where inputs come from, one after another in the order of `at` (and `after`).
class InputSource {
 public:
  virtual ~InputSource() = default;

  /// The next input, or nothing when there are no more.
  virtual std::optional<Input> next() = 0;
};

/// Inputs that are all there already. A copy goes on where the original stands, and shares them.
class InputList final : public InputSource {
 public:
  InputList() = default;

  /// `inputs` are in order.
  explicit InputList(std::vector<Input> inputs)
      : inputs_(std::make_shared<const std::vector<Input>>(std::move(inputs))),
        edits_(std::ranges::any_of(*inputs_,
                                   [](const Input& each) { return each.after.has_value(); })) {}

  /// Whether there are edits among them.
  bool has_edits() const { return edits_; }

  std::optional<Input> next() override {
    if (!inputs_ || given_ == inputs_->size()) return std::nullopt;
    return (*inputs_)[given_++];
  }

 private:
  std::shared_ptr<const std::vector<Input>> inputs_;
  std::size_t given_ = 0;
  bool edits_ = false;
};

}  // namespace reprise
