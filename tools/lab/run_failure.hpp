#pragma once

#include <cstdint>
#include <string>

#include "engine/fields.hpp"
#include "engine/time.hpp"

/// Why a run failed, and whether another failed for the same reason.
namespace reprise {

/// What a run broke first.
struct RunFailure {
  std::string what;      ///< "agent", or what of [expect]: "always", "at_end", "state".
  std::string property;  ///< What of [expect] does not hold, as it is written; empty for an agent.
  std::string agent;     ///< That failed; empty if none did.
  std::string message;   ///< The kind of message it was handling.
  std::string reason;    ///< For a person.
  Step step = 0;
  Time at{};
  std::string words;  ///< All that is known of it, as `run` says it; empty for an agent.
  REPRISE_FIELDS(what, property, agent, message, reason, step, at, words)
};

/// What runs that fail for the same reason have in common, as a sentence: the property, or the
/// group of the agent ("trader[*]"), the kind of message and the reason with # in place of numbers
/// and "*" of whatever it quotes. Neither step nor time are in it.
std::string fingerprint_of(const RunFailure& failure);

/// The failure with all that the fingerprint leaves out.
std::string in_words(const RunFailure& failure);

/// A short name for a fingerprint: eight hexadecimal digits of its digest.
std::string short_name(const std::string& fingerprint);

}  // namespace reprise
