#include "tools/lab/client_history.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "scenarios/input_error.hpp"
#include "scenarios/utf8.hpp"
#include "tools/lab/client_events.hpp"

namespace reprise {

namespace {

using EventType = ClientEvent::Type;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

ClientValue value_of(const EdnElement& element) {
  if (element.kind == EdnKind::nil) return {};
  if (element.kind == EdnKind::text) return {ClientValue::Kind::text, edn_text(element)};
  return {ClientValue::Kind::other, edn_canonical(element)};
}

/// The elements of a vector of two.
std::optional<std::pair<EdnElement, EdnElement>> pair_of(const EdnElement& element) {
  if (element.kind != EdnKind::vector) return std::nullopt;
  EdnReader reader(element);
  const auto first = reader.next();
  const auto second = reader.next();
  if (!second || reader.next()) return std::nullopt;
  return std::pair(*first, *second);
}

/// Where the key of an operation stands.
enum class KeyPlace { none, map, value };

/// Jepsen's independent keys make every value a pair of key and value.
bool is_key_and_value(const ClientEvent& event) {
  const auto parts = pair_of(event.value);
  return parts && (event.function != Function::cas || pair_of(parts->second));
}

KeyPlace key_place(const std::vector<ClientEvent>& events) {
  const auto is_call = [](const ClientEvent& event) { return event.type == EventType::invoke; };
  if (std::ranges::any_of(events, [](const ClientEvent& event) { return event.key.has_value(); })) {
    return KeyPlace::map;
  }
  const bool pairs = std::ranges::all_of(
      events, [&](const ClientEvent& event) { return !is_call(event) || is_key_and_value(event); });
  return pairs && std::ranges::any_of(events, is_call) ? KeyPlace::value : KeyPlace::none;
}

/// Matches returns with calls.
class HistoryBuilder {
 public:
  HistoryBuilder(std::string_view text, const std::vector<ClientEvent>& events,
                 std::optional<Model> model)
      : text_(text), place_(key_place(events)) {
    const bool key_value = std::ranges::any_of(events, &ClientEvent::key_value);
    history_.model = model.value_or(key_value ? Model::key_value : Model::cas_register);
    history_.keyed = place_ != KeyPlace::none;
    appends_ = std::ranges::any_of(
        events, [](const ClientEvent& event) { return event.function == Function::append; });
    for (const ClientEvent& event : events) add(event);
  }

  ClientHistory take() { return std::move(history_); }

 private:
  void add(const ClientEvent& event) {
    line_ += static_cast<std::uint64_t>(
        std::count(text_.begin() + static_cast<std::ptrdiff_t>(counted_to_),
                   text_.begin() + static_cast<std::ptrdiff_t>(event.offset), '\n'));
    counted_to_ = event.offset;
    if (event.type == EventType::invoke) {
      call(event);
    } else {
      give_back(event);
    }
    ++position_;
  }

  void call(const ClientEvent& event) {
    const auto [open, added] = open_.try_emplace(event.process, history_.operations.size());
    if (!added) {
      throw EventError(
          event.offset,
          "process " + std::to_string(event.process) + " calls again before its call in line " +
              std::to_string(history_.operations[open->second].call_line) + " has returned",
          "write an :info event for what did not return");
    }
    Operation operation;
    operation.process = event.process;
    operation.function = event.function;
    operation.call_position = position_;
    operation.call_line = line_;
    const EdnElement value = split(event, operation.key);
    switch (event.function) {
      case Function::read:
        break;
      case Function::append:
        if (value.kind != EdnKind::text) {
          throw EventError(value.offset, "append takes a text", "write it in quotes");
        }
        if (history_.model == Model::cas_register) {
          throw EventError(event.offset, "a register has no append", "judge it as key-value");
        }
        [[fallthrough]];
      case Function::write:
        operation.argument = checked_value(value);
        break;
      case Function::cas: {
        const auto parts = pair_of(value);
        if (!parts) {
          throw EventError(value.offset, "cas takes a vector of two: what it expects, what it sets",
                           "write [1 2]");
        }
        operation.expected = checked_value(parts->first);
        operation.argument = checked_value(parts->second);
      }
    }
    history_.operations.push_back(std::move(operation));
  }

  void give_back(const ClientEvent& event) {
    const auto open = open_.find(event.process);
    if (open == open_.end()) {
      throw EventError(event.offset,
                       "process " + std::to_string(event.process) + " returns from nothing",
                       "its :invoke is missing, or it has returned before");
    }
    Operation& operation = history_.operations[open->second];
    open_.erase(open);
    if (operation.function != event.function) {
      throw EventError(event.offset,
                       "process " + std::to_string(event.process) +
                           " returns from another function than it called in line " +
                           std::to_string(operation.call_line),
                       "a process does one thing at a time");
    }
    operation.return_position = position_;
    operation.return_line = line_;
    operation.outcome = event.type == EventType::ok     ? Outcome::ok
                        : event.type == EventType::fail ? Outcome::fail
                                                        : Outcome::info;
    if (operation.outcome != Outcome::ok) return;
    if (operation.function != Function::read && place_ == KeyPlace::value &&
        !pair_of(event.value)) {
      return;  // an answer that repeats nothing
    }
    std::string key = operation.key;
    const bool repeats_key = place_ != KeyPlace::map || event.key;
    const EdnElement value = repeats_key ? split(event, key) : event.value;
    if (key != operation.key) {
      throw EventError(event.offset,
                       "this returns from key " + key + ", and the call in line " +
                           std::to_string(operation.call_line) + " is of key " + operation.key,
                       "a process does one thing at a time");
    }
    if (operation.function == Function::read) operation.result = checked_value(value);
  }

  /// The value of an event without its key.
  EdnElement split(const ClientEvent& event, std::string& key) const {
    if (place_ == KeyPlace::none) return event.value;
    if (place_ == KeyPlace::map) {
      if (!event.key) {
        throw EventError(event.offset, "this event has no :key, and others have",
                         "give every event its :key");
      }
      key = edn_canonical(*event.key);
      return event.value;
    }
    const auto parts = pair_of(event.value);
    if (!parts) {
      throw EventError(event.value.offset, "this value is no [key value], and those of calls are",
                       "write [key value]");
    }
    key = edn_canonical(parts->first);
    return parts->second;
  }

  ClientValue checked_value(const EdnElement& element) const {
    ClientValue value = value_of(element);
    if (appends_ && value.kind == ClientValue::Kind::other) {
      throw EventError(element.offset, "this is no text, and the history has append",
                       "what is appended to is text: write it in quotes");
    }
    return value;
  }

  std::string_view text_;
  KeyPlace place_;
  bool appends_ = false;
  ClientHistory history_;
  std::map<std::int64_t, std::size_t> open_;  // by process, the operation that it is in
  std::size_t position_ = 0;
  std::size_t counted_to_ = 0;
  std::uint64_t line_ = 1;
};

/// "name:line:column"; a column counts bytes.
std::string place_of(std::string_view text, std::size_t offset, const std::string& name) {
  const std::string_view before = text.substr(0, offset);
  const std::size_t begin = before.rfind('\n') + 1;  // npos + 1 is 0
  return name + ':' + std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ':' +
         std::to_string(before.size() - begin + 1);
}

}  // namespace

ClientHistory read_history(std::string_view text, const std::string& name,
                           std::optional<Model> model) {
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (const auto fault = find_utf8_fault(text)) {
    throw InputError(place_of(text, fault->offset, name), fault->reason,
                     "a history is UTF-8; write it again as that");
  }
  try {
    const std::vector<ClientEvent> events = read_client_events(text);
    ClientHistory history = HistoryBuilder(text, events, model).take();
    if (!history.operations.empty()) return history;
  } catch (const EventError& error) {
    throw InputError(place_of(text, error.offset(), name), error.what(), error.remedy());
  } catch (const EdnError& error) {
    throw InputError(place_of(text, error.offset(), name), error.what(),
                     "the history is damaged or cut off here; EDN is at "
                     "github.com/edn-format/edn");
  }
  throw InputError(name, "nothing to judge: there is no operation of a client in it",
                   "give a history with :invoke and :ok events");
}

ClientValue initial_value(Model model) {
  if (model == Model::cas_register) return {};
  return {ClientValue::Kind::text, ""};
}

ClientValue value_after(const Operation& operation, const ClientValue& value) {
  switch (operation.function) {
    case Function::read:
      return value;
    case Function::write:
    case Function::cas:
      return operation.argument;
    case Function::append:
      break;
  }
  return {ClientValue::Kind::text, value.content + operation.argument.content};
}

std::string to_string(const ClientValue& value) {
  switch (value.kind) {
    case ClientValue::Kind::nil:
      return "nil";
    case ClientValue::Kind::text:
      return edn_quoted(value.content);
    case ClientValue::Kind::other:
      break;
  }
  return value.content;
}

std::string_view function_name(Function function, Model model) {
  const bool key_value = model == Model::key_value;
  switch (function) {
    case Function::read:
      return key_value ? "get" : "read";
    case Function::write:
      return key_value ? "put" : "write";
    case Function::cas:
      return "cas";
    case Function::append:
      break;
  }
  return "append";
}

std::string_view model_name(Model model) {
  return model == Model::key_value ? "key-value" : "register";
}

std::string call_words(const Operation& operation, Model model) {
  const std::string name(function_name(operation.function, model));
  if (operation.function == Function::read) return name;
  if (operation.function == Function::cas) {
    return name + ' ' + to_string(operation.expected) + " -> " + to_string(operation.argument);
  }
  return name + ' ' + to_string(operation.argument);
}

}  // namespace reprise
