#pragma once

#include <cstdint>
#include <string_view>

#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"
#include "engine/time.hpp"

/// PHOLD (Fujimoto 1990): the workload that event engines are compared with.
namespace reprise::phold {

/// What goes from agent to agent; there are always as many as at the start.
struct Job {
  static constexpr std::string_view kind = "phold.job";
  static constexpr std::string_view about = "goes from one phold agent to another";
  REPRISE_FIELDS()
};

/// Passes each job that comes to it on to any agent of the population, itself included, all alike,
/// after the lookahead and an exponential delay. The population is declared under the name `phold`.
struct Phold {
  static constexpr std::string_view about =
      "passes jobs on to agents drawn at random, after a delay";

  using Handles = Messages<Start, Job>;

  struct Options {
    static constexpr About about[] = {
        {"agents", "How many there are: the count they are declared with."},
        {"events", "How many jobs each brings into the world: the events always under way."},
        {"mean_delay", "The mean of the exponential delay."},
        {"lookahead", "The smallest delay; the exponential one is added to it."}};

    std::uint32_t agents = 1000;
    std::uint32_t events = 1;
    Duration mean_delay = std::chrono::seconds(1);
    Duration lookahead = std::chrono::milliseconds(100);
    REPRISE_FIELDS(agents, events, mean_delay, lookahead)

    void validate() const;
  };

  Options options{};
  AgentId first{};            ///< phold[0]; the others follow it.
  std::uint32_t handled = 0;  ///< Jobs; begins anew after 2^32.
  REPRISE_FIELDS(options, first, handled)

  void on(const Start&, Context& world);
  void on(const Job&, Context& world);

 private:
  void pass(Context& world) const;
};

}  // namespace reprise::phold
