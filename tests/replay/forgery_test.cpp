// Journals in which every checksum holds, and that are still not what was recorded.
#include <catch2/catch.hpp>

#include "replay/journal_reader.hpp"
#include "replay/records.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Piece {  // a frame, its body decoded
  FrameEntry entry;
  Bytes body;
};

struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  Seal seal = record_meadow(path, catalog, 2s, 1, KeyframePolicy::every(500));
  Journal journal{path};
  std::vector<Piece> pieces;

  Recorded() {
    for (const FrameEntry& entry : journal.frames()) pieces.push_back({entry, journal.body(entry)});
  }

  /// Writes `pieces` as a journal whose checksums and chain all hold; its path.
  std::filesystem::path write(const std::vector<Piece>& changed) const {
    const auto forged = folder.path() / "forged.rpj";
    OutputFile file(forged, true);
    FrameWriter writer(file);
    writer.set_schema(journal.header().schema);
    for (const Piece& piece : changed) {
      if (piece.entry.type == FrameType::header) writer.set_salt(journal_salt(piece.body));
      writer.add(piece.entry.type, piece.entry.critical, piece.body, piece.entry.span);
    }
    file.close();
    return forged;
  }

  /// Whether one who keeps head and identity of the recorded journal sees that this is another.
  bool caught(const std::vector<Piece>& changed) const {
    const auto forged = write(changed);
    try {
      const Journal other(forged);
      other.check();
      return other.chain() != journal.chain();
    } catch (const JournalError&) {
      return true;
    }
  }
};

TEST_CASE(
    "an edit or insertion or deletion or truncation or new order is caught by the known head") {
  const Recorded recorded;
  CHECK_FALSE(recorded.caught(recorded.pieces));
  int forged = 0;
  for (std::size_t i = 0; i < recorded.pieces.size(); ++i) {
    INFO("frame " << i);
    std::vector<std::vector<Piece>> forgeries(5, recorded.pieces);
    const auto at = static_cast<std::ptrdiff_t>(i);
    forgeries[0].erase(forgeries[0].begin() + at);
    forgeries[1].insert(forgeries[1].begin() + at, recorded.pieces[i]);
    std::swap(forgeries[2][i], forgeries[2][(i + 1) % recorded.pieces.size()]);
    forgeries[3].resize(i);
    forgeries[4][i].body.back() ^= std::byte{1};
    for (const std::vector<Piece>& forgery : forgeries) {
      CHECK(recorded.caught(forgery));
      ++forged;
    }
  }
  WARN("ran: " << forged << " forgeries");
}

TEST_CASE("inputs that were changed are not those that the seal was set on") {
  const Recorded recorded;
  std::vector<Piece> changed = recorded.pieces;
  for (Piece& piece : changed) {
    if (piece.entry.type == FrameType::inputs) piece.body.back() ^= std::byte{1};
  }
  const Journal forged(recorded.write(changed));
  CHECK(forged.seal());
  CHECK_THROWS_WITH(forged.check(), Contains("not those that the seal was set on"));
}

TEST_CASE("a later minor version is read and another major one or other semantics are not") {
  const Recorded recorded;
  const auto with = [&](std::uint16_t major, std::uint16_t minor, std::uint16_t semantics) {
    std::vector<Piece> changed{recorded.pieces.front(), recorded.pieces[1]};
    JournalHeader header = recorded.journal.header();
    header.format_major = major;
    header.format_minor = minor;
    header.semantics = semantics;
    changed.front().body.clear();
    Encoder out(changed.front().body);
    encode_header(out, header);
    return recorded.write(changed);
  };
  const Journal later(with(journal_format_major, journal_format_minor + 9, journal_semantics));
  CHECK(later.header().format_minor == journal_format_minor + 9);
  CHECK_NOTHROW(later.check());
  CHECK_THROWS_WITH(Journal(with(journal_format_major + 1, 0, journal_semantics)),
                    Contains("a journal of format"));
  CHECK_THROWS_WITH(Journal(with(journal_format_major, 0, journal_semantics + 1)),
                    Contains("semantics"));
}

TEST_CASE("a frame in a codec or layout of another program is refused by its number") {
  const std::string journal = fuzz::plain_journal(false);
  const TempDir folder;
  const auto path = folder.path() / "a.rpj";
  for (const FrameType type : {FrameType::inputs, FrameType::checkpoints, FrameType::events}) {
    write_bytes(path, fuzz::with_layout(journal, type, 77));
    CHECK_THROWS_WITH(Journal(path).check(), Contains("a frame of layout 77"));
    write_bytes(path, fuzz::with_codec(journal, type, 9));
    CHECK_THROWS_WITH(Journal(path).check(), Contains("a frame of codec 9"));
  }
  // What it does not know and need not know may be as it likes.
  const FrameType unknown{77};
  std::string later = fuzz::resealed(journal + fuzz::plain_frame(unknown, false, {}, "?"));
  later = fuzz::with_codec(fuzz::with_layout(later, unknown, 77), unknown, 9);
  write_bytes(path, later);
  const Journal read(path);
  CHECK(read.frames().back().type == unknown);
  CHECK_NOTHROW(read.check());
  CHECK_NOTHROW(read.chain());
  write_bytes(path, later + "torn");
  CHECK(JournalWriter(path).moved_aside());
  CHECK(file_bytes(path) == later);
}

}  // namespace
}  // namespace reprise
