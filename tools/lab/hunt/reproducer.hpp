#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/digest.hpp"
#include "engine/session.hpp"
#include "tools/lab/hunt/failed_run.hpp"

namespace reprise {

/// What comes from outside in a run, or chaos does in it: an [[input]] or a [[fault]].
struct GivenInput {
  Time at{};
  std::string to;
  Payload payload;
};

using GivenInputs = std::vector<std::shared_ptr<const GivenInput>>;

/// Inputs as they can be left out: those of a unit go together, as a crash and the restart that
/// ends it. Each unit holds positions in `inputs`, in order.
std::vector<std::vector<std::size_t>> units_of(const GivenInputs& inputs);

/// All that a run is made of, so that it can be made smaller: a scenario in which nothing
/// is given, and what is. What chaos did stands among the faults, so that each can be left out.
struct Reproducer {
  boost::json::object scenario;  ///< As a file has it, without seed, end and what follows.

  /// By time. At the same time faults come before inputs, and their ends right after them, whatever
  /// their order here: so does a scenario file have it.
  GivenInputs inputs;
  std::uint64_t seed = 0;
  RunLimit limit;

  /// Of all that decides how it runs, but for its seed and how far.
  Digest identity() const;

  /// How many agents the scenario declares, the engine's own not counted.
  std::uint64_t agents() const;
};

/// What the run is made of. With `chaos_as_faults` a [chaos] does nothing more by itself
/// than make all whole when it is to be quiet. Throws InputError for what no scenario file can say.
Reproducer reproducer_of(const RecordedRun& run, bool chaos_as_faults);

/// Its scenario, understood, without inputs and seed. Throws InputError for one that makes no
/// sense.
Scenario scenario_of(const Reproducer& reproducer, const Catalog& catalog);

/// Its inputs, in a world of that scenario. Throws InputError if there is no such agent.
InputList inputs_of(const Reproducer& reproducer, const Simulation& world);

/// The text of a scenario file that runs as it does and expects of [expect], with a `failure`, only
/// what that breaks. `comment` are the lines it begins with.
std::string file_text(const Reproducer& reproducer, const std::optional<RunFailure>& failure,
                      const std::vector<std::string>& comment);

}  // namespace reprise
