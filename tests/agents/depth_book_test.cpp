#include "agents/market/depth_book.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <random>
#include <stdexcept>
#include <utility>
#include <vector>

#include "agents/market/catalog.hpp"
#include "engine/simulation.hpp"

namespace reprise::market {
namespace {

using Levels = std::vector<BookLevel>;

/// Subscribes to the book and writes down what it gets.
struct Listener {
  using Handles = Messages<Start, TapeQuote, TapeTrade>;

  struct Options {
    Duration delay{};  ///< From the start to the subscription.
    REPRISE_FIELDS(delay)
  };

  Options options{};
  std::vector<TapeQuote> quotes{};
  std::vector<std::uint64_t> trades{};
  REPRISE_FIELDS(options, quotes, trades)

  void on(const Start&, Context& world) {
    world.send(world.find("book"), TapeSubscribe{}, options.delay);
  }
  void on(const TapeQuote& quote, Context&) { quotes.push_back(quote); }
  void on(const TapeTrade& trade, Context&) { trades.push_back(trade.trade_id); }
};

Catalog market_catalog() {
  Catalog catalog;
  add_market(catalog);
  catalog.add<Listener>("listener");
  return catalog;
}

/// A book and a listener; each message comes a millisecond after the one before.
class Tape {
 public:
  explicit Tape(DepthBook::Options options = {}, Duration subscription = {})
      : catalog_(market_catalog()), world_(catalog_, 1) {
    options.validate();
    book_ = world_.add("book", DepthBook{.options = options});
    listener_ = world_.add("listener", Listener{.options = {subscription}});
    world_.run_until(Time(Duration(1)));
  }

  template <Message M>
  Tape& operator<<(M message) {
    const Time at = world_.now() + std::chrono::milliseconds(1);
    Input input;
    input.at = at;
    input.to = book_;
    input.payload = Payload(std::move(message));
    world_.inject(std::move(input));
    world_.run_until(at);
    return *this;
  }

  const DepthBook& book() const { return *world_.agent<DepthBook>(book_); }
  const Listener& listener() const { return *world_.agent<Listener>(listener_); }
  Simulation& world() { return world_; }

 private:
  Catalog catalog_;
  Simulation world_;
  AgentId book_{};
  AgentId listener_{};
};

DepthSnapshot snapshot(std::uint64_t id, Levels bids, Levels asks) {
  return {id, std::move(bids), std::move(asks)};
}

/// Bids 10 at 99 and asks 20 at 101, as of `id`.
DepthSnapshot snapshot(std::uint64_t id) {
  return snapshot(id, {{99, 10}}, {{101, 20}});
}

DepthUpdate spot(std::uint64_t first, std::uint64_t last, Levels bids = {}, Levels asks = {}) {
  return {0, first, last, 0, std::move(bids), std::move(asks)};
}

DepthUpdate futures(std::uint64_t previous, std::uint64_t last) {
  return {0, previous + 5, last, previous, {}, {}};
}

BookTicker ticker(std::uint64_t id, Price bid, Price ask) {
  return {id, bid, 1, ask, 1};
}

TapeTrade trade(std::uint64_t id, Quantity quantity) {
  return {id, 0, 100, quantity, false};
}

TEST_CASE("updates that come before the first snapshot wait for it") {
  Tape tape;
  tape << spot(1, 4, {{90, 1}}) << spot(5, 8, {{91, 1}}) << spot(9, 10, {{92, 1}}, {{101, 0}});
  CHECK(tape.book().bid_levels == 0);
  tape << snapshot(6);
  CHECK(tape.book().bids == std::map<Price, Quantity>{{91, 1}, {92, 1}, {99, 10}});
  CHECK(tape.book().asks.empty());
  CHECK(tape.book().last_update_id == 10);
  CHECK(tape.book().stale == 1);
  CHECK(tape.book().gaps == 0);
  CHECK(tape.book().depth_updates == 3);
  CHECK(tape.book().uncompared == 2);
}

TEST_CASE("updates that wait are applied in the order of their ids") {
  Tape tape;
  tape << spot(9, 10, {{99, 7}}) << spot(7, 8, {{99, 5}}) << snapshot(6);
  CHECK(tape.book().bids == std::map<Price, Quantity>{{99, 7}});
  CHECK(tape.book().gaps == 0);
}

TEST_CASE("the oldest waiting update is given up when the buffer is full") {
  Tape tape({.buffer_max = 2});
  tape << spot(1, 1, {{91, 1}}) << spot(2, 2, {{92, 1}}) << spot(3, 3, {{93, 1}}) << snapshot(0);
  CHECK(tape.book().dropped == 1);
  CHECK(tape.book().bids == std::map<Price, Quantity>{{92, 1}, {93, 1}, {99, 10}});
  CHECK(tape.book().gaps == 1);
}

TEST_CASE("an update sets quantities and takes out prices") {
  Tape tape;
  tape << snapshot(1) << spot(2, 3, {{99, 4}, {98, 6}}, {{101, 0}, {102, 3}, {103, 0}});
  CHECK(tape.book().bids == std::map<Price, Quantity>{{98, 6}, {99, 4}});
  CHECK(tape.book().asks == std::map<Price, Quantity>{{102, 3}});
  CHECK(tape.book().bid == 99);
  CHECK(tape.book().ask == 102);
  CHECK(tape.book().bid_levels == 2);
  CHECK(tape.book().ask_levels == 1);
}

TEST_CASE("an update that the book already has is stale and changes nothing") {
  Tape tape;
  tape << snapshot(1) << spot(2, 5) << spot(2, 5, {{100, 1}}) << spot(3, 4, {{100, 1}});
  CHECK(tape.book().stale == 2);
  CHECK(tape.book().bid == 99);
  CHECK(tape.book().uncompared == 1);
  CHECK(tape.book().gaps == 0);
}

TEST_CASE("a later snapshot takes the place of the book only if it is newer") {
  Tape tape;
  tape << snapshot(1) << spot(2, 5) << snapshot(5, {{90, 1}}, {{95, 1}});
  CHECK(tape.book().bid == 99);
  CHECK(tape.book().snapshots == 1);
  tape << snapshot(6, {{90, 1}}, {{95, 1}});
  CHECK(tape.book().bid == 90);
  CHECK(tape.book().ask_levels == 1);
  CHECK(tape.book().last_update_id == 6);
  CHECK(tape.book().snapshots == 2);
}

TEST_CASE("a gap is counted where the ids of a spot feed do not follow each other") {
  Tape tape;
  tape << snapshot(1) << spot(2, 3) << spot(4, 4) << spot(6, 7) << spot(8, 9);
  CHECK(tape.book().gaps == 1);
  tape << spot(9, 12);
  CHECK(tape.book().gaps == 2);
}

TEST_CASE("a gap is counted where a futures feed names another predecessor") {
  Tape tape;
  tape << snapshot(10) << futures(8, 14) << futures(14, 33) << futures(33, 40);
  CHECK(tape.book().gaps == 0);
  tape << futures(45, 50) << futures(50, 51);
  CHECK(tape.book().gaps == 1);
}

TEST_CASE("the first update after a snapshot may reach back behind it but not leave ids out") {
  Tape reaches_back;
  reaches_back << snapshot(10) << spot(5, 12);
  CHECK(reaches_back.book().gaps == 0);
  reaches_back << snapshot(20) << spot(13, 22);
  CHECK(reaches_back.book().gaps == 0);
  Tape leaves_out;
  leaves_out << snapshot(10) << spot(12, 13);
  CHECK(leaves_out.book().gaps == 1);
  Tape names_a_later_one;
  names_a_later_one << snapshot(10) << futures(11, 13);
  CHECK(names_a_later_one.book().gaps == 1);
}

TEST_CASE("a snapshot from after a gap mends the book though the book is newer") {
  Tape tape;
  tape << snapshot(1) << spot(2, 3) << spot(10, 11, {{98, 1}}) << spot(12, 13, {{97, 1}})
       << snapshot(8, {{99, 10}}, {{101, 20}}) << spot(14, 15);
  CHECK(tape.book().snapshots == 1);  // from before the gap
  tape << snapshot(12, {{96, 5}, {95, 5}}, {{100, 5}});
  CHECK(tape.book().snapshots == 2);
  CHECK(tape.book().bids == std::map<Price, Quantity>{{95, 5}, {96, 5}, {97, 1}});
  CHECK(tape.book().bid == 97);
  CHECK(tape.book().last_update_id == 15);
  CHECK(tape.book().kept.empty());
  tape << spot(16, 16) << snapshot(15, {{1, 1}}, {{2, 1}});
  CHECK(tape.book().snapshots == 2);
  CHECK(tape.book().gaps == 1);
}

TEST_CASE("each update is compared with the last ticker that is not newer") {
  Tape tape;
  tape << snapshot(1) << spot(2, 2) << ticker(3, 1, 2) << ticker(5, 99, 101) << ticker(7, 98, 101)
       << spot(3, 5);
  CHECK(tape.book().uncompared == 1);
  CHECK(tape.book().compared == 1);
  CHECK(tape.book().mismatched == 0);
  tape << spot(6, 6) << spot(7, 7);
  CHECK(tape.book().compared == 3);
  CHECK(tape.book().mismatched == 1);
  tape << spot(8, 8, {{99, 0}, {98, 1}});
  CHECK(tape.book().compared == 4);
  CHECK(tape.book().mismatched == 1);
}

TEST_CASE("an update that waited for the snapshot is compared with the ticker of its time") {
  Tape tape;
  tape << ticker(3, 99, 101) << spot(2, 4) << ticker(5, 98, 101) << snapshot(3);
  CHECK(tape.book().compared == 1);
  CHECK(tape.book().mismatched == 0);
}

TEST_CASE("quantities do not matter to the comparison and both prices do") {
  Tape tape;
  tape << snapshot(1) << BookTicker{1, 99, 77, 101, 77} << spot(2, 2);
  CHECK(tape.book().mismatched == 0);
  tape << ticker(3, 99, 102) << spot(3, 3) << ticker(4, 98, 101) << spot(4, 4);
  CHECK(tape.book().compared == 3);
  CHECK(tape.book().mismatched == 2);
}

TEST_CASE("an empty side and a crossed book are mismatches") {
  Tape tape;
  tape << snapshot(1, {}, {{101, 1}}) << ticker(2, 0, 101) << spot(2, 2);
  CHECK(tape.book().mismatched == 1);
  tape << ticker(3, 101, 101) << spot(3, 3, {{101, 1}});
  CHECK(tape.book().mismatched == 2);
  tape << ticker(4, 102, 101) << spot(4, 4, {{102, 1}});
  CHECK(tape.book().mismatched == 3);
}

TEST_CASE("a late ticker corrects the verdicts on the updates it belongs to") {
  Tape tape;
  tape << snapshot(1) << spot(2, 2) << spot(3, 3) << ticker(2, 99, 101);
  CHECK(tape.book().late_tickers == 1);
  CHECK(tape.book().compared == 2);
  CHECK(tape.book().uncompared == 0);
  tape << spot(4, 4, {{99, 0}, {98, 1}}) << spot(5, 6) << spot(7, 7);
  CHECK(tape.book().mismatched == 3);
  tape << ticker(5, 98, 101);  // of the second update and of the third
  CHECK(tape.book().mismatched == 1);
  tape << ticker(4, 98, 101);
  CHECK(tape.book().mismatched == 0);
  tape << ticker(6, 97, 101);
  CHECK(tape.book().mismatched == 2);
  CHECK(tape.book().compared == 5);
  tape << ticker(5, 98, 101);  // an older one than is known
  CHECK(tape.book().mismatched == 2);
  tape << spot(8, 8, {{98, 0}, {97, 1}});
  CHECK(tape.book().mismatched == 2);
}

TEST_CASE("the counts do not depend on how tickers and updates overtake each other") {
  std::mt19937 generator(7);
  const auto below = [&](unsigned n) { return static_cast<std::int64_t>(generator() % n); };
  for (int round = 0; round < 50; ++round) {
    Tape in_time;
    Tape overtaken;
    in_time << snapshot(0, {{97, 1}}, {{101, 1}});
    overtaken << snapshot(0, {{97, 1}}, {{101, 1}});
    std::vector<BookTicker> late;
    std::uint64_t id = 1;
    for (int i = 0; i < 30; ++i) {
      const DepthUpdate update = spot(id, id + 2, {{98, below(2)}, {99, below(2)}});
      for (std::uint64_t at = id; at < id + 3; ++at) {
        if (below(3) == 0) continue;
        const BookTicker seen = ticker(at, 97 + below(3), 101);
        in_time << seen;
        late.push_back(seen);
        if (below(2) == 0) continue;
        for (const BookTicker& each : late) overtaken << each;
        late.clear();
      }
      in_time << update;
      overtaken << update;
      id += 3;
    }
    for (const BookTicker& each : late) overtaken << each;
    CHECK(overtaken.book().late_tickers != 0);
    CHECK(overtaken.book().compared == in_time.book().compared);
    CHECK(overtaken.book().uncompared == in_time.book().uncompared);
    CHECK(overtaken.book().mismatched == in_time.book().mismatched);
    CHECK(in_time.book().mismatched != 0);
  }
}

TEST_CASE("tickers that wait are bounded and none is compared that is newer than the book") {
  Tape tape({.buffer_max = 2});
  tape << snapshot(1);
  for (std::uint64_t id = 10; id < 20; ++id) tape << ticker(id, 99, 101);
  CHECK(tape.book().tickers_ahead.size() == 2);
  tape << spot(2, 5);
  CHECK(tape.book().uncompared == 1);
  tape << spot(6, 17);
  CHECK(tape.book().compared == 1);
  CHECK(tape.book().comparisons.back().ticker == 17);
}

TEST_CASE("a quote is handed on when the best changes and only then") {
  Tape tape;
  tape << snapshot(1) << ticker(2, 99, 101) << ticker(3, 99, 101) << ticker(4, 99, 102)
       << spot(2, 4, {{50, 1}});
  const std::vector<TapeQuote> quotes = {{99, 10, 101, 20}, {99, 1, 101, 1}, {99, 1, 102, 1}};
  CHECK(tape.listener().quotes == quotes);
  CHECK(tape.book().quote == quotes.back());
}

TEST_CASE("the newer of ticker and book makes the quote") {
  Tape tape;
  tape << snapshot(10) << ticker(9, 1, 2);
  CHECK(tape.book().quote == TapeQuote{99, 10, 101, 20});
  tape << ticker(12, 98, 103) << spot(11, 11);
  CHECK(tape.book().quote == TapeQuote{98, 1, 103, 1});
  tape << spot(12, 13);
  CHECK(tape.book().quote == TapeQuote{99, 10, 101, 20});
  tape << ticker(13, 97, 104);
  CHECK(tape.book().quote == TapeQuote{97, 1, 104, 1});
}

TEST_CASE("a book that is crossed or has an empty side makes no quote") {
  Tape tape;
  tape << snapshot(1) << spot(2, 2, {{101, 1}}) << spot(3, 3, {{101, 0}}, {{101, 0}});
  CHECK(tape.listener().quotes.size() == 1);
}

TEST_CASE("who subscribes gets the standing quote at once and each trade from then on") {
  Tape tape({}, std::chrono::microseconds(2500));
  tape << snapshot(1) << trade(1, 5);
  CHECK(tape.listener().quotes.empty());
  tape << trade(2, 6) << trade(3, 7);
  CHECK(tape.listener().quotes == std::vector<TapeQuote>{{99, 10, 101, 20}});
  CHECK(tape.listener().trades == std::vector<std::uint64_t>{2, 3});
  CHECK(tape.book().trades == 3);
  CHECK(tape.book().traded_quantity == 18);
}

TEST_CASE("a traded quantity beyond 64 bits is carried") {
  Tape tape;
  const Quantity most = std::numeric_limits<Quantity>::max();
  tape << trade(1, most) << trade(2, most) << trade(3, 600'000'000'000'000'001);
  // 2 * (2^63 - 1) is 18446744073709551614
  CHECK(tape.book().traded_carries == 19);
  CHECK(tape.book().traded_quantity == 46'744'073'709'551'615);
}

TEST_CASE("a negative quantity ends the run before it counts") {
  CHECK_THROWS_AS(Tape() << snapshot(1, {{99, -1}}, {}), AgentFailure);
  CHECK_THROWS_AS(Tape() << snapshot(1) << spot(2, 2, {}, {{101, -1}}), AgentFailure);
  CHECK_THROWS_AS(Tape() << trade(1, -1), AgentFailure);
  CHECK_THROWS_AS(Tape({.buffer_max = 0}), std::invalid_argument);
}

TEST_CASE("a book that is saved and restored in the middle goes on the same") {
  const auto second_half = [](Tape& tape) {
    tape << spot(7, 8, {{98, 2}}) << ticker(6, 99, 101) << ticker(9, 98, 101) << spot(9, 9)
         << trade(2, 4);
  };
  Tape whole;
  whole << spot(2, 3) << ticker(3, 99, 101) << snapshot(2) << spot(5, 6) << ticker(8, 99, 101)
        << trade(1, 3);
  Bytes bytes;
  Encoder encoder(bytes);
  whole.world().save(encoder);
  Tape again;
  Decoder decoder(bytes);
  again.world().restore(decoder);
  CHECK(again.world().state_root() == whole.world().state_root());
  second_half(whole);
  second_half(again);
  CHECK(again.world().prefix() == whole.world().prefix());
  CHECK(again.world().state_root() == whole.world().state_root());
  CHECK(again.book().compared == 4);
}

}  // namespace
}  // namespace reprise::market
