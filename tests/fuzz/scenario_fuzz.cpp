// The text of a scenario file: understood or refused with a place, and the same from its canonical
// text.
#include "scenarios/scenario.hpp"

#include "agents/standard_catalog.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

constexpr std::uint32_t agents_built = 100;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace reprise;
  static const Catalog catalog = standard_catalog();
  std::optional<Scenario> scenario;
  try {
    scenario = parse_scenario({reinterpret_cast<const char*>(data), size}, "fuzz.toml", catalog);
  } catch (const InputError&) {
    return 0;
  }
  const Scenario again =
      scenario_from_canonical(scenario->canonical, catalog, scenario->overrides, scenario->seed);
  fuzz::expect(again.canonical == scenario->canonical, "a canonical text is its own");
  std::uint64_t agents = 0;
  for (const AgentDeclaration& each : scenario->agents) agents += each.count.value_or(1);
  if (agents > agents_built) return 0;
  std::optional<Digest> root;
  try {
    root = build_world(*scenario, catalog)->state_root();
  } catch (const InputError&) {
    return 0;
  }
  fuzz::expect(root == build_world(again, catalog)->state_root(),
               "a canonical text gives the same world");
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  return {R"(name = "small"
seed = 0x7
until = "1h"

[[agent]]
name = "station"
kind = "station"

[[agent]]
name = "arrivals"
kind = "arrivals"
count = 3
options = { limit = 100 }

[[input]]
at = "150500ms"
to = "station"
send = { kind = "queueing.arrival", service = "3s" }

[[feed]]
name = "tape"
file = "tape.jsonl"
format = "jsonl"
kind = "queueing.arrival"
to = "station"
epoch = 0

[expect]
steps = 12
always = ["station.waiting >= 0"]
)",
          R"(name = "market"
[[agent]]
name = "exchange"
kind = "order_book"
options = { tick_size = 1_000_000, self_trade = "cancel_newest", latency = "250ms" }
[[agent]]
name = "trader"
kind = "momentum_trader"
count = 20
[[input]]
at = "5min"
to = "exchange"
send = { kind = "market.halt", lasts = "30s" }
)"};
}
