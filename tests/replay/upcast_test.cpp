#include <algorithm>
#include <catch2/catch.hpp>

#include "replay/player.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::test {
namespace {

using Catch::Contains;

/// An order through three versions of one program.
struct OrderV1 {
  static constexpr std::string_view kind = "test.order";
  std::int32_t dozens = 0;
  REPRISE_FIELDS(dozens)
};
struct OrderV2 {
  static constexpr std::string_view kind = "test.order";
  static constexpr std::uint16_t version = 2;
  std::int64_t pieces = 0;
  REPRISE_FIELDS(pieces)
};
struct OrderV3 {
  static constexpr std::string_view kind = "test.order";
  static constexpr std::uint16_t version = 3;
  std::int64_t pieces = 0;
  bool gift = true;
  REPRISE_FIELDS(pieces, gift)
};
/// Version 1, but not the one that was recorded.
struct OtherV1 {
  static constexpr std::string_view kind = "test.order";
  std::int64_t dozens = 0;
  REPRISE_FIELDS(dozens)
};

OrderV2 in_pieces(const OrderV1& old) {
  if (old.dozens > 1000) throw std::invalid_argument("nobody orders so many");
  return {old.dozens * std::int64_t{12}};
}
OrderV3 without_wrapping(const OrderV2& old) {
  return {old.pieces, false};
}

/// A shop, as of the version of the orders it takes and of its own.
template <class Order, std::uint16_t shop_version = 1>
struct Shop {
  using Handles = Messages<Order>;
  static constexpr std::uint16_t version = shop_version;
  std::int64_t pieces = 0;
  std::int64_t gifts = 0;
  REPRISE_FIELDS(pieces, gifts)

  void on(const Order& order, Context& world) {
    if constexpr (requires { order.dozens; }) {
      pieces += order.dozens * std::int64_t{12};
    } else {
      pieces += order.pieces;
    }
    if constexpr (requires { order.gift; }) gifts += order.gift ? 1 : 0;
    world.check(pieces >= 0, "a shop owes nothing");
  }
};

template <class Order, std::uint16_t version = 1>
Catalog program() {
  Catalog catalog;
  catalog.add<Shop<Order, version>>("shop");
  return catalog;
}

Catalog third_program() {
  Catalog catalog = program<OrderV3>();
  catalog.upcast<OrderV1, OrderV2>(in_pieces).upcast<OrderV2, OrderV3>(without_wrapping);
  return catalog;
}

template <class Order, std::uint16_t version = 1>
WorldFactory shops(const Catalog& catalog) {
  return [&catalog](const JournalHeader& header) {
    auto world = std::make_unique<Simulation>(catalog, header.seed);
    world->add("shop", Shop<Order, version>{});
    return world;
  };
}

/// A journal of three orders, by the program that takes `Order`.
template <class Order>
Seal record_orders(const std::filesystem::path& path, const std::vector<Order>& orders) {
  const Catalog catalog = program<Order>();
  const auto world = shops<Order>(catalog)({});
  std::vector<Input> inputs;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    inputs.push_back(input_at(1s * static_cast<int>(i), AgentId{1}, orders[i]));
  }
  InputList listed(std::move(inputs));
  return record(path, *world, listed, {.until = Time(10s)});
}

std::string refusal(const std::filesystem::path& path, const Catalog& catalog,
                    const WorldFactory& factory) {
  const Journal journal(path);
  try {
    verify(journal, catalog, factory);
  } catch (const JournalError& error) {
    return error.what();
  }
  return "not refused";
}

TEST_CASE("a journal of an earlier version is lived again through a chain of upcasters") {
  const TempDir folder;
  record_orders<OrderV1>(folder.path() / "a.rpj", {{1}, {2}, {3}});
  record_orders<OrderV2>(folder.path() / "b.rpj", {{10}, {20}});
  const Catalog now = third_program();
  const auto lived = [&](const char* name, Step steps, std::int64_t pieces,
                         const std::string& lifted) {
    const Journal journal(folder.path() / name);
    Player player(journal, now, shops<OrderV3>(now));
    CHECK(player.lifted() == std::vector<std::string>{lifted});
    CHECK(player.run_to(steps));
    CHECK(player.exhausted());
    const auto* shop = player.world().agent<Shop<OrderV3>>(AgentId{1});
    CHECK(shop->pieces == pieces);
    CHECK(shop->gifts == 0);
    const Verification result = verify(journal, now, shops<OrderV3>(now));
    CHECK_FALSE(result.divergence);
    CHECK(result.steps == steps);
    CHECK(result.lifted == std::vector<std::string>{lifted});
  };
  lived("a.rpj", 3, 72, "test.order v1 -> v3");
  lived("b.rpj", 2, 30, "test.order v2 -> v3");
}

TEST_CASE("a journal of the present version is compared whatever upcasters there are") {
  const TempDir folder;
  record_orders<OrderV3>(folder.path() / "a.rpj", {{1, true}, {2, false}});
  const Catalog now = third_program();
  const Journal journal(folder.path() / "a.rpj");
  const Verification result = verify(journal, now, shops<OrderV3>(now));
  CHECK_FALSE(result.divergence);
  CHECK(result.lifted.empty());
  CHECK(result.steps == 2);
}

TEST_CASE(
    "a journal of another version that nothing lifts is refused with kind field and versions") {
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  record_orders<OrderV1>(path, {{1}});
  const Catalog second = program<OrderV2>();
  CHECK_THAT(refusal(path, second, shops<OrderV2>(second)),
             Contains("message kind test.order: version 1 in the journal, 2 in this program: field "
                      "dozens is int32 in the journal and absent in this program, field pieces is "
                      "absent in the journal and int64 in this program") &&
                 Contains("or add upcasters to the catalog"));

  Catalog gap = program<OrderV3>();
  gap.upcast<OrderV1, OrderV2>(in_pieces);
  CHECK_THAT(refusal(path, gap, shops<OrderV3>(gap)),
             Contains("version 1 in the journal, 3 in this program") &&
                 Contains("; upcasters lead to version 2"));

  Catalog other = program<OrderV2>();
  other.upcast<OtherV1, OrderV2>([](const OtherV1& old) { return OrderV2{old.dozens}; });
  CHECK_THAT(refusal(path, other, shops<OrderV2>(other)),
             Contains("message kind test.order: the upcaster v1 -> v2 is for other fields: field "
                      "dozens is int32 in the journal and int64 in this program"));
}

TEST_CASE("a journal of a later version is refused and no upcaster is asked for") {
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  record_orders<OrderV3>(path, {{1, true}});
  Catalog second = program<OrderV2>();
  second.upcast<OrderV1, OrderV2>(in_pieces);
  const std::string said = refusal(path, second, shops<OrderV2>(second));
  CHECK_THAT(said,
             Contains("message kind test.order: version 3 in the journal, 2 in this program: field "
                      "gift is bool in the journal and absent in this program"));
  CHECK_THAT(said, !Contains("upcasters"));
}

TEST_CASE("an agent kind whose version was raised is refused whatever upcasters there are") {
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  record_orders<OrderV1>(path, {{1}});
  Catalog now = program<OrderV2, 2>();
  now.upcast<OrderV1, OrderV2>(in_pieces);
  CHECK_THAT(refusal(path, now, shops<OrderV2, 2>(now)),
             Contains("agent kind shop: version 1 in the journal, 2 in this program; use the "
                      "program that recorded it"));
}

TEST_CASE("an input that cannot be lifted is the journal's fault and named") {
  const TempDir folder;
  record_orders<OrderV1>(folder.path() / "a.rpj", {{1}, {1001}});
  const Catalog now = third_program();
  CHECK_THAT(refusal(folder.path() / "a.rpj", now, shops<OrderV3>(now)),
             Contains("a.rpj at offset") &&
                 Contains("test.order version 1 cannot be lifted to version 2: nobody orders so "
                          "many"));
}

TEST_CASE("a lifted history that fails where the recorded one did not is a difference") {
  const TempDir folder;
  record_orders<OrderV1>(folder.path() / "a.rpj", {{1}, {2}});
  Catalog now = program<OrderV2>();
  now.upcast<OrderV1, OrderV2>([](const OrderV1& old) { return OrderV2{-old.dozens}; });
  const Journal journal(folder.path() / "a.rpj");
  const Verification result = verify(journal, now, shops<OrderV2>(now));
  REQUIRE(result.divergence);
  CHECK(result.divergence->what == Divergence::What::failure);
  CHECK(result.divergence->step == 1);
  CHECK(result.deterministic);
}

TEST_CASE("field differences of hostile schema text are found without trouble") {
  const Catalog catalog = program<OrderV2>();
  for (const std::string& fields :
       {std::string(), std::string("{"), std::string("{}"), std::string("{:,:,<<<}"),
        std::string("{a:b>>>)),c:d}"), std::string(100'000, '{'), "{" + std::string(99'999, ',')}) {
    const SchemaComparison comparison =
        compare_schema({{KindSchema::Role::message, "test.order", 2, fields}}, catalog);
    CHECK(comparison.refused.size() == 1);
    CHECK(comparison.lifted.empty());
  }
}

}  // namespace
}  // namespace reprise::test
