#include "replay/player.hpp"

#include <stdexcept>

#include "engine/json.hpp"

namespace reprise {

namespace {

std::unique_ptr<Simulation> build(const Journal& journal, const Catalog& catalog,
                                  const WorldFactory& factory, bool lifted, Step start,
                                  Time until) {
  if (lifted) return factory(journal.header());  // a keyframe is of the recorded kinds
  const HistoryKeyframes keyframes(journal);
  while (const auto place = keyframes.find(start, until)) {
    auto world = std::make_unique<Simulation>(catalog, journal.header().seed);
    if (keyframes.restore(*place, *world)) return world;
    start = place->step - 1;
  }
  return factory(journal.header());
}

HistoryInputs inputs_after(const Simulation& world, const Journal& journal,
                           const Catalog& catalog) {
  HistoryInputs inputs(journal, catalog);
  if (world.steps() != 0) inputs.pass_taken(world);
  return inputs;
}

/// Does `live`; what the world refuses of the recorded inputs is the journal's fault.
template <class Live>
auto with_inputs_of(const Journal& journal, const Live& live) {
  const auto refused = [&](const std::exception& error) {
    return JournalError(journal.path().string(),
                        std::string("an input does not fit its world: ") + error.what());
  };
  try {
    return live();
  } catch (const std::invalid_argument& error) {
    throw refused(error);
  } catch (const FieldError& error) {
    throw refused(error);
  }
}

}  // namespace

Player::Player(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
               Step start, Time until)
    : journal_(journal),
      lifted_(journal.expect_schema(catalog)),
      world_(build(journal, catalog, factory, !lifted_.empty(), start, until)),
      inputs_(inputs_after(*world_, journal, catalog)),
      session_(*world_, inputs_) {}

Player::Player(const Player& other)
    : journal_(other.journal_),
      lifted_(other.lifted_),
      world_(other.world_->copy()),
      inputs_(other.inputs_),
      session_(other.session_, *world_, inputs_) {}

bool Player::step(Time until) {
  return with_inputs_of(journal_, [&] { return session_.step(until); });
}

bool Player::advance(Step last, Time until) {
  return with_inputs_of(journal_, [&] { return session_.advance(last, until); });
}

void Player::settle(Time until) {
  with_inputs_of(journal_, [&] { session_.settle(until); });
}

bool Player::run_to(Step step, Time until, const std::function<bool()>& interrupted) {
  const RunEnd end = with_inputs_of(
      journal_, [&] { return session_.run({.until = until, .steps = step}, interrupted); });
  return world_->steps() == step || end == RunEnd::until ||
         (until != time_max && end == RunEnd::drained);
}

}  // namespace reprise
