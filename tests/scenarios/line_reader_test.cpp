#include "scenarios/line_reader.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <catch2/catch.hpp>
#include <clocale>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/input_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using test::TempDir;
using Lines = std::vector<std::string>;

std::string gzip(std::string_view text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string bytes(deflateBound(&stream, static_cast<uLong>(text.size())), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
  stream.avail_out = static_cast<uInt>(bytes.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  bytes.resize(bytes.size() - stream.avail_out);
  deflateEnd(&stream);
  return bytes;
}

std::string zstd(std::string_view text, bool checksum = false, int window_log = 0) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, checksum ? 1 : 0);
  if (window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string bytes(ZSTD_compressBound(text.size()) + 64, '\0');
  ZSTD_inBuffer in{text.data(), text.size(), 0};
  ZSTD_outBuffer out{bytes.data(), bytes.size(), 0};
  // A first call that does not end the frame leaves its size unknown, as a pipe does.
  if (window_log != 0) ZSTD_compressStream2(context, &out, &in, ZSTD_e_continue);
  REQUIRE(ZSTD_compressStream2(context, &out, &in, ZSTD_e_end) == 0);
  ZSTD_freeCCtx(context);
  bytes.resize(out.pos);
  return bytes;
}

Lines read_all(LineReader& reader) {
  Lines lines;
  while (const auto line = reader.next()) {
    lines.emplace_back(line->text);
    REQUIRE(line->number == lines.size());
  }
  return lines;
}

Lines read_all(const std::string& file) {
  LineReader reader(file);
  return read_all(reader);
}

/// What is refused in `file`, without its directory; "" if nothing is.
std::string refusal(const std::string& file, const TempDir& dir) {
  try {
    read_all(file);
  } catch (const InputError& error) {
    std::string text = error.what();
    const std::string prefix = dir.path().string() + "/";
    REQUIRE(text.starts_with(prefix));
    return text.substr(prefix.size());
  }
  return "";
}

std::string random_text(std::size_t lines) {
  std::string text;
  std::uint64_t bits = 42;
  for (std::size_t i = 0; i < lines; ++i) {
    bits = bits * 6364136223846793005U + 1442695040888963407U;
    text += std::to_string(bits).substr(0, bits >> 60) + '\n';
  }
  return text;
}

Lines split(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t newline = text.find('\n');
    lines.emplace_back(text.substr(0, newline));
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
  }
  return lines;
}

TEST_CASE("lines come without their ends and with their numbers") {
  const TempDir dir;
  CHECK(read_all(dir.write("a", "one\ntwo\r\n\nfour\n")) == Lines{"one", "two", "", "four"});
  CHECK(read_all(dir.write("b", "\n\n")) == Lines{"", ""});
  CHECK(read_all(dir.write("c", "a\r\r\nb\rc\n")) == Lines{"a\r", "b\rc"});
}

TEST_CASE("a last line without a newline counts") {
  const TempDir dir;
  CHECK(read_all(dir.write("a", "one\ntwo")) == Lines{"one", "two"});
  CHECK(read_all(dir.write("b", "one\r\ntwo\r")) == Lines{"one", "two"});
  CHECK(read_all(dir.write("c", "x")) == Lines{"x"});
}

TEST_CASE("an empty file has no lines") {
  const TempDir dir;
  CHECK(read_all(dir.write("plain", "")).empty());
  CHECK(read_all(dir.write("gzip", gzip(""))).empty());
  CHECK(read_all(dir.write("zstd", zstd(""))).empty());
}

TEST_CASE("the end of a file stays its end") {
  const TempDir dir;
  for (const std::string& bytes : {std::string("one"), gzip("one"), zstd("one")}) {
    LineReader reader(dir.write("a", bytes));
    CHECK(reader.next());
    CHECK_FALSE(reader.next());
    CHECK_FALSE(reader.next());
  }
}

TEST_CASE("a byte order mark at the start belongs to no line") {
  const TempDir dir;
  CHECK(read_all(dir.write("a", "\xEF\xBB\xBFone\ntwo\n")) == Lines{"one", "two"});
  CHECK(read_all(dir.write("b", "\xEF\xBB\xBF")).empty());
  CHECK(read_all(dir.write("c", "\xEF\xBB\xBF\n")) == Lines{""});
  CHECK(read_all(dir.write("d", gzip("\xEF\xBB\xBFone"))) == Lines{"one"});
  CHECK(read_all(dir.write("e", "one\n\xEF\xBB\xBFtwo\n")) == Lines{"one", "\xEF\xBB\xBFtwo"});
  // Cut between the members of a gzip file, the mark comes in two parts.
  CHECK(read_all(dir.write("f", gzip("\xEF") + gzip("\xBB\xBFone"))) == Lines{"one"});
}

TEST_CASE("the first bytes tell a compressed file and its name does not") {
  const TempDir dir;
  CHECK(read_all(dir.write("a.jsonl", gzip("one\ntwo\n"))) == Lines{"one", "two"});
  CHECK(read_all(dir.write("b.gz", zstd("one\ntwo\n"))) == Lines{"one", "two"});
  CHECK(read_all(dir.write("c.gz", "one\ntwo\n")) == Lines{"one", "two"});
  CHECK(read_all(dir.write("d.txt", "(")) == Lines{"("});
}

TEST_CASE("gzip members and zstd frames follow each other as one text") {
  const TempDir dir;
  const Lines expected = {"one", "two", "three"};
  CHECK(read_all(dir.write("a", gzip("one\nt") + gzip("") + gzip("wo\nthree"))) == expected);
  CHECK(read_all(dir.write("b", zstd("one\nt") + zstd("") + zstd("wo\nthree", true))) == expected);
  const std::string skippable("\x5A\x2A\x4D\x18\x03\0\0\0abc", 11);
  CHECK(read_all(dir.write("c", skippable + zstd("one\ntwo\n") + skippable + zstd("three"))) ==
        expected);
}

TEST_CASE("text longer than every buffer comes through each format unchanged") {
  const TempDir dir;
  const std::string text = random_text(200'000) + std::string(1'000'000, 'x') + "\nlast";
  const Lines expected = split(text);
  CHECK((read_all(dir.write("plain", text)) == expected));
  CHECK((read_all(dir.write("gzip", gzip(text))) == expected));
  CHECK((read_all(dir.write("zstd", zstd(text))) == expected));
}

TEST_CASE("a line that ends at the end of a buffer is whole") {
  const TempDir dir;
  constexpr std::size_t buffer = std::size_t{256} << 10;
  for (std::size_t size = buffer - 3; size <= buffer + 3; ++size) {
    const std::string line(size, 'x');
    CHECK((read_all(dir.write("a", line + "\r\ntwo\n")) == Lines{line, "two"}));
    CHECK((read_all(dir.write("b", line)) == Lines{line}));
  }
}

TEST_CASE("a line of the longest length is read and a longer one refused") {
  const TempDir dir;
  const std::string longest(LineReader::line_bytes_max, 'x');
  CHECK((read_all(dir.write("a", "one\n" + longest + "\r\nthree")) ==
         Lines{"one", longest, "three"}));
  CHECK((read_all(dir.write("b", longest)) == Lines{longest}));
  const std::string reason =
      ": the line is longer than 64 MiB; check that the file is text with a record a line";
  CHECK(refusal(dir.write("c", "one\n" + longest + "x\n"), dir) == "c:2" + reason);
  CHECK(refusal(dir.write("d", longest + "x"), dir) == "d:1" + reason);
  CHECK(refusal(dir.write("e", longest + "xyz"), dir) == "e:1" + reason);
  CHECK(refusal(dir.write("f", zstd(longest + longest + longest)), dir) == "f:1" + reason);
}

TEST_CASE("a gzip file cut at any byte is refused and gives only whole lines before") {
  const TempDir dir;
  const std::string text = "one\ntwo\nthree\n" + random_text(20);
  const Lines all = split(text);
  const std::string bytes = gzip(text);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("cut after " << size << " of " << bytes.size() << " bytes");
    Lines lines;
    try {
      LineReader reader(dir.write("a.gz", std::string_view(bytes).substr(0, size)));
      while (const auto line = reader.next()) lines.emplace_back(line->text);
      FAIL_CHECK("not refused");
    } catch (const InputError& error) {
      const std::string place = dir.file("a.gz");
      CHECK(error.place() == (size < 2 ? place : place + ":" + std::to_string(lines.size() + 1)));
      CHECK(error.reason().find("ends too early") != std::string::npos);
      CHECK(error.remedy() == "copy or download the file again");
    }
    REQUIRE(lines.size() <= all.size());
    CHECK(std::equal(lines.begin(), lines.end(), all.begin()));
  }
}

TEST_CASE("a zstd file cut at any byte is refused and gives only whole lines before") {
  const TempDir dir;
  const std::string text = "one\ntwo\nthree\n" + random_text(20);
  const Lines all = split(text);
  const bool checksum = GENERATE(false, true);
  const std::string bytes = zstd(text, checksum);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("cut after " << size << " of " << bytes.size() << " bytes");
    Lines lines;
    try {
      LineReader reader(dir.write("a.zst", std::string_view(bytes).substr(0, size)));
      while (const auto line = reader.next()) lines.emplace_back(line->text);
      FAIL_CHECK("not refused");
    } catch (const InputError& error) {
      const std::string place = dir.file("a.zst");
      CHECK(error.place() == (size < 4 ? place : place + ":" + std::to_string(lines.size() + 1)));
      CHECK(error.reason().find("ends too early") != std::string::npos);
      CHECK(error.remedy() == "copy or download the file again");
    }
    REQUIRE(lines.size() <= all.size());
    CHECK(std::equal(lines.begin(), lines.end(), all.begin()));
  }
}

TEST_CASE("a second member or frame cut at any byte is refused") {
  const TempDir dir;
  for (const auto& [first, second] :
       {std::pair(gzip("one\n"), gzip("two\n")), std::pair(zstd("one\n"), zstd("two\n"))}) {
    for (std::size_t size = 1; size < second.size(); ++size) {
      INFO("cut after " << size << " of " << second.size() << " bytes");
      CHECK(refusal(dir.write("a", first + second.substr(0, size)), dir).starts_with("a:"));
    }
    CHECK(read_all(dir.write("a", first + second)) == Lines{"one", "two"});
  }
}

TEST_CASE("a file cut within the magic number is refused under any name unless it is text") {
  const TempDir dir;
  const std::string reason =
      ": the compressed data ends too early; copy or download the file again";
  CHECK(refusal(dir.write("a", "\x1F"), dir) == "a" + reason);
  CHECK(refusal(dir.write("b", "\x28\xB5"), dir) == "b" + reason);
  CHECK(refusal(dir.write("c", "\x28\xB5\x2F"), dir) == "c" + reason);
  CHECK(refusal(dir.write("d.zst", "("), dir) == "d.zst" + reason);
  CHECK(refusal(dir.write("e.gz", ""), dir) == "e.gz" + reason);
  CHECK(refusal(dir.write("f.zst", ""), dir) == "f.zst" + reason);
  CHECK(refusal(dir.write("g", "("), dir).empty());
}

TEST_CASE("what follows a compressed stream is refused") {
  const TempDir dir;
  const auto reason = [](const std::string& format) {
    return ": something else follows the " + format +
           " data; remove what was appended, or copy or download the file again";
  };
  CHECK(refusal(dir.write("a", gzip("one\n") + "x"), dir) == "a:2" + reason("gzip"));
  CHECK(refusal(dir.write("b", gzip("one\n") + zstd("two\n")), dir) == "b:2" + reason("gzip"));
  CHECK(refusal(dir.write("c", gzip("one\n") + std::string(512, '\0')), dir) ==
        "c:2" + reason("gzip"));
  CHECK(refusal(dir.write("d", zstd("one\n") + "x"), dir) == "d:2" + reason("zstd"));
  CHECK(refusal(dir.write("e", zstd("one\n") + gzip("two\n")), dir) == "e:2" + reason("zstd"));
  CHECK(refusal(dir.write("f", zstd("one\n") + "(x)y"), dir).starts_with("f:2: the zstd data is"));
  CHECK(
      refusal(dir.write("g", gzip("one\n") + "\x1Fxyz"), dir).starts_with("g:2: the gzip data is"));
}

TEST_CASE("any changed byte of a checksummed file is refused or changes no line") {
  const TempDir dir;
  const std::string text = "one\ntwo\n" + random_text(10);
  const Lines expected = split(text);
  for (const std::string& bytes : {gzip(text), zstd(text, true)}) {
    // A gzip header holds a time and a system that no checksum covers: there a change may pass.
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      std::string changed = bytes;
      changed[i] = static_cast<char>(changed[i] ^ 0x10);
      INFO("changed byte " << i << " of " << bytes.size());
      const std::string file = dir.write("a", changed);
      try {
        const Lines lines = read_all(file);
        CHECK(lines == expected);
      } catch (const InputError& error) {
        CHECK(error.place().starts_with(file));
        CHECK_FALSE(error.remedy().empty());
      }
    }
  }
}

TEST_CASE("a damaged stream is refused with the line reached") {
  const TempDir dir;
  std::string bytes = gzip("one\ntwo\n");
  bytes[bytes.size() - 6] ^= 1;
  CHECK(refusal(dir.write("a", bytes), dir) ==
        "a:3: the gzip data is damaged (incorrect data check); copy or download the file again");
  bytes = zstd("one\ntwo\n", true);
  bytes.back() ^= 1;
  CHECK(refusal(dir.write("b", bytes), dir)
            .ends_with("the zstd data is damaged (Restored data doesn't match checksum); copy or "
                       "download the file again"));
}

TEST_CASE("a zstd file that needs too large a window is refused with the remedy") {
  const TempDir dir;
  CHECK(refusal(dir.write("a", zstd("one\n", false, 28)), dir) ==
        "a:1: the zstd data needs a window of more than 128 MiB; compress the file again without "
        "--long");
  CHECK(refusal(dir.write("b", zstd("one\n", false, 27)), dir).empty());
}

TEST_CASE("every character of UTF-8 passes") {
  const TempDir dir;
  const std::string text =
      "\x7F\n\xC2\x80\n\xDF\xBF\n\xE0\xA0\x80\n\xED\x9F\xBF\n\xEE\x80\x80\n\xEF\xBF\xBF\n"
      "\xF0\x90\x80\x80\n\xF4\x8F\xBF\xBF\n12345678\xE2\x82\xAC"
      "12345678\xF0\x9F\x90\x91\n";
  CHECK(read_all(dir.write("a", text)) == split(text));
  CHECK(read_all(dir.write("b", std::string_view("a\0b\n", 4))) == Lines{std::string("a\0b", 3)});
}

TEST_CASE("what is not UTF-8 is refused with line and column and reason") {
  struct Case {
    std::string_view bytes;
    const char* reason;
  };
  const std::vector<Case> cases = {
      {"\x80", "a continuation byte that continues nothing (0x80)"},
      {"\xBF", "a continuation byte that continues nothing (0xBF)"},
      {"\xC0\x80", "an overlong sequence (0xC0)"},
      {"\xC1\xBF", "an overlong sequence (0xC1)"},
      {"\xE0\x80\x80", "an overlong sequence (0xE0)"},
      {"\xE0\x9F\xBF", "an overlong sequence (0xE0)"},
      {"\xF0\x80\x80\x80", "an overlong sequence (0xF0)"},
      {"\xF0\x8F\xBF\xBF", "an overlong sequence (0xF0)"},
      {"\xED\xA0\x80", "a surrogate (0xED)"},
      {"\xED\xBF\xBF", "a surrogate (0xED)"},
      {"\xF4\x90\x80\x80", "a character beyond U+10FFFF (0xF4)"},
      {"\xF5\x80\x80\x80", "a byte that no character has (0xF5)"},
      {"\xFE", "a byte that no character has (0xFE)"},
      {"\xFF\xFE", "a byte that no character has (0xFF)"},
      {"\xC2", "a truncated sequence (0xC2)"},
      {"\xE2\x82", "a truncated sequence (0xE2)"},
      {"\xE2\x28\xA1", "a truncated sequence (0xE2)"},
      {"\xF0\x9F\x90", "a truncated sequence (0xF0)"},
      {"\xF0\x9F\x90\x41", "a truncated sequence (0xF0)"},
      {"\xC2\xC2\x80", "a truncated sequence (0xC2)"},
  };
  const TempDir dir;
  for (const Case& bad : cases) {
    for (const std::size_t before : {0, 1, 7, 8, 9, 20}) {
      for (const char* after : {"", "\n", "12345678\n"}) {
        const std::string line = std::string(before, 'x').append(bad.bytes).append(after);
        const std::string place = "a:2:" + std::to_string(before + 1);
        CHECK(refusal(dir.write("a", "fine\n" + line), dir) ==
              place + ": not UTF-8: " + bad.reason + "; save the file as UTF-8");
      }
    }
  }
}

TEST_CASE("a sequence that a newline cuts is truncated though the next line could continue it") {
  const TempDir dir;
  CHECK(refusal(dir.write("a", "\xE2\x82\n\xAC\n"), dir).starts_with("a:1:1: not UTF-8: a trunc"));
}

TEST_CASE("a sequence that the end cuts is not completed by what a buffer held before") {
  const TempDir dir;
  std::string text;
  while (text.size() + 1 < std::size_t{256} << 10) text += "\xE2\x82\xAC";
  REQUIRE(text.size() + 1 == std::size_t{256} << 10);
  CHECK(refusal(dir.write("a", text + "\n\xE2\x82"), dir).starts_with("a:2:1: not UTF-8: a trunc"));
}

TEST_CASE("reading does not depend on the locale") {
  const TempDir dir;
  const char* old = std::setlocale(LC_ALL, nullptr);
  const std::string before = old ? old : "C";
  for (const char* locale : {"C", "C.UTF-8", "POSIX"}) {
    std::setlocale(LC_ALL, locale);
    CHECK(read_all(dir.write("a", "\xE2\x82\xAC\xC2\x85\n\xC2\xA0\n")) ==
          Lines{"\xE2\x82\xAC\xC2\x85", "\xC2\xA0"});
  }
  std::setlocale(LC_ALL, before.c_str());
}

TEST_CASE("a file that cannot be opened is refused with the reason of the system") {
  const TempDir dir;
  CHECK(refusal(dir.file("missing"), dir) ==
        "missing: cannot open: No such file or directory; check its name and rights");
  std::filesystem::create_symlink("loop", dir.path() / "loop");
  CHECK(
      refusal(dir.file("loop"), dir).starts_with("loop: cannot open: Too many levels of symbolic"));
  CHECK(refusal(dir.write("plain", "x") + "/in", dir) ==
        "plain/in: cannot open: Not a directory; check its name and rights");
}

TEST_CASE("a directory is refused as one") {
  const TempDir dir;
  std::filesystem::create_directory(dir.path() / "sub");
  CHECK(refusal(dir.file("sub"), dir) == "sub: is a directory; name a file in it");
}

TEST_CASE("a file without the right to read it is refused") {
  if (::geteuid() == 0) return;  // root may read everything
  const TempDir dir;
  const std::string file = dir.write("secret", "x");
  ::chmod(file.c_str(), 0);
  CHECK(refusal(file, dir) == "secret: cannot open: Permission denied; check its name and rights");
}

TEST_CASE("a file that fails while it is read is refused with the reason of the system") {
  // Reading the memory of this process from address 0 fails with an input/output error.
  if (!std::filesystem::exists("/proc/self/mem")) return;
  CHECK_THROWS_WITH(LineReader("/proc/self/mem"),
                    "/proc/self/mem: cannot read: Input/output error; check the file and its disk");
}

TEST_CASE("a place is the file as it was named and the line last given") {
  const TempDir dir;
  const std::string file = dir.write("a", "one\ntwo\n");
  const std::string roundabout = dir.path().string() + "/./a";
  LineReader reader(roundabout);
  CHECK(reader.place() == roundabout);
  reader.next();
  CHECK(reader.place() == roundabout + ":1");
  reader.next();
  reader.next();
  CHECK(reader.place() == roundabout + ":2");
}

TEST_CASE("a reader that is moved goes on where it was") {
  const TempDir dir;
  LineReader first(dir.write("a", "one\ntwo\n"));
  first.next();
  LineReader second = std::move(first);
  const auto line = second.next();
  REQUIRE(line);
  CHECK(line->text == "two");
  CHECK(line->number == 2);
}

TEST_CASE("five million lines are read to the last") {
  const TempDir dir;
  const std::string line = R"({"T":1718000000123,"p":"61685.99","q":"0.00120"})";
  std::string block;
  for (int i = 0; i < 100'000; ++i) block += line + "\n";
  const std::string frame = zstd(block);
  std::string bytes;
  for (int i = 0; i < 50; ++i) bytes += frame;

  LineReader reader(dir.write("a.zst", bytes));
  std::uint64_t equal = 0;
  std::uint64_t last = 0;
  while (const auto next = reader.next()) {
    equal += next->text == line ? 1 : 0;
    last = next->number;
  }
  CHECK(equal == 5'000'000);
  CHECK(last == 5'000'000);
}

}  // namespace
}  // namespace reprise
