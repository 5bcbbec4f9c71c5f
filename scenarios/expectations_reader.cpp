#include "scenarios/expectations_reader.hpp"

#include <algorithm>
#include <limits>

#include "engine/nearest.hpp"

namespace reprise {

namespace {

using Keys = std::vector<std::string>;

std::string element(std::string_view key, std::size_t place) {
  return std::string(key) + '[' + std::to_string(place) + ']';
}

std::vector<ExpectedExpression> expressions(const Table& table, std::string_view key) {
  std::vector<ExpectedExpression> all;
  if (!table.has(key)) return all;
  for (std::string& text : table.texts(key)) {
    all.push_back({std::move(text), table.place(element(key, all.size()))});
  }
  return all;
}

ExpectedExpression expression(const Table& table, std::string_view key) {
  return {table.text(key), table.place(key)};
}

std::vector<ExpectedResponse> responses(const Table& table) {
  std::vector<ExpectedResponse> all;
  if (!table.has("leads_to")) return all;
  for (const Table& each : table.tables("leads_to", "what leads to what")) {
    each.only(Keys{"from", "to", "within"});
    all.push_back({.from = expression(each, "from"),
                   .to = expression(each, "to"),
                   .within = each.duration("within")});
  }
  return all;
}

std::vector<ExpectedProperty> properties(const Table& table, const Catalog& catalog) {
  std::vector<ExpectedProperty> all;
  if (!table.has("properties")) return all;
  for (const std::string& name : table.texts("properties")) {
    const std::string key = element("properties", all.size());
    const PropertyType* type = catalog.property(name);
    if (type == nullptr) {
      const std::vector<std::string> names = catalog.property_names();
      table.refuse(key,
                   "unknown property '" + name + "'" +
                       (names.empty() ? ", this program has none" : did_you_mean(name, names)),
                   "`reprise kinds` lists them");
    }
    const auto other = std::ranges::find(all, type, &ExpectedProperty::type);
    if (other != all.end()) {
      table.refuse(key, "the property '" + name + "' is named twice, first at " + other->place,
                   "once is enough");
    }
    all.push_back({type, table.place(key)});
  }
  return all;
}

std::optional<Digest> digest(const Table& table, std::string_view key) {
  if (!table.has(key)) return std::nullopt;
  const std::string text = table.text(key);
  const std::optional<Digest> digest = parse_digest(text);
  if (!digest) {
    table.refuse(
        key, "'" + std::string(key) + "': \"" + text + "\" is no digest of 32 hexadecimal digits");
  }
  return digest;
}

}  // namespace

Expectations read_expectations(const Table& table, const Catalog& catalog,
                               std::optional<Time> quiet) {
  table.only(Keys{"steps", "prefix", "state", "always", "never", "at_end", "eventually", "leads_to",
                  "quiet", "eventually_after_quiet", "sometimes", "properties"});
  Expectations expect;
  if (table.has("steps")) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    expect.steps = static_cast<Step>(table.integer("steps", 0, most));
  }
  expect.prefix = digest(table, "prefix");
  expect.state = digest(table, "state");
  expect.always = expressions(table, "always");
  expect.never = expressions(table, "never");
  expect.at_end = expressions(table, "at_end");
  expect.eventually = expressions(table, "eventually");
  expect.leads_to = responses(table);
  expect.quiet = quiet;
  if (table.has("quiet")) expect.quiet = Time(table.duration("quiet"));
  expect.eventually_after_quiet = expressions(table, "eventually_after_quiet");
  expect.sometimes = expressions(table, "sometimes");
  expect.properties = properties(table, catalog);
  if (!expect.eventually_after_quiet.empty() && !expect.quiet) {
    table.refuse("eventually_after_quiet",
                 "'eventually_after_quiet' needs to know when the quiet time begins",
                 "write quiet = \"40s\" beside it, or [chaos]");
  }
  return expect;
}

}  // namespace reprise
