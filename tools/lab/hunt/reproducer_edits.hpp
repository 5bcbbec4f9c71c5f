#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tools/lab/hunt/reproducer.hpp"

/// Ways to make a reproducer smaller. What comes back is only a proposal: it may make no sense, not
/// fail, or fail otherwise.
namespace reprise {

/// With these inputs only, which are in order.
Reproducer with_inputs(const Reproducer& reproducer, const std::vector<std::size_t>& kept);

/// One for each declared agent without it, and for each group with fewer of it, the fewest first;
/// whatever names one that is gone goes with it.
std::vector<Reproducer> with_fewer_agents(const Reproducer& reproducer);

/// One for each table and key that need not be there, the largest first.
std::vector<Reproducer> with_less_said(const Reproducer& reproducer);

/// One for each number and time among the options that is halved or doubled.
std::vector<Reproducer> with_other_values(const Reproducer& reproducer);

/// With the times of all inputs whole tenths of seconds, hundredths, thousandths; none where they
/// are.
std::vector<Reproducer> with_rounder_times(const Reproducer& reproducer);

/// With all inputs, and the quiet time, at a part of their times; and for each unit of inputs, with
/// it and all that follows moved towards what was before, if there are not hundreds of them.
std::vector<Reproducer> with_less_time(const Reproducer& reproducer);

}  // namespace reprise
