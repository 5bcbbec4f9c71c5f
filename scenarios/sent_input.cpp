#include "scenarios/sent_input.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "engine/json.hpp"
#include "scenarios/feed.hpp"
#include "scenarios/toml_reader.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr const char* example =
    "write {to = \"exchange\", kind = \"market.halt\", lasts = \"30s\"}";
constexpr std::uint32_t names_max = 10'000;

json::object table_in(std::string_view text, const std::string& place) {
  try {
    json::object root = read_toml("sent = " + std::string(text), "").root;
    if (root.size() == 1 && root.at("sent").is_object()) return root.at("sent").get_object();
  } catch (const InputError& error) {
    throw InputError(place, "no table: " + error.reason(), example);
  }
  throw InputError(place, "no table", example);
}

/// Of the first agents: enough to find the one that was meant.
std::vector<std::string> names_in(const Simulation& world) {
  std::vector<std::string> names;
  for (std::uint32_t id = 1; id <= std::min(world.agent_count(), names_max); ++id) {
    names.push_back(world.name_of(AgentId{id}));
  }
  return names;
}

}  // namespace

SentInput read_sent(std::string_view text, const Simulation& world, const std::string& place) {
  json::object table = table_in(text, place);
  const bool timed = table.contains("at");
  if (!timed) table["at"] = 0;
  const FeedDeclaration open{.name = "", .file = "", .format = "jsonl", .to = ""};
  try {
    const auto format = jsonl_format(open, world, names_in(world));
    FeedRecord record = std::get<FeedRecord>(format->read(json_text(table)));
    if (timed && record.at < Duration()) throw MalformedLine("'at' is before time 0");
    SentInput sent{.at = {}, .to = record.to, .payload = std::move(record.payload)};
    if (timed) sent.at = Time(record.at);
    return sent;
  } catch (const MalformedLine& error) {
    throw InputError(place, error.what(), error.remedy);
  }
}

}  // namespace reprise
