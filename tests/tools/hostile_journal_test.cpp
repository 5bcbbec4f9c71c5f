// Journals made to cost memory, read by the real program with little of it.
#include <catch2/catch.hpp>

#include "replay/frame.hpp"
#include "replay/journal_reader.hpp"
#include "replay/records.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

constexpr const char* memory_kib = "160000";

struct Hostile {
  TempDir folder;
  std::string whole = folder.file("whole.rpj");
  std::string path = folder.file("a.rpj");

  Hostile() {
    const ProgramResult run =
        run_program({"run", shipped("phold/phold.toml"), "-o", whole, "--steps", "5000"});
    REQUIRE(run.code == 0);
  }

  /// The whole journal's frames with those of `add` before its end.
  template <class Add>
  void write(const Add& add, bool sealed = true) const {
    const Journal journal(whole);
    OutputFile file(path, true);
    FrameWriter frames(file, 19);
    for (const FrameEntry& entry : journal.frames()) {
      if (entry.type == FrameType::index || entry.type == FrameType::seal) continue;
      if (entry.type == FrameType::header) frames.set_salt(journal_salt(journal.body(entry)));
      frames.add(entry.type, entry.critical, journal.body(entry), entry.span);
    }
    add(frames);
    Bytes body;
    Encoder out(body);
    Seal seal = *journal.seal();
    seal.keyframes = 1;
    encode_seal(out, seal);
    if (sealed) frames.add_index_and_seal(std::move(body), journal.frames().back().span);
    file.close();
  }

  /// Every reading command with little memory: none may run out of it.
  void read() const {
    const std::string salvage = "salvage --force -o '" + folder.file("b.rpj") + "'";
    for (const std::string& command :
         {std::string("info"), std::string("info --check"), std::string("verify"),
          std::string("show --at 4000"), std::string("events"), salvage}) {
      const ProgramResult result = run_shell("ulimit -v " + std::string(memory_kib) + "; '" +
                                             REPRISE_PROGRAM + "' " + command + " '" + path + "'");
      INFO(command << ": " << result.err);
      CHECK((result.code == 0 || result.code == 4));
    }
  }
};

TEST_CASE("a keyframe that names one page a million times costs no memory") {
  if (sanitized) {
    WARN("skipped: RLIMIT_AS under a sanitizer");
    return;
  }
  const Hostile hostile;
  hostile.write([](FrameWriter& frames) {
    const FrameSpan span{.count = 1, .first_step = 3000, .last_step = 3000};
    const Bytes page(std::size_t{16} << 10);
    Bytes pages = encode(static_cast<std::uint32_t>(page.size()));
    pages.insert(pages.end(), page.begin(), page.end());
    frames.add(FrameType::pages, false, pages, span);
    constexpr std::uint64_t named = 1'000'000;
    const Digest digest = digest_of(page);
    Bytes table;
    Encoder out(table);
    out(std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3}, std::uint64_t{4},
        named * page.size());
    for (std::uint64_t i = 0; i < named; ++i) out(std::uint64_t{0});
    for (std::uint64_t i = 0; i < named; ++i) out(digest.high, digest.low);
    frames.add(FrameType::keyframe, false, table, span);
  });
  hostile.read();
}

TEST_CASE("frames that claim much cost no memory") {
  if (sanitized) {
    WARN("skipped: RLIMIT_AS under a sanitizer");
    return;
  }
  const Hostile hostile;
  for (const FrameType type :
       {FrameType::inputs, FrameType::checkpoints, FrameType::events, FrameType::gap}) {
    for (const bool sealed : {false, true}) {
      hostile.write(
          [&](FrameWriter& frames) {
            Bytes body;
            Encoder out(body);
            for (int i = 0; i < 64; ++i) out(~std::uint64_t{0} >> (i % 40));
            frames.add(type, true, body,
                       {.count = ~std::uint64_t{0} >> 1,
                        .first_step = 5001,
                        .last_step = ~std::uint64_t{0} >> 1});
          },
          sealed);
      hostile.read();
    }
  }
}

}  // namespace
}  // namespace reprise::test
