#pragma once

#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/agent.hpp"
#include "engine/simulation.hpp"

namespace reprise {

/// Bytes of an agent in memory that belong to no field.
struct UnnamedBytes {
  std::size_t first = 0;  ///< Of the agent's bytes, from 0.
  std::size_t count = 0;
  std::string after;     ///< The path of the field before them; empty at the start.
  bool certain = false;  ///< Alignment does not explain them, or only some of them are written.
};

/// Which bytes of an agent its digest, and all that is saved of it, come from.
struct StateCoverage {
  std::size_t bytes = 0;     ///< In memory, its padding included.
  std::size_t digested = 0;  ///< Of fields. What a field holds elsewhere is digested with it.
  std::size_t padding = 0;   ///< Left free by the compiler.
  std::vector<UnnamedBytes> unnamed;

  /// No byte of state is certainly left out.
  bool whole() const;
};

/// Compares where the fields lie and how large they are with what an agent takes in memory. In a
/// plain aggregate the compiler has seen that REPRISE_FIELDS names all; elsewhere bytes between
/// fields that alignment explains are padding where making or copying an agent leaves them alone,
/// and may be either otherwise. What an agent keeps outside of itself (statics, what a pointer
/// points to) is no part of it.
StateCoverage coverage_of(const AgentType& type);

/// The agents of a kind in a world, and what they have drawn from their streams.
struct KindUse {
  const AgentType* type = nullptr;
  std::uint64_t agents = 0;    ///< Those that have retired included.
  std::uint64_t reseeded = 0;  ///< Of these nobody knows what they drew.
  std::uint64_t drawn = 0;     ///< Words of 64 bits, of all the others.
  std::uint64_t least = 0;     ///< By one of them.
  std::uint64_t most = 0;
};

/// By the names of the kinds. Costs about a hundred draws an agent.
std::vector<KindUse> kinds_in(const Simulation& world);

boost::json::object to_json(const StateCoverage& coverage);

/// With the coverage of its kind.
boost::json::object to_json(const KindUse& use);

/// For a person, a line each; the first one is the sum.
std::vector<std::string> lines_of(const StateCoverage& coverage);

}  // namespace reprise
