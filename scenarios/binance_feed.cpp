#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <charconv>

#include "agents/market/tape.hpp"
#include "engine/decimal.hpp"
#include "engine/exact_json.hpp"
#include "engine/json.hpp"
#include "scenarios/feed.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using namespace market;

std::string quoted(std::string_view text) {
  return '\'' + std::string(text) + '\'';
}

[[noreturn]] void wrong(std::string_view key, const json::value& value, std::string_view expected) {
  throw MalformedLine(quoted(key) + " is " + json_text(value) + ", not " + std::string(expected));
}

const json::value& at(const json::object& object, std::string_view key) {
  if (const json::value* value = object.if_contains(key)) return *value;
  throw MalformedLine(quoted(key) + " is missing");
}

std::int64_t count_in(const json::object& object, std::string_view key) {
  const json::value& value = at(object, key);
  if (!value.is_int64() || value.get_int64() < 0) wrong(key, value, "an integer of 0 or more");
  return value.get_int64();
}

std::uint64_t id_in(const json::object& object, std::string_view key) {
  return static_cast<std::uint64_t>(count_in(object, key));
}

bool flag_in(const json::object& object, std::string_view key) {
  const json::value& value = at(object, key);
  if (!value.is_bool()) wrong(key, value, "true or false");
  return value.get_bool();
}

/// A price or a quantity in units of 10^-8.
std::int64_t amount(std::string_view key, const json::value& value) {
  std::optional<std::int64_t> units;
  if (value.is_string()) units = parse_decimal(std::string_view(value.get_string()), market_scale);
  if (!units || *units < 0) {
    wrong(key, value, "a decimal of 0 or more in quotes, of at most 8 places, that 64 bits hold");
  }
  return *units;
}

std::int64_t amount_in(const json::object& object, std::string_view key) {
  return amount(key, at(object, key));
}

std::vector<BookLevel> levels_in(const json::object& object, std::string_view key) {
  const json::value& value = at(object, key);
  if (!value.is_array()) wrong(key, value, "a list of levels");
  std::vector<BookLevel> levels;
  levels.reserve(value.get_array().size());
  for (const json::value& each : value.get_array()) {
    // Older spot recordings have an empty list behind price and quantity.
    if (!each.is_array() || each.get_array().size() < 2)
      wrong(key, each, "a level of price and quantity");
    levels.push_back({amount(key, each.get_array()[0]), amount(key, each.get_array()[1])});
  }
  return levels;
}

Payload snapshot(const json::object& data) {
  return Payload(
      DepthSnapshot{id_in(data, "lastUpdateId"), levels_in(data, "bids"), levels_in(data, "asks")});
}

/// Futures name the update before this one, spot does not.
Payload depth_update(const json::object& data) {
  return Payload(DepthUpdate{.exchange_ms = count_in(data, "E"),
                             .first_update_id = id_in(data, "U"),
                             .last_update_id = id_in(data, "u"),
                             .previous_update_id = data.contains("pu") ? id_in(data, "pu") : 0,
                             .bids = levels_in(data, "b"),
                             .asks = levels_in(data, "a")});
}

Payload book_ticker(const json::object& data) {
  return Payload(BookTicker{.update_id = id_in(data, "u"),
                            .bid = amount_in(data, "b"),
                            .bid_quantity = amount_in(data, "B"),
                            .ask = amount_in(data, "a"),
                            .ask_quantity = amount_in(data, "A")});
}

Payload trade(const json::object& data) {
  return Payload(TapeTrade{.trade_id = id_in(data, "t"),
                           .exchange_ms = count_in(data, "T"),
                           .price = amount_in(data, "p"),
                           .quantity = amount_in(data, "q"),
                           .buyer_is_maker = flag_in(data, "m")});
}

/// The stream behind the symbol: "bookTicker" of "btcusdt@bookTicker".
std::string_view stream_type(const json::object& line) {
  const json::value* const stream = line.if_contains("stream");
  if (stream == nullptr || !stream->is_string()) return {};
  const std::string_view name(stream->get_string());
  const std::size_t sign = name.find('@');
  return sign == std::string_view::npos ? std::string_view() : name.substr(sign + 1);
}

class BinanceFormat final : public FeedFormat {
 public:
  explicit BinanceFormat(AgentId to) : to_(to) {}

  FeedLine read(std::string_view line) override {
    if (line.find_first_not_of(" \t") == std::string_view::npos) return {};
    std::int64_t nanoseconds = 0;
    const char* const last = line.data() + line.size();
    const auto [end, error] = std::from_chars(line.data(), last, nanoseconds);
    if (error != std::errc() || end == last || *end != ' ') {
      throw MalformedLine("expected '<local nanoseconds> <JSON>'");
    }
    try {
      const json::value& value = reader_.read({end + 1, last});
      if (!value.is_object()) throw MalformedLine("expected a JSON object behind the time");
      return understand(Duration(nanoseconds), value.get_object());
    } catch (const JsonError& problem) {
      throw MalformedLine(problem.what());
    }
  }

 private:
  FeedLine understand(Duration time, const json::object& line) const {
    const json::object* data = &line;
    if (const json::value* const inside = line.if_contains("data")) {
      if (!inside->is_object()) wrong("data", *inside, "an object");
      data = &inside->get_object();
    }
    const auto record = [&](Payload payload) { return FeedRecord{time, to_, std::move(payload)}; };
    const json::value* const event = data->if_contains("e");
    if (event == nullptr) {
      if (data->contains("lastUpdateId")) return record(snapshot(*data));
      const bool is_ticker = data->contains("u") && data->contains("B") && data->contains("A");
      if (is_ticker || stream_type(line) == "bookTicker") return record(book_ticker(*data));
      throw MalformedLine("neither an event with its type in 'e' nor a depth snapshot");
    }
    if (!event->is_string()) wrong("e", *event, "text");
    const std::string_view type(event->get_string());
    if (type == "depthUpdate") return record(depth_update(*data));
    if (type == "bookTicker") return record(book_ticker(*data));
    if (type == "trade") return record(trade(*data));
    return IgnoredRecord{std::string(type)};
  }

  AgentId to_;
  JsonReader reader_;
};

}  // namespace

std::unique_ptr<FeedFormat> binance_format(AgentId to) {
  return std::make_unique<BinanceFormat>(to);
}

}  // namespace reprise
