#include "agents/phold/phold.hpp"

#include <stdexcept>
#include <string>

namespace reprise::phold {

namespace {

constexpr Duration delay_max = std::chrono::hours(24 * 366);

}  // namespace

void Phold::Options::validate() const {
  const auto demand = [](bool holds, const char* what) {
    if (!holds) throw std::invalid_argument(what);
  };
  demand(agents >= 1, "agents must be at least 1");
  demand(mean_delay > Duration::zero() && mean_delay <= delay_max,
         "mean_delay must be above 0 and at most a year");
  demand(lookahead >= Duration::zero() && lookahead <= delay_max,
         "lookahead must be 0 or more and at most a year");
}

void Phold::on(const Start&, Context& world) {
  first = world.find("phold[0]");
  if (world.self() == first) world.find("phold[" + std::to_string(options.agents - 1) + "]");
  for (std::uint32_t i = 0; i < options.events; ++i) pass(world);
}

void Phold::on(const Job&, Context& world) {
  ++handled;
  pass(world);
}

void Phold::pass(Context& world) const {
  const Duration delay = options.lookahead + world.random().exponential(options.mean_delay);
  const std::int64_t target = world.random().uniform(0, std::int64_t{options.agents} - 1);
  world.send(AgentId{number(first) + static_cast<std::uint32_t>(target)}, Job{}, delay);
}

}  // namespace reprise::phold
