#include <algorithm>
#include <array>

#include "agents/market/tape.hpp"
#include "engine/decimal.hpp"
#include "engine/nearest.hpp"
#include "scenarios/feed.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Keys = std::vector<std::string>;

const Keys units = {"ns", "us", "ms", "s", "min", "h", "d"};
const Keys formats = {"csv", "jsonl", "binance"};
constexpr std::int64_t columns_max = 1'000'000;

std::string one_of(const Keys& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

Keys keys_of(const std::string& format) {
  Keys keys = {"name", "file", "format", "to", "epoch"};
  if (format == "csv" || format == "jsonl") keys.push_back("kind");
  if (format == "csv") keys.insert(keys.end(), {"separator", "header", "comment", "columns"});
  return keys;
}

std::optional<Duration> epoch(const Table& table) {
  const json::value& value = table.at("epoch");
  if (value.is_int64()) return Duration(value.get_int64());
  if (value.is_string()) {
    const std::string_view text(value.get_string());
    if (text == "first") return std::nullopt;
    if (const std::optional<Duration> duration = parse_duration(text)) return duration;
  }
  table.refuse("epoch", "'epoch' is \"first\", an integer in nanoseconds or a time with its unit");
}

char separator(const Table& table) {
  const std::string text = table.text("separator");
  if (text == "tab") return '\t';
  if (text == "space") return ' ';
  if (text == "," || text == ";") return text.front();
  table.refuse("separator",
               "'separator' is \",\", \";\", \"tab\" or \"space\", not \"" + text + '"');
}

char comment(const Table& table) {
  const std::string text = table.text("comment");
  if (text.size() != 1) table.refuse("comment", "'comment' is one character, such as \"#\"");
  return text.front();
}

/// Reads where `key` of a csv feed's columns is found: a number, a name or a table with either.
CsvColumn column(const Table& columns, const std::string& key, bool header) {
  CsvColumn column{.field = key, .name = {}, .unit = {}, .scale = {}};
  const json::value& value = columns.at(key);
  const bool detailed = value.is_object();
  const json::value short_form = detailed ? json::value() : json::object{{"column", value}};
  const Table table(columns.tree(), columns.path(key), detailed ? value : short_form, "a column");
  table.only(Keys{"column", "unit", "scale"});
  // the short form has no key of its own to blame
  const auto refuse = [&](const std::string& at, const std::string& reason) {
    if (detailed) table.refuse(at, reason);
    columns.refuse(key, reason);
  };
  const json::value& where = table.at("column");
  if (where.is_string()) {
    column.name = std::string(where.get_string());
    if (!header)
      refuse("column", "column '" + column.name + "' goes by name, which needs header = true");
  } else if (where.is_int64() && where.get_int64() >= 1 && where.get_int64() <= columns_max) {
    column.number = static_cast<std::size_t>(where.get_int64());
  } else {
    refuse("column", "a column is a number from 1 or a name of the header");
  }
  if (table.has("unit")) {
    column.unit = table.text("unit");
    if (std::ranges::find(units, column.unit) == units.end()) {
      table.refuse("unit", "unknown unit '" + column.unit + "'; it is one of " + one_of(units));
    }
  }
  if (table.has("scale"))
    column.scale = static_cast<int>(table.integer("scale", 0, decimal_scale_max));
  return column;
}

const Type& inner(const Type& type) {
  return type.shape == Shape::optional ? inner(*type.element) : type;
}

/// Refuses a column that cannot fill its field of `message`.
void check_column(const Table& columns, const CsvColumn& column, const MessageType& message) {
  Keys names;
  const Type* type = nullptr;
  for (const Field& field : message.fields->fields) {
    names.emplace_back(field.name);
    if (field.name == column.field) type = &inner(*field.type);
  }
  const std::string field = "field '" + column.field + "' of " + std::string(message.name);
  if (type == nullptr)
    columns.refuse(column.field, "unknown " + field + did_you_mean(column.field, names));
  const bool is_time = type->shape == Shape::duration || type->shape == Shape::time;
  switch (type->shape) {
    case Shape::list:
    case Shape::set:
    case Shape::map:
    case Shape::pair:
    case Shape::record:
      columns.refuse(column.field, field + " is of many parts; a column holds one value");
    default:
      break;
  }
  if (!column.unit.empty() && !is_time)
    columns.refuse(column.field, field + " is no time, so it has no unit");
  if (column.scale && type->shape != Shape::integer) {
    columns.refuse(column.field, field + " is no integer, so it has no scale");
  }
}

CsvLayout csv_layout(const Table& table, const MessageType& message) {
  CsvLayout layout;
  if (table.has("separator")) layout.separator = separator(table);
  if (table.has("header")) layout.header = table.boolean("header");
  if (table.has("comment")) layout.comment = comment(table);
  const Table columns(table.tree(), table.path("columns"), table.at("columns"),
                      "the columns of a csv feed");
  if (!columns.has("at")) table.refuse("columns", "the columns of a csv feed need 'at', the time");
  layout.at = column(columns, "at", layout.header);
  if (layout.at.scale) columns.refuse("at", "a time has a unit, not a scale");
  for (const auto& entry : columns.object()) {
    if (entry.key() == "at") continue;
    layout.columns.push_back(column(columns, std::string(entry.key()), layout.header));
    check_column(columns, layout.columns.back(), message);
  }
  return layout;
}

}  // namespace

FeedDeclaration read_feed_declaration(const Table& table, const Catalog& catalog) {
  const std::string format = table.text("format");
  if (std::ranges::find(formats, format) == formats.end()) {
    table.refuse("format", "unknown feed format '" + format + "'; it is one of " + one_of(formats) +
                               did_you_mean(format, formats));
  }
  table.only(keys_of(format));
  FeedDeclaration feed;
  feed.name = table.text("name");
  feed.format = format;
  feed.place = table.place("name");
  if (feed.name.empty() || feed.name.find('=') != std::string::npos) {
    table.refuse("name", "a feed's name is not empty and has no '=' in it");
  }
  if (feed.name == "scenario")
    table.refuse("name", "'scenario' is who sends each [[input]]", "give the feed another name");
  if (table.has("file")) feed.file = table.text("file");
  if (table.has("epoch")) feed.epoch = epoch(table);
  if (table.has("kind") || format == "csv") feed.message = &message_kind(table, catalog);
  if (table.has("to") || format != "jsonl") feed.to = table.text("to");
  if (format == "csv") feed.csv = csv_layout(table, *feed.message);
  return feed;
}

std::vector<const MessageType*> kinds_of(const FeedDeclaration& feed) {
  if (feed.format == "binance") {
    return {&message_type<market::DepthSnapshot>(), &message_type<market::DepthUpdate>(),
            &message_type<market::BookTicker>(), &message_type<market::TapeTrade>()};
  }
  if (feed.message != nullptr) return {feed.message};
  return {};
}

}  // namespace reprise
