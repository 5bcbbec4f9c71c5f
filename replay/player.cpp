#include "replay/player.hpp"

namespace reprise {

namespace {

std::unique_ptr<Simulation> build(const Journal& journal, const Catalog& catalog,
                                  const WorldFactory& factory) {
  journal.expect_schema(catalog);
  return factory(journal.header());
}

}  // namespace

Player::Player(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
    : journal_(journal),
      world_(build(journal, catalog, factory)),
      inputs_(journal, catalog),
      session_(*world_, inputs_) {}

bool Player::run_to(Step step, Time until, const std::function<bool()>& interrupted) {
  const RunEnd end = session_.run({.until = until, .steps = step}, interrupted);
  return world_->steps() == step || end == RunEnd::until ||
         (until != time_max && end == RunEnd::drained);
}

}  // namespace reprise
