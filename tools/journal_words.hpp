#pragma once

#include <boost/json/array.hpp>
#include <span>
#include <string>
#include <vector>

#include "replay/verify.hpp"
#include "tools/command.hpp"

/// What several commands say of a journal.
namespace reprise {

/// "first differing step 52: another event was delivered (recorded: ...; now: ...)"
std::string in_words(const Divergence& divergence);

/// "lived again through upcasters (market.halt v1 -> v2); digests not comparable"
std::string in_words_lifted(const std::vector<std::string>& lifted);

/// Where and why a journal without a seal breaks off: "cut off at offset 4711: the file ends in the
/// middle of a frame"; empty for one that is whole.
std::string where_cut(const Journal& journal);

/// Complains of a journal without a seal, with how far it is whole.
void tell_of_cut(const Invocation& call, const Journal& journal);

/// "inputs"; "type 77" for one that this program does not know.
std::string stream_name(FrameType type);

/// "421 bytes at offset 4711: checkpoints of the steps 0 to 90 (3 records)"
std::string in_words(const Gap& gap);

/// The same as objects: offset, bytes, lost [{stream records first_step last_step}]. The stream and
/// the records of a frame of which nothing is known are null.
boost::json::array gaps_json(std::span<const Gap> gaps);

/// Complains that this build computes another history than `journal` holds; the exit status of
/// that.
ExitCode complain_of(const Invocation& call, const Journal& journal, const DivergenceError& error);

/// The journal's own file and those of its ancestors, which may not be written over.
std::vector<std::string> files_of(const Journal& journal);

}  // namespace reprise
