#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "replay/journal_reader.hpp"
#include "replay/recorder.hpp"
#include "tests/support/test_agents.hpp"

/// Journals of the meadow.
namespace reprise::test {

inline WorldFactory meadow_factory(const Catalog& catalog) {
  return [&catalog](const JournalHeader& header) { return meadow(catalog, header.seed); };
}

inline JournalHeader header_of(const Simulation& world) {
  JournalHeader header;
  header.schema = schema_of(world.catalog(), agent_kinds_in(world));
  header.scenario = "{\"name\":\"meadow\"}";
  header.seed = world.seed();
  return header;
}

/// Runs `world` with `inputs` to `limit` and writes its journal.
inline Seal record(const std::filesystem::path& path, Simulation& world, InputSource& inputs,
                   const RunLimit& limit, const KeyframePolicy& keyframes = {},
                   bool events = false) {
  JournalWriter journal(path, header_of(world), {"meadow.toml", "# a meadow"}, true);
  Recorder recorder(world, journal, {.keyframes = keyframes, .events = events});
  Session session(world, inputs);
  try {
    return recorder.finish(session.run(limit), limit);
  } catch (const AgentFailure& failure) {
    return recorder.finish(RunEnd::failed, limit, &failure);
  }
}

inline Seal record_meadow(const std::filesystem::path& path, const Catalog& catalog,
                          Duration until = 2s, std::uint64_t seed = 1,
                          const KeyframePolicy& keyframes = {}) {
  const auto world = meadow(catalog, seed);
  InputList inputs(meadow_inputs());
  return record(path, *world, inputs, {.until = Time(until)}, keyframes);
}

inline std::string file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

}  // namespace reprise::test
