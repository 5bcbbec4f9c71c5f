#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "engine/codec.hpp"
#include "engine/session.hpp"
#include "engine/simulation.hpp"
#include "replay/sha256.hpp"

/// What a journal says (docs/journal_format.md), apart from how its bytes are laid out.
namespace reprise {

inline constexpr std::uint16_t journal_format_major = 2;
inline constexpr std::uint16_t journal_format_minor = 0;

/// The version of the total order, the digests and the checkpoint schedule (docs/determinism.md).
inline constexpr std::uint16_t journal_semantics = 1;

/// A place in a journal.
struct JournalPlace {
  std::string file;
  std::uint64_t offset = 0;
};

/// A journal that is damaged, foreign or of another version.
class JournalError : public std::runtime_error {
 public:
  JournalError(const std::string& file, const std::string& reason, const std::string& remedy = "");
  JournalError(const JournalPlace& place, const std::string& reason,
               const std::string& remedy = "");

  std::optional<std::uint64_t> offset;  ///< Of the frame it is about, in bytes, if it is of one.
};

/// A kind as a journal knew it.
struct KindSchema {
  enum class Role : std::uint8_t { agent, message };

  Role role = Role::agent;
  std::string kind;
  std::uint16_t version = 1;
  std::string fields;  ///< As describe() writes them.
  REPRISE_FIELDS(role, kind, version, fields)
};

/// What stands between the commas of fields as describe() writes them, those in brackets apart. The
/// parts lie in `text`.
std::vector<std::string_view> split_fields(std::string_view text);

/// Where a branch leaves its parent.
struct ParentLink {
  Sha256 header{};  ///< Of the parent's header: names it.
  Sha256
      inputs{};  ///< Of the records of the parent's inputs up to `step`, edits after it included.
  std::uint64_t input_count = 0;  ///< How many these are.
  Step step = 0;
  Digest prefix;  ///< With the parent's edits after `step`.
};

/// What a run is made from, apart from its inputs.
struct JournalHeader {
  std::uint16_t format_major = journal_format_major;
  std::uint16_t format_minor = journal_format_minor;
  std::uint16_t semantics = journal_semantics;
  std::vector<KindSchema> schema;
  std::string scenario;  ///< Canonical.
  std::uint64_t seed = 0;
  std::vector<std::string> overrides;
  std::optional<ParentLink> parent;
};

/// The scenario as it was read; of a branch, the name of its parent's file, without text.
struct ScenarioSource {
  std::string file;  ///< Without folders.
  std::string text;
  REPRISE_FIELDS(file, text)
};

/// The step that was not taken because a handler threw.
struct RecordedFailure {
  Step step = 0;
  std::string agent;
  std::string kind;
  std::string reason;
  REPRISE_FIELDS(step, agent, kind, reason)
};

/// A checkpoint as it stands in a journal.
struct RecordedCheckpoint {
  Step step = 0;
  Time at{};
  Digest prefix;
  std::optional<Digest> root;
  std::vector<std::uint8_t> trail;  ///< One byte for each step since the checkpoint before.
};

/// How a run ended, and the counts.
struct Seal {
  RunEnd end = RunEnd::drained;
  RunLimit limit;
  Step step = 0;
  Time at{};
  Digest prefix;
  std::optional<Digest> root;
  std::optional<RecordedFailure> failure;
  std::uint64_t inputs = 0;
  std::uint64_t inputs_beyond = 0;  ///< Acknowledged, but later than the end.
  std::uint64_t checkpoints = 0;
  std::uint64_t keyframes = 0;
  std::uint64_t events = 0;  ///< Recorded one by one: all of them or none.
  Sha256 identity{};
};

/// What is known of a frame that is lost.
struct LostFrame {
  std::uint16_t type = 0;     ///< A FrameType; 0 where nobody knows.
  std::uint64_t records = 0;  ///< 0 where nobody knows.
  Step first_step = 0;        ///< Records of these steps may be lost.
  Step last_step = 0;
  REPRISE_FIELDS(type, records, first_step, last_step)
};

/// Where frames are missing from a journal that was salvaged.
struct Gap {
  std::uint64_t offset = 0;  ///< Where they were in the damaged file.
  std::uint64_t bytes = 0;
  std::vector<LostFrame> lost;
  REPRISE_FIELDS(offset, bytes, lost)
};

/// Builds the world of a header, at time 0 and without inputs. Replay and timeline know no
/// scenario: whoever calls them does. May throw what building a world throws.
using WorldFactory = std::function<std::unique_ptr<Simulation>(const JournalHeader&)>;

/// The kinds that worlds of `catalog` with these agent kinds can reach: the agents and what they
/// may give birth to, and every message one of them listens to, the world's own included. Agents
/// first, each by name.
std::vector<KindSchema> schema_of(const Catalog& catalog,
                                  const std::vector<std::string>& agent_kinds);

/// The agent kinds in `world`, each once, by name.
std::vector<std::string> agent_kinds_in(const Simulation& world);

/// How the kinds of a journal stand to those of a program.
struct SchemaComparison {
  /// Message kinds of an earlier version that upcasters lift: "market.halt v1 -> v2". Where there
  /// are any, the journal can be lived again, but its digests, keyframes and recorded events are
  /// those of other kinds and cannot be compared or used.
  std::vector<std::string> lifted;
  /// What is otherwise and cannot be lifted: a sentence a kind, with its fields and both versions.
  std::vector<std::string> refused;
  bool upcasters_help = false;  ///< Upcasters for earlier messages would leave nothing refused.
};

/// Compares `recorded` with what `catalog` has under the same names.
SchemaComparison compare_schema(const std::vector<KindSchema>& recorded, const Catalog& catalog);

}  // namespace reprise
