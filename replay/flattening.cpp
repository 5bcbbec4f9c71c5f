#include "replay/flattening.hpp"

#include <optional>
#include <string>

#include "replay/checked_player.hpp"
#include "replay/history.hpp"
#include "replay/recorder.hpp"

namespace reprise {

namespace {

/// Lives the history up to its recorded end; what failed there, if something did.
std::optional<AgentFailure> live(const Journal& branch, Simulation& world,
                                 const std::function<bool()>& interrupted) {
  const Seal& seal = *branch.seal();
  HistoryInputs inputs(branch, world.catalog());
  Session session(world, inputs);
  try {
    session.run({.steps = seal.step}, interrupted);
    if (seal.failure) session.step();
  } catch (const AgentFailure& failure) {
    return failure;
  }
  world.stand_at(seal.at);
  return std::nullopt;
}

void expect_same(const Seal& seal, const Simulation& world, bool failed) {
  using What = Divergence::What;
  const auto differ = [&](What what, const std::string& recorded, const std::string& computed) {
    throw DivergenceError({what, world.steps(), recorded, computed});
  };
  if (world.prefix() != seal.prefix) {
    differ(What::events, "prefix digest " + to_string(seal.prefix),
           "prefix digest " + to_string(world.prefix()));
  }
  if (failed != seal.failure.has_value()) {
    differ(What::failure, seal.failure ? "a failure" : "no failure",
           failed ? "a failure" : "no failure");
  }
  if (seal.root && world.state_root() != *seal.root) {
    differ(What::state, "state root " + to_string(*seal.root),
           "state root " + to_string(world.state_root()));
  }
}

}  // namespace

void flatten(const Journal& branch, const Catalog& catalog, const WorldFactory& factory,
             const std::filesystem::path& path, bool overwrite,
             const std::function<void(Step)>& progress) {
  const Journal& oldest = *stretches_of(branch).front().journal;
  if (&oldest == &branch) {
    throw JournalError(branch.path().string(), "is no branch: it stands alone already",
                       "copy it, or `reprise compact` writes it again, smaller");
  }
  if (!branch.seal()) {
    throw JournalError(branch.path().string(), "has no seal: its run was cut off", "fork it again");
  }
  if (!branch.expect_schema(catalog).empty()) {
    throw JournalError(branch.path().string(),
                       "was recorded with earlier kinds, so its history cannot be lived as it was",
                       "use the program that recorded it");
  }
  const auto world = factory(oldest.header());
  JournalWriter writer(path, oldest.header(), oldest.source(), overwrite, WorkOn::thread);
  try {
    Recorder recorder(*world, writer, {.events = branch.events() != 0});
    const Seal& seal = *branch.seal();
    const std::optional<AgentFailure> failure = live(branch, *world, [&] {
      if (progress) progress(world->steps());
      return false;
    });
    expect_same(seal, *world, failure.has_value());
    recorder.finish(seal.end, seal.limit, failure ? &*failure : nullptr);
  } catch (...) {
    writer.discard();
    throw;
  }
}

}  // namespace reprise
