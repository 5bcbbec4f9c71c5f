#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/chaos.hpp"
#include "engine/digest.hpp"
#include "engine/network.hpp"
#include "engine/simulation.hpp"
#include "scenarios/feed.hpp"
#include "scenarios/input_error.hpp"

namespace reprise {

/// An [[agent]] of a scenario: one, or with a count a group `name[0]`, `name[1]`, ...
struct AgentDeclaration {
  std::string name;
  const AgentType* type = nullptr;
  std::optional<std::uint32_t> count;
  std::shared_ptr<const void> prototype;  ///< An agent of that type with its options set.
};

/// An [[input]] of a scenario.
struct ScenarioInput {
  Time at{};
  std::string to;  ///< "world", or an agent's name.
  Payload payload;
};

/// All random streams of the world begin anew.
struct Reseeding {
  Time at{};
  std::uint64_t seed = 0;
  REPRISE_FIELDS(at, seed)

  friend bool operator==(const Reseeding&, const Reseeding&) = default;
};

/// An expression in [expect].
struct ExpectedExpression {
  std::string text;
  std::string place;  ///< "thin_market.toml:64:11".
};

/// What has to follow what, in [expect].
struct ExpectedResponse {
  ExpectedExpression from;
  ExpectedExpression to;
  Duration within{};
};

/// A property of the catalog that [expect] switches on.
struct ExpectedProperty {
  const PropertyType* type = nullptr;
  std::string place;
};

/// The [expect] of a scenario: what is to become of its run.
struct Expectations {
  std::optional<Step> steps;
  std::optional<Digest> prefix;
  std::optional<Digest> state;
  std::vector<ExpectedExpression> always;      ///< False after no step, nor at the start.
  std::vector<ExpectedExpression> never;       ///< True after no step, nor at the start.
  std::vector<ExpectedExpression> at_end;      ///< True at the end.
  std::vector<ExpectedExpression> eventually;  ///< True after some step, or at the start.

  /// Whenever `from` becomes true, `to` is true after that step or one at most `within` later.
  std::vector<ExpectedResponse> leads_to;

  /// When the quiet time begins, in which nothing is broken any more; there is one where
  /// `eventually_after_quiet` is not empty.
  std::optional<Time> quiet;

  /// True after some step at or after `quiet`, or as the world stands when it ends in that time.
  std::vector<ExpectedExpression> eventually_after_quiet;

  /// True after some step of some run among many. A run in which it is not is no failure.
  std::vector<ExpectedExpression> sometimes;
  std::vector<ExpectedProperty> properties;
};

/// The name of agent 0 as a receiver.
inline constexpr std::string_view world_name = "world";

/// Agents in a world that a scenario describes, all declarations together.
inline constexpr std::int64_t agents_max = 16'777'216;

/// A scenario file, understood: everything in it has been checked, so that a world can be built of
/// it.
struct Scenario {
  std::string name;
  std::uint64_t seed = 0;     ///< The one that counts: of --seed, else of the file, else 0.
  std::optional<Time> until;  ///< Where the run ends, if it says so.
  std::optional<Step> steps;
  std::vector<AgentDeclaration> agents;
  std::shared_ptr<const Network> network;  ///< nullptr where the agents are on no nodes.
  std::optional<Chaos> chaos;
  std::vector<ScenarioInput> inputs;  ///< Of [[input]] and [[fault]].
  std::vector<Reseeding> reseedings;  ///< Of --reseed, by time; each comes before other inputs.
  std::vector<FeedDeclaration> feeds;
  Expectations expect;
  std::vector<std::string> overrides;  ///< "PATH=VALUE", as given, those of the seed left out.
  std::string file;                    ///< As given; empty if it is from a journal.
  std::string source;                  ///< The text as read; empty if it is from a journal.
  std::string canonical;  ///< JSON: the file before overrides, without [expect] and comments.
};

/// Reads a scenario file. `overrides` ("agent.trader.options.size=5") are applied in order; `seed`,
/// if given, goes before what they and the file say. Throws InputError for whatever is unknown or
/// wrong: "thin_market.toml:14:1: unknown option 'limt' of momentum_trader; did you mean 'limit'?".
/// The catalog must outlive the scenario.
Scenario load_scenario(const std::filesystem::path& file, const Catalog& catalog,
                       std::span<const std::string> overrides = {},
                       std::optional<std::uint64_t> seed = std::nullopt);

/// The same from the text of a file, which messages call `file_name`.
Scenario parse_scenario(std::string text, std::string file_name, const Catalog& catalog,
                        std::span<const std::string> overrides = {},
                        std::optional<std::uint64_t> seed = std::nullopt);

/// The scenario of a journal, from its canonical text: the same world as the file's, but without a
/// file, places and expectations. Its feeds are named, not read.
Scenario scenario_from_canonical(std::string_view canonical_json, const Catalog& catalog,
                                 std::span<const std::string> overrides, std::uint64_t seed);

/// A world of the scenario's agents in the order of the file, at time 0 and without inputs. The
/// catalog is the one that the scenario was read with.
std::unique_ptr<Simulation> build_world(const Scenario& scenario, const Catalog& catalog);

/// The same under another seed than the scenario's.
std::unique_ptr<Simulation> build_world(const Scenario& scenario, const Catalog& catalog,
                                        std::uint64_t seed);

}  // namespace reprise
