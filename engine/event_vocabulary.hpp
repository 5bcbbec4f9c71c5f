#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/expression.hpp"
#include "engine/message.hpp"

namespace reprise {

/// What an event has apart from its message.
enum class EventFact : std::uint8_t { time, step, hop, cause, dropped, from, to, kind };

/// What an expression over events may name: the facts above by their names, the fields of messages
/// as `payload.price`, and also as `price` where no name before is meant.
class EventVocabulary final : public Vocabulary {
 public:
  /// `kinds` are those of the messages that there are.
  explicit EventVocabulary(std::vector<const MessageType*> kinds) : kinds_(std::move(kinds)) {}

  Term term(const Path& path) const override;

  const std::vector<const MessageType*>& kinds() const { return kinds_; }

  /// What a term of this vocabulary stands for: a fact, or nothing where it is a field of the
  /// message, which stands at field_of() then.
  static std::optional<EventFact> fact_of(const Term& term);

  /// A path without the `payload` it may begin with: where it leads in a message.
  static std::span<const PathPart> field_of(std::span<const PathPart> path);

 private:
  ValueType field_type(const Path& path, std::size_t begin) const;
  std::string unknown_name(const std::string& name, bool is_field) const;

  std::vector<const MessageType*> kinds_;
};

}  // namespace reprise
