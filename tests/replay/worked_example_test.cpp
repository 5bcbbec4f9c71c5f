// The example in docs/journal_format.md is what the program writes. To make it again, let the test
// fail and put what tests/golden/dump_journal.py prints of the journal it leaves in its place.
#include <zstd.h>

#include <catch2/catch.hpp>
#include <cctype>
#include <sstream>

#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

constexpr const char* page = REPRISE_SOURCE_DIR "/docs/journal_format.md";
constexpr unsigned zstd_of_page = 10504;  // another compresses otherwise

/// A lamp that is switched: the only agent of the example.
struct Switch {
  static constexpr std::string_view kind = "switch";
  bool on = false;
  REPRISE_FIELDS(on)
};

struct Lamp {
  using Handles = Messages<Switch>;
  bool lit = false;
  REPRISE_FIELDS(lit)
  void on(const Switch& message) { lit = message.on; }
};

Catalog lamp_catalog() {
  Catalog catalog;
  catalog.add<Lamp>("lamp");
  return catalog;
}

std::unique_ptr<Simulation> lamp(const Catalog& catalog, std::uint64_t seed) {
  auto world = std::make_unique<Simulation>(catalog, seed);
  world->add("hall", Lamp{});
  return world;
}

void record_example(const std::filesystem::path& path, const Catalog& catalog) {
  const auto world = lamp(catalog, 7);
  JournalHeader header = header_of(*world);
  // the kinds that every world knows would make it longer and say nothing new
  std::erase_if(header.schema,
                [](const KindSchema& kind) { return kind.kind.starts_with("reprise."); });
  header.scenario = "{}";
  Input input = input_at(1s, AgentId{1}, Switch{true});
  input.producer = "me";
  input.producer_seq = 1;
  InputList inputs({input});
  JournalWriter journal(path, header, {"hall.toml", "# none"});
  Recorder recorder(*world, journal);
  Session session(*world, inputs);
  recorder.finish(session.run({}), {});
}

/// The bytes that `page` shows under "## An example": lines of an offset, bytes and what they are.
std::string example_in(const std::string& text) {
  std::istringstream lines(text.substr(text.find("\n## An example")));
  std::string bytes;
  for (std::string line; std::getline(lines, line) && !line.starts_with("## Why not");) {
    std::istringstream words(line);
    std::string word;
    if (!line.starts_with("    ") || !(words >> word) || word.size() != 4) continue;
    if (std::stoul(word, nullptr, 16) != bytes.size()) throw std::runtime_error("at " + word);
    while (words >> word && word.size() == 2 && std::isxdigit(word[0]) && std::isxdigit(word[1])) {
      bytes += static_cast<char>(std::stoi(word, nullptr, 16));
    }
  }
  return bytes;
}

TEST_CASE("the example in the format's page is what the program writes") {
  const TempDir folder;
  const auto path = folder.path() / "hall.rpj";
  const Catalog catalog = lamp_catalog();
  record_example(path, catalog);
  const Journal journal(path);
  journal.check();
  const Verification result = verify(
      journal, catalog, [&](const JournalHeader& header) { return lamp(catalog, header.seed); });
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == 1);
  if (ZSTD_versionNumber() != zstd_of_page) {
    WARN("skipped: libzstd is " << ZSTD_versionString());
    return;
  }
  const std::string written = file_bytes(path);
  const std::string shown = example_in(file_bytes(page));
  const bool same = shown == written;
  CHECK(same);
  if (!same) {
    const auto kept = std::filesystem::temp_directory_path() / "hall.rpj";
    write_bytes(kept, written);
    FAIL("the page shows another journal than " << kept << ", which is what is written now");
  }
}

}  // namespace
}  // namespace reprise
