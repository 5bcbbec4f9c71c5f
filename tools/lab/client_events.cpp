#include "tools/lab/client_events.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <utility>

#include "engine/nearest.hpp"

namespace reprise {

namespace {

constexpr std::string_view log_mark = "jepsen.util";

struct NamedFunction {
  std::string_view name;
  Function function;
  bool key_value;
};

constexpr std::array functions = {NamedFunction{":read", Function::read, false},
                                  NamedFunction{":write", Function::write, false},
                                  NamedFunction{":cas", Function::cas, false},
                                  NamedFunction{":get", Function::read, true},
                                  NamedFunction{":put", Function::write, true},
                                  NamedFunction{":append", Function::append, true}};

constexpr std::array<std::pair<std::string_view, ClientEvent::Type>, 4> types = {
    {{":invoke", ClientEvent::Type::invoke},
     {":ok", ClientEvent::Type::ok},
     {":fail", ClientEvent::Type::fail},
     {":info", ClientEvent::Type::info}}};

/// The one of `names` that `word` was meant to be, or all of them.
std::string instead(std::string_view word, const std::vector<std::string>& names) {
  const std::string meant = nearest(word, names);
  if (!meant.empty()) return "write " + meant;
  std::string all = "write one of";
  for (const std::string& name : names) all += ' ' + name;
  return all;
}

void set_type(ClientEvent& event, const EdnElement& element) {
  const auto found =
      std::ranges::find(types, element.source, [](const auto& type) { return type.first; });
  if (found != types.end()) {
    event.type = found->second;
    return;
  }
  std::vector<std::string> names;
  for (const auto& type : types) names.emplace_back(type.first);
  throw EventError(element.offset, "unknown type of an event", instead(element.source, names));
}

void set_function(ClientEvent& event, const EdnElement& element) {
  const auto found = std::ranges::find(functions, element.source, &NamedFunction::name);
  if (found != functions.end()) {
    event.function = found->function;
    event.key_value = found->key_value;
    return;
  }
  std::vector<std::string> names;
  for (const NamedFunction& function : functions) names.emplace_back(function.name);
  throw EventError(element.offset, "no function of a register or a key-value store",
                   instead(element.source, names));
}

void set_process(ClientEvent& event, const EdnElement& element) {
  std::string_view digits = element.source;
  if (digits.ends_with('N')) digits.remove_suffix(1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), event.process);
  if (element.kind != EdnKind::integer || error != std::errc() ||
      end != digits.data() + digits.size()) {
    throw EventError(element.offset, "a process is a whole number of 64 bits",
                     "clients have numbers; what has a name, such as :nemesis, is left out");
  }
}

/// The parts of an event's map that count.
struct EventMap {
  std::optional<EdnElement> process{};
  std::optional<EdnElement> type{};
  std::optional<EdnElement> function{};
  std::optional<EdnElement> key{};
  std::optional<EdnElement> value{};

  std::optional<EdnElement>* part(std::string_view name) {
    if (name == ":process") return &process;
    if (name == ":type") return &type;
    if (name == ":f") return &function;
    if (name == ":key") return &key;
    if (name == ":value") return &value;
    return nullptr;
  }
};

std::optional<ClientEvent> event_of(const EdnElement& map) {
  EventMap parts;
  EdnReader reader(map);
  while (const auto name = reader.next()) {
    const std::optional<EdnElement> value = reader.next();
    std::optional<EdnElement>* const part = parts.part(name->source);
    if (part == nullptr) continue;
    if (*part) {
      throw EventError(name->offset, "this map has " + std::string(name->source) + " twice",
                       "leave one of them out");
    }
    *part = value;
  }
  const auto expect = [&](const std::optional<EdnElement>& part, const char* name) {
    if (part) return;
    throw EventError(map.offset, std::string("this event has no ") + name,
                     "an event is a map with :process, :type, :f and :value, and :key if there "
                     "are several");
  };
  expect(parts.process, ":process");
  if (parts.process->kind == EdnKind::keyword) return std::nullopt;
  expect(parts.type, ":type");
  expect(parts.function, ":f");
  ClientEvent event;
  event.offset = map.offset;
  set_process(event, *parts.process);
  set_type(event, *parts.type);
  set_function(event, *parts.function);
  event.key = parts.key;
  event.value = parts.value.value_or(EdnElement{EdnKind::nil, "nil", map.offset});
  return event;
}

void add_edn_events(std::vector<ClientEvent>& events, EdnReader reader, bool outermost) {
  while (const auto element = reader.next()) {
    if (element->kind == EdnKind::map) {
      if (auto event = event_of(*element)) events.push_back(std::move(*event));
    } else if (outermost && (element->kind == EdnKind::vector || element->kind == EdnKind::list)) {
      add_edn_events(events, EdnReader(*element), false);
    } else {
      throw EventError(element->offset, "an event is a map",
                       "write {:process 0, :type :invoke, :f :read, :value nil}");
    }
  }
}

/// What a line of a log says behind "jepsen.util", if it tells of an operation of a client.
std::optional<std::string_view> operation_of(std::string_view line) {
  const std::size_t mark = line.find(log_mark);
  if (mark == std::string_view::npos) return std::nullopt;
  const auto skip_blank = [&] {
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  };
  line.remove_prefix(mark + log_mark.size());
  skip_blank();
  if (line.starts_with('-') || line.starts_with(':')) line.remove_prefix(1);
  skip_blank();
  const std::size_t digits = line.find_first_not_of("0123456789");
  if (digits == 0 || line.empty()) return std::nullopt;
  if (digits == std::string_view::npos) return line;  // cut off
  const std::size_t behind = line.find_first_not_of(" \t", digits);
  if (behind == digits) return std::nullopt;
  if (behind == std::string_view::npos || line[behind] == ':') return line;
  return std::nullopt;
}

ClientEvent logged_event(std::string_view operation, std::size_t offset) {
  EdnReader reader(operation, offset);
  const auto expect = [&](const char* what) {
    if (const auto element = reader.next()) return *element;
    throw EventError(offset + operation.size(), std::string("the line ends before ") + what,
                     "a line has process, type, function and value; take a line that is cut off "
                     "out");
  };
  ClientEvent event;
  event.offset = offset;
  set_process(event, expect("its process"));
  set_type(event, expect("its type"));
  set_function(event, expect("its function"));
  // what was not answered has an error in the place of its value, in words of any kind
  if (event.type == ClientEvent::Type::fail || event.type == ClientEvent::Type::info) {
    event.value = {EdnKind::nil, "nil", offset};
    return event;
  }
  event.value = expect("its value");
  if (const auto more = reader.next()) {
    throw EventError(more->offset, "something stands behind the value", "take it out");
  }
  return event;
}

std::vector<ClientEvent> read_log(std::string_view text) {
  std::vector<ClientEvent> events;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (const auto operation = operation_of(line)) {
      events.push_back(
          logged_event(*operation, static_cast<std::size_t>(operation->data() - text.data())));
    }
    begin = end + 1;
  }
  return events;
}

}  // namespace

std::vector<ClientEvent> read_client_events(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n,");
  if (first == std::string_view::npos) return {};
  const bool marked = text.find(log_mark) != std::string_view::npos;
  const bool begins_with_date = text.size() - first > 1 && text[first] == '[' &&
                                text[first + 1] >= '0' && text[first + 1] <= '9';
  const bool begins_like_edn =
      std::string_view("{[(;#").find(text[first]) != std::string_view::npos;
  if (begins_like_edn && !(marked && begins_with_date)) {
    std::vector<ClientEvent> events;
    add_edn_events(events, EdnReader(text), true);
    return events;
  }
  if (marked) return read_log(text);
  throw EventError(first, "this is no history of clients",
                   "give EDN with a map for each event, or a log with lines of jepsen.util");
}

}  // namespace reprise
