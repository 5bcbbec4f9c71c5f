// Journals made to cost memory or time, read by the real program with little of it.
#include <catch2/catch.hpp>
#include <functional>
#include <vector>

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
          std::string("verify --jobs 2"), std::string("inputs"), std::string("tree"),
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

TEST_CASE("heads that claim the bodies of others cost no time") {
  if (sanitized) {
    WARN("skipped: its time is not that of the program");
    return;
  }
  constexpr std::size_t frames = 48'000;
  constexpr const char* seconds = "5";  // takes some 0.3; every body read: 20
  const TempDir folder;
  const std::string path = folder.file("a.rpj");
  {
    OutputFile file(path, false);
    FrameWriter writer(file);
    Bytes header;
    Encoder out(header);
    encode_header(out, JournalHeader{.scenario = "{}"});
    writer.set_salt(journal_salt(header));
    writer.add(FrameType::header, true, header, {.count = 1});
    for (std::size_t i = 0; i < frames; ++i) writer.add(FrameType::inputs, true, {}, {.count = 1});
    file.close();
  }
  const std::string plain = read_file(path);
  const std::vector<FrameEntry> entries = Journal(path).frames();
  const std::vector<std::function<std::uint64_t(std::uint64_t)>> claims{
      [](std::uint64_t rest) { return std::min(rest, frame_bytes_max); },
      [](std::uint64_t) { return frame_bytes_max + 1; }, [](std::uint64_t) { return 1; }};
  for (const auto& claim : claims) {
    std::string bytes = plain;
    const auto put = [&](std::size_t at, std::uint64_t number) {
      for (int i = 0; i < 8; ++i) bytes[at + i] = static_cast<char>(number >> 8 * i);
    };
    for (const FrameEntry& entry : std::span(entries).subspan(1)) {
      const std::uint64_t claimed = claim(bytes.size() - entry.end());
      put(entry.offset + 32, claimed);
      put(entry.offset + 40, claimed);
      put(entry.offset + 88, 1);  // a digest that the body has not
      const Digest digest = digest_of(std::as_bytes(std::span(bytes).subspan(entry.offset, 144)));
      put(entry.offset + 144, digest.high);
      put(entry.offset + 152, digest.low);
    }
    folder.write("a.rpj", bytes);
    for (const std::string& command :
         {std::string("info"), "salvage --force -o '" + folder.file("b.rpj") + "'"}) {
      const ProgramResult result = run_shell("ulimit -t " + std::string(seconds) + "; '" +
                                             REPRISE_PROGRAM + "' " + command + " '" + path + "'");
      INFO(command << ": " << result.err);
      CHECK((result.code == 0 || result.code == 4));
    }
  }
}

}  // namespace
}  // namespace reprise::test
