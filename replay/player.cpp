#include "replay/player.hpp"

#include <stdexcept>

#include "engine/json.hpp"

namespace reprise {

namespace {

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

Player::Player(const Journal& journal, const Catalog& catalog, const WorldFactory& factory)
    : journal_(journal),
      lifted_(journal.expect_schema(catalog)),
      world_(factory(journal.header())),
      inputs_(journal, catalog),
      session_(*world_, inputs_) {}

bool Player::step(Time until) {
  return with_inputs_of(journal_, [&] { return session_.step(until); });
}

void Player::settle() {
  with_inputs_of(journal_, [&] { session_.settle(); });
}

bool Player::run_to(Step step, Time until, const std::function<bool()>& interrupted) {
  const RunEnd end = with_inputs_of(
      journal_, [&] { return session_.run({.until = until, .steps = step}, interrupted); });
  return world_->steps() == step || end == RunEnd::until ||
         (until != time_max && end == RunEnd::drained);
}

}  // namespace reprise
