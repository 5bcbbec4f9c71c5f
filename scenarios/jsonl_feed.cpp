#include <algorithm>
#include <boost/json/object.hpp>
#include <type_traits>

#include "engine/control.hpp"
#include "engine/exact_json.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "scenarios/feed.hpp"
#include "scenarios/live_lines.hpp"
#include "scenarios/set_check.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

class JsonlFormat : public FeedFormat {
 public:
  JsonlFormat(const FeedDeclaration& feed, const Simulation& world, std::vector<std::string> names)
      : world_(world), names_(std::move(names)), type_(feed.message) {
    if (!feed.name.empty()) default_missing_ = ", and the feed has none";
    if (!feed.to.empty()) to_ = receiver(feed.to);
  }

  FeedLine read(std::string_view line) override {
    if (is_empty(line)) return {};
    return with_object(line, [this](json::object& object) {
      if (!object.contains("at")) throw MalformedLine("'at', the time, is missing");
      return record(object);
    });
  }

 protected:
  static bool is_empty(std::string_view line) {
    return line.find_first_not_of(" \t") == std::string_view::npos;
  }

  /// What `read` makes of the object that `line` is.
  template <class Read>
  std::invoke_result_t<Read, json::object&> with_object(std::string_view line, const Read& read) {
    try {
      json::value& value = reader_.read(line);
      if (!value.is_object()) throw MalformedLine("expected a JSON object");
      return read(value.get_object());
    } catch (const JsonError& error) {
      throw MalformedLine(error.what());
    } catch (const FieldError& error) {
      throw MalformedLine(error.what());
    }
  }

  FeedRecord record(json::object& line) const {
    const json::value* const at = line.if_contains("at");
    const Duration time = at == nullptr ? Duration() : time_in(*at);
    const MessageType& type = type_in(line);
    const AgentId to = to_in(line, type);
    check_heard(type, to);
    for (const char* key : {"at", "kind", "to"}) line.erase(key);
    FeedRecord record{time, to, Payload(type)};
    json::value* const message = line.if_contains("message");
    if (&type == &message_type<SetField>()) {
      write_value_as_json(message != nullptr && message->is_object() ? message->get_object()
                                                                     : line);
    }
    if (message == nullptr) {
      from_json(*type.fields, record.payload.data(), line);
    } else {
      from_json(*type.fields, record.payload.data(), *message);
      line.erase("message");
      if (!line.empty())
        throw MalformedLine("unknown key '" + std::string(line.begin()->key()) +
                            "' beside 'message'");
    }
    expect_obeyable(record, world_);
    return record;
  }

  static Duration time_in(const json::value& value) {
    std::optional<Duration> time;
    if (value.is_int64()) time = Duration(value.get_int64());
    if (value.is_string()) time = parse_duration(std::string_view(value.get_string()));
    if (!time)
      throw MalformedLine("'at' is " + json_text(value) +
                          ", not an integer in nanoseconds or a time with its unit");
    return *time;
  }

  static std::string_view text_in(const json::object& line, std::string_view key) {
    const json::value& value = line.at(key);
    if (!value.is_string())
      throw MalformedLine('\'' + std::string(key) + "' is " + json_text(value) + ", not text");
    return value.get_string();
  }

 private:
  const MessageType& type_in(const json::object& line) const {
    if (!line.contains("kind")) {
      if (type_ == nullptr) throw MalformedLine("'kind' is missing" + default_missing_);
      return *type_;
    }
    const std::string_view kind = text_in(line, "kind");
    const MessageType* const type = world_.catalog().message(kind);
    if (type == nullptr) {
      throw MalformedLine("unknown message kind '" + std::string(kind) + "'" +
                          did_you_mean(kind, world_.catalog().message_names()));
    }
    if (type == &message_type<Start>())
      throw MalformedLine("reprise.start comes from the world alone");
    return *type;
  }

  AgentId to_in(const json::object& line, const MessageType& type) const {
    if (line.contains("to")) return receiver(text_in(line, "to"));
    if (world_obeys(type.name)) return world_id;
    if (!to_) throw MalformedLine("'to' is missing" + default_missing_);
    return *to_;
  }

  AgentId receiver(std::string_view name) const {
    if (name == "world") return world_id;
    if (const std::optional<AgentId> id = world_.find(name)) return *id;
    const std::string first = std::string(name) + "[0]";
    if (world_.find(first)) {
      throw MalformedLine('\'' + std::string(name) + "' is a group; name one of it, such as '" +
                          first + '\'');
    }
    throw MalformedLine("there is no agent '" + std::string(name) + "'" +
                        did_you_mean(name, names_));
  }

  void check_heard(const MessageType& type, AgentId to) const {
    const bool heard =
        to == world_id ? world_obeys(type.name) : world_.type_of_agent(to).handler(type) != nullptr;
    if (heard) return;
    throw MalformedLine((to == world_id ? "the world" : '\'' + world_.name_of(to) + '\'') +
                        " does not listen to " + std::string(type.name));
  }

  const Simulation& world_;
  std::vector<std::string> names_;
  const MessageType* type_;
  std::optional<AgentId> to_;
  std::string default_missing_;  // how a complaint of a missing kind or receiver goes on
  JsonReader reader_;
};

}  // namespace

class LiveLines::Format final : public JsonlFormat {
 public:
  using JsonlFormat::JsonlFormat;

  std::optional<LiveRecord> read_live(std::string_view line, LiveNames& names) {
    if (is_empty(line)) return std::nullopt;
    return with_object(line, [&](json::object& object) -> std::optional<LiveRecord> {
      if (object.contains("producer")) names.producer = text_in(object, "producer");
      if (object.contains("key")) names.key = text_in(object, "key");
      if (const json::value* seq = object.if_contains("seq")) names.seq = number_in(*seq);
      if (names.producer.empty() || names.producer == "scenario") {
        throw MalformedLine("'producer' is \"" + names.producer + "\", which no producer may be");
      }
      if (!names.seq && names.key.empty()) {
        throw MalformedLine("'seq', its producer's own count from 1, is missing, and so is 'key'");
      }
      const bool timed = object.contains("at");
      for (const char* key : {"producer", "seq", "key"}) object.erase(key);
      FeedRecord record = this->record(object);
      return LiveRecord{.at = timed ? std::optional(record.at) : std::nullopt,
                        .to = record.to,
                        .payload = std::move(record.payload),
                        .producer = names.producer,
                        .seq = names.seq.value_or(0),
                        .key = names.key};
    });
  }

 private:
  static std::uint64_t number_in(const json::value& value) {
    if (value.is_uint64()) return value.get_uint64();
    if (value.is_int64() && value.get_int64() > 0) {
      return static_cast<std::uint64_t>(value.get_int64());
    }
    throw MalformedLine("'seq' is " + json_text(value) + ", not an integer from 1");
  }
};

LiveLines::LiveLines(const FeedDeclaration& feed, const Simulation& world,
                     std::vector<std::string> names)
    : format_(std::make_unique<Format>(feed, world, std::move(names))), producer_(feed.name) {}

LiveLines::~LiveLines() = default;

std::optional<LiveRecord> LiveLines::read(std::string_view line) {
  pass_over();
  return format_->read_live(line, names_);
}

std::unique_ptr<FeedFormat> jsonl_format(const FeedDeclaration& feed, const Simulation& world,
                                         std::vector<std::string> names) {
  return std::make_unique<JsonlFormat>(feed, world, std::move(names));
}

}  // namespace reprise
