#include <catch2/catch.hpp>
#include <cstring>

#include "replay/frame.hpp"
#include "replay/journal_reader.hpp"
#include "replay/player.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using Catch::Matchers::Contains;

struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  Seal seal = record_meadow(path, catalog, 200ms);
  std::string bytes = file_bytes(path);

  /// Where the body of the first frame of `type` begins.
  std::size_t body_of(FrameType type) const {
    const Journal journal(path);
    for (const FrameEntry& entry : journal.frames()) {
      if (entry.type == type) return entry.offset + FrameHead::bytes;
    }
    throw std::logic_error("there is no such frame");
  }

  void write(const std::string& changed) const { write_bytes(path, changed); }

  /// True if opening or checking it is an error, false if it passes for torn. It must not pass for
  /// whole.
  bool damaged() const {
    try {
      const Journal journal(path);
      journal.check();
      CHECK_FALSE(journal.seal().has_value());
      return false;
    } catch (const JournalError&) {
      return true;
    }
  }
};

TEST_CASE("a journal cut at any byte is no journal or torn and never whole") {
  const Recorded recorded;
  std::size_t torn = 0;
  for (std::size_t size = 0; size < recorded.bytes.size(); ++size) {
    recorded.write(recorded.bytes.substr(0, size));
    try {
      const Journal journal(recorded.path);
      CHECK_FALSE(journal.seal());
      ++torn;
    } catch (const JournalError&) {
      CHECK(size < 2000);  // the header is not whole
    }
  }
  WARN("ran: " << recorded.bytes.size() << " cuts of a journal");
  CHECK(torn > recorded.bytes.size() / 4);
}

TEST_CASE("a torn journal replays up to its last whole frame") {
  const Recorded recorded;
  recorded.write(recorded.bytes.substr(0, recorded.bytes.size() - 1));
  const Journal journal(recorded.path);
  REQUIRE(journal.torn());
  CHECK(journal.torn()->reason == "the file ends in the middle of a frame");
  CHECK(journal.last_step() == recorded.seal.step);
  const Verification result = verify(journal, recorded.catalog, meadow_factory(recorded.catalog));
  CHECK_FALSE(result.divergence);
  CHECK(result.steps == recorded.seal.step);
}

TEST_CASE("zeros or noise or a frame of its own after a cut are still a torn tail") {
  const Recorded recorded;
  const std::string cut = recorded.bytes.substr(0, recorded.bytes.size() - 100);
  for (const std::string& tail :
       {std::string(5000, '\0'), std::string(5000, '\x89'), recorded.bytes.substr(0, 160)}) {
    recorded.write(cut + tail);
    const Journal journal(recorded.path);
    CHECK(journal.torn().has_value());
    CHECK_FALSE(journal.seal());
  }
}

TEST_CASE("any bit flipped anywhere is noticed") {
  const Recorded recorded;
  const std::size_t bits = cases(1, 8);  // of each byte
  std::size_t damaged = 0;
  for (std::size_t flip = 0; flip < recorded.bytes.size() * bits; ++flip) {
    const std::size_t place = flip / bits;
    std::string changed = recorded.bytes;
    changed[place] = static_cast<char>(changed[place] ^ (1 << (bits == 1 ? place % 8 : flip % 8)));
    recorded.write(changed);
    damaged += recorded.damaged() ? 1 : 0;
  }
  WARN("ran: " << recorded.bytes.size() * bits << " bits flipped");
  CHECK(damaged > (recorded.bytes.size() - 1000) * bits);
}

TEST_CASE("damage in the middle names the offset and the steps that are lost") {
  const Recorded recorded;
  std::string changed = recorded.bytes;
  const std::size_t at = recorded.body_of(FrameType::checkpoints) + 20;
  changed[at] = static_cast<char>(changed[at] ^ 4);
  recorded.write(changed);
  CHECK_THROWS_WITH(Journal(recorded.path).check(), Contains("a.rpj at offset ") &&
                                                        Contains("damaged: ") &&
                                                        Contains("it speaks of the steps 0 to "));
  // Without the index nobody knows what was there.
  changed[recorded.bytes.size() - 1] ^= 1;
  recorded.write(changed);
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("the next frame's head is at offset "));
}

TEST_CASE("a frame taken out or put in twice or moved is noticed though every checksum holds") {
  const Recorded recorded;
  std::vector<std::size_t> starts;
  for (std::size_t at = recorded.bytes.find("\x89RPJ\r\n\x1a\n"); at != std::string::npos;
       at = recorded.bytes.find("\x89RPJ\r\n\x1a\n", at + 1)) {
    starts.push_back(at);
  }
  REQUIRE(starts.size() >= 6);
  starts.push_back(recorded.bytes.size());
  const auto frame = [&](std::size_t i) {
    return recorded.bytes.substr(starts[i], starts[i + 1] - starts[i]);
  };
  const std::string head = recorded.bytes.substr(0, starts[4]);
  for (const std::string& changed :
       {head + recorded.bytes.substr(starts[5]), head + frame(4) + recorded.bytes.substr(starts[4]),
        head + frame(5) + frame(4)}) {
    recorded.write(changed);
    CHECK_NOTHROW(recorded.damaged());
  }
  recorded.write(recorded.bytes + frame(starts.size() - 2));
  CHECK(recorded.damaged());
}

TEST_CASE("a frame of another journal is refused") {
  const Recorded recorded;
  const auto other = recorded.folder.path() / "b.rpj";
  record_meadow(other, recorded.catalog, 200ms, 2);
  const std::string strange = file_bytes(other);
  const std::string magic = "\x89RPJ\r\n\x1a\n";
  const std::size_t mine = recorded.bytes.rfind(magic);
  recorded.write(recorded.bytes.substr(0, mine) + strange.substr(strange.rfind(magic)));
  CHECK_FALSE(Journal(recorded.path).seal());
}

TEST_CASE("a file that is no journal is refused") {
  const Recorded recorded;
  for (const std::string& bytes :
       {std::string(), std::string("hello"), std::string(5000, '\0'), recorded.bytes.substr(1)}) {
    recorded.write(bytes);
    CHECK_THROWS_WITH(Journal(recorded.path), Contains("is no reprise journal"));
  }
}

/// A frame whose digests all hold, with any head.
std::string forged_frame(FrameType type, std::uint8_t codec, std::uint64_t raw_bytes,
                         const std::string& body, bool critical = true) {
  const std::uint64_t salt = journal_salt(std::as_bytes(std::span(body)));
  Bytes bytes;
  Encoder out(bytes);
  const Digest digest = digest_of(body);
  out.write("\x89RPJ\r\n\x1a\n", 8);
  out(type, critical, codec, std::uint32_t{1}, std::uint64_t{0}, salt,
      static_cast<std::uint64_t>(body.size()), raw_bytes);
  for (int i = 0; i < 5; ++i) out(std::uint64_t{0});
  out(digest.high, digest.low);
  for (int i = 0; i < 5; ++i) out(std::uint64_t{0});
  const Digest head = digest_of(bytes);
  out(head.high, head.low);
  return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()) + body;
}

TEST_CASE("a small file that claims much is refused before anything is allocated") {
  const Recorded recorded;
  for (const std::uint64_t claim :
       {std::uint64_t{1} << 20, std::uint64_t{1} << 34, ~std::uint64_t{0}}) {
    recorded.write(forged_frame(FrameType::header, 1, claim, "tiny"));
    CHECK_THROWS_AS(Journal(recorded.path), JournalError);
  }
}

TEST_CASE("a forged body that does not decode is an error with its place") {
  const Recorded recorded;
  recorded.write(forged_frame(FrameType::header, 0, 4, "abcd"));
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("a.rpj at offset 0: "));
  recorded.write(forged_frame(FrameType::header, 1, 400, "abcd"));
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("does not decompress"));
  recorded.write(forged_frame(FrameType::header, 0, 5, "abcd"));
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("lengths differ"));
  recorded.write(forged_frame(FrameType::inputs, 0, 4, "abcd"));
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("does not begin with a header"));
}

TEST_CASE("a journal of another format is refused by number") {
  const Recorded recorded;
  Bytes body;
  Encoder out(body);
  JournalHeader header;
  header.format_major = 9;
  encode_header(out, header);
  recorded.write(
      forged_frame(FrameType::header, 0, body.size(),
                   std::string(reinterpret_cast<const char*>(body.data()), body.size())));
  CHECK_THROWS_WITH(Journal(recorded.path),
                    Contains("a journal of format 9.0") && Contains("reads format 2"));
}

Bytes header_body(const Catalog& catalog) {
  Bytes body;
  Encoder out(body);
  encode_header(out, header_of(*meadow(catalog)));
  return body;
}

struct Frames {
  explicit Frames(const std::filesystem::path& path) : file(path, true), writer(file) {}

  Frames(const std::filesystem::path& path, const Catalog& catalog) : Frames(path) {
    const Bytes body = header_body(catalog);
    writer.set_salt(journal_salt(body));
    writer.add(FrameType::header, true, body, {});
  }

  OutputFile file;
  FrameWriter writer;
};

TEST_CASE("an unknown frame is passed over unless it is critical") {
  const Recorded recorded;
  for (const bool critical : {false, true}) {
    {
      Frames frames(recorded.path, recorded.catalog);
      frames.writer.add(static_cast<FrameType>(77), critical, encode(std::string("?")), {});
      frames.file.close();
    }
    if (critical) {
      CHECK_THROWS_WITH(Journal(recorded.path), Contains("a frame of unknown type 77"));
    } else {
      CHECK_NOTHROW(Journal(recorded.path));
    }
  }
}

TEST_CASE("a seal that counts other records than there are is damage") {
  const Recorded recorded;
  {
    Frames frames(recorded.path, recorded.catalog);
    Bytes body;
    Encoder out(body);
    Seal seal;
    seal.inputs = 3;
    encode_seal(out, seal);
    frames.writer.add_index_and_seal(body, {});
    frames.file.close();
  }
  CHECK_THROWS_WITH(Journal(recorded.path),
                    Contains("the seal counts other records than there are"));
}

TEST_CASE("a header that is not what its salt says is refused") {
  const Recorded recorded;
  {
    Frames frames(recorded.path);
    frames.writer.add(FrameType::header, true, header_body(recorded.catalog), {});
    frames.file.close();
  }
  CHECK_THROWS_WITH(Journal(recorded.path), Contains("the header is not what its salt says"));
}

TEST_CASE("bytes after the seal are damage") {
  const Recorded recorded;
  for (const std::string& tail : {std::string("x"), std::string(1000, '\0'), recorded.bytes}) {
    recorded.write(recorded.bytes + tail);
    CHECK_THROWS_WITH(Journal(recorded.path), Contains("damaged: bytes follow the seal"));
  }
}

TEST_CASE("an input that is none of its world is the fault of the journal") {
  const Recorded recorded;
  const WorldFactory empty = [&](const JournalHeader& header) {
    return std::make_unique<Simulation>(recorded.catalog, header.seed);
  };
  const Journal journal(recorded.path);
  Player player(journal, recorded.catalog, empty);
  CHECK_THROWS_WITH(player.step(), Contains("a.rpj: an input does not fit its world: "));
}

TEST_CASE("a body that compresses too well is stored plain and read again") {
  const Recorded recorded;
  const Bytes zeros(1 << 20);
  {
    Frames frames(recorded.path);
    frames.writer.add(FrameType::source, false, zeros, {.count = 1});
    frames.file.close();
  }
  const InputFile file(recorded.path);
  FrameReader reader(file);
  REQUIRE(reader.next());
  CHECK(reader.body() == zeros);
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.broken());
}

}  // namespace
}  // namespace reprise
