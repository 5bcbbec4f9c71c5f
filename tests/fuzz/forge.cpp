#include "tests/fuzz/forge.hpp"

#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "replay/journal_reader.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise::fuzz {

namespace {

constexpr std::string_view magic = "\x89RPJ\r\n\x1a\n";
constexpr std::uint64_t raw_bytes_believed = std::uint64_t{1} << 26;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

template <class Number>
void put(std::string& head, std::size_t place, Number value) {
  const Bytes bytes = encode(value);
  std::memcpy(head.data() + place, bytes.data(), bytes.size());
}

void put_digest(std::string& head, std::size_t place, const Digest& digest) {
  put(head, place, digest.high);
  put(head, place + sizeof digest.high, digest.low);
}

/// What `stored` decodes to by its own account.
std::uint64_t raw_size(std::string_view stored, bool compressed) {
  if (!compressed) return stored.size();
  const auto size = ZSTD_getFrameContentSize(stored.data(), stored.size());
  return size > raw_bytes_believed ? stored.size() : size;
}

std::string raw_body(std::string_view stored, bool compressed) {
  if (!compressed) return std::string(stored);
  std::string raw(raw_size(stored, true), '\0');
  const std::size_t size = ZSTD_decompress(raw.data(), raw.size(), stored.data(), stored.size());
  return ZSTD_isError(size) != 0 ? std::string() : raw.substr(0, size);
}

/// Where the first frame of `type` in `journal` begins.
std::size_t offset_of(const std::string& journal, FrameType type) {
  MemoryFile file;
  file.set(journal);
  const Journal open(file.path());
  const auto found = std::ranges::find(open.frames(), type, &FrameEntry::type);
  expect(found != open.frames().end(), "there is such a frame");
  return found->offset;
}

}  // namespace

MemoryFile::MemoryFile()
    : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)),
      path_("/proc/self/fd/" + std::to_string(descriptor_)) {
  expect(descriptor_ >= 0, "there are files in memory");
}

MemoryFile::~MemoryFile() {
  ::close(descriptor_);
}

void MemoryFile::set(std::string_view bytes) {
  expect(::ftruncate(descriptor_, 0) == 0, "a file in memory can be emptied");
  const auto written = ::pwrite(descriptor_, bytes.data(), bytes.size(), 0);
  expect(written == static_cast<ssize_t>(bytes.size()), "a file in memory takes its bytes");
}

std::string resealed(std::string_view bytes, bool keep_raw_bytes) {
  std::string file;
  Sha256 chain{};
  std::uint64_t salt = 0;
  for (std::size_t at = 0; at + FrameHead::bytes <= bytes.size();) {
    const std::size_t next = std::min(bytes.find(magic, at + FrameHead::bytes), bytes.size());
    std::string head(bytes.substr(at, FrameHead::bytes));
    const std::string_view body = bytes.substr(at + FrameHead::bytes, next - at - FrameHead::bytes);
    const bool compressed = head[11] == 1;
    if (at == 0) salt = journal_salt(bytes_of(raw_body(body, compressed)));
    std::memcpy(head.data(), magic.data(), magic.size());
    put(head, 16, static_cast<std::uint64_t>(file.size()));
    put(head, 24, salt);
    put(head, 32, static_cast<std::uint64_t>(body.size()));
    const bool columns = head[11] == 2;  // of which only the head says what they come to
    if (!keep_raw_bytes && !columns) put(head, 40, raw_size(body, compressed));
    put_digest(head, 88, digest_of(body));
    std::memcpy(head.data() + 104, chain.data(), chain.size());
    put_digest(head, 144, digest_of(head.substr(0, 144)));
    Sha256Stream link;
    link.add(chain);
    link.add(bytes_of(head));
    link.add(bytes_of(body));
    chain = link.digest();
    file += head;
    file += body;
    at = next;
  }
  return file;
}

std::string plain_frame(FrameType type, bool critical, const FrameSpan& span,
                        std::string_view body) {
  std::string head(FrameHead::bytes, '\0');
  std::memcpy(head.data(), magic.data(), magic.size());
  put(head, 8, type);
  head[10] = critical ? 1 : 0;
  put(head, 12, std::uint32_t{1});
  put(head, 48, span.count);
  put(head, 56, span.first_step);
  put(head, 64, span.last_step);
  put(head, 72, span.first_at.time_since_epoch().count());
  put(head, 80, span.last_at.time_since_epoch().count());
  return head + std::string(body);
}

std::string text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string plain_journal(bool sealed) {
  const test::TempDir folder;
  const auto path = folder.path() / "a.rpj";
  const Catalog catalog = test::test_catalog();
  {
    const auto world = test::meadow(catalog);
    InputList inputs(test::meadow_inputs(8));
    JournalWriter journal(path, test::header_of(*world), {"meadow.toml", "# a meadow"}, true);
    Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::every(40), .events = true});
    const RunLimit limit{.until = Time(std::chrono::milliseconds(40))};
    recorder.finish(Session(*world, inputs).run(limit), limit);
  }
  const Journal journal(path);
  std::string file;
  for (const FrameEntry& entry : journal.frames()) {
    const bool end = entry.type == FrameType::index || entry.type == FrameType::seal;
    if (entry.type == FrameType::index || (end && !sealed)) continue;
    file += plain_frame(entry.type, entry.critical, entry.span, text_of(journal.body(entry)));
  }
  return resealed(file);
}

std::string sealed_again(const std::string& journal) {
  try {
    MemoryFile file;
    file.set(journal);
    const Journal open(file.path());
    if (open.seal() || open.torn()) return journal;
    Seal seal;
    seal.step = open.last_step();
    seal.at = open.last_at();
    seal.inputs = open.inputs();
    seal.checkpoints = open.checkpoints();
    seal.keyframes = open.keyframes();
    seal.events = open.events();
    seal.identity = open.identity();
    Bytes body;
    Encoder out(body);
    encode_seal(out, seal);
    out(std::uint64_t{0}, static_cast<std::uint64_t>(journal.size()));
    return resealed(journal + plain_frame(FrameType::seal, true, {.count = 1}, text_of(body)));
  } catch (const JournalError&) {
    return journal;
  }
}

FrameBody first_body(const std::string& journal, FrameType type) {
  MemoryFile file;
  file.set(journal);
  const Journal open(file.path());
  for (const FrameEntry& entry : open.frames()) {
    if (entry.type == type) return {entry.span, text_of(open.body(entry))};
  }
  throw std::logic_error("there is no such frame");
}

std::string with_layout(const std::string& journal, FrameType type, std::uint32_t layout) {
  std::string changed = journal;
  put(changed, offset_of(journal, type) + 12, layout);
  return resealed(changed);
}

std::string with_codec(const std::string& journal, FrameType type, std::uint8_t codec) {
  std::string changed = journal;
  put(changed, offset_of(journal, type) + 11, codec);
  return resealed(changed);
}

std::string header_frame() {
  const FrameBody header = first_body(plain_journal(false), FrameType::header);
  return plain_frame(FrameType::header, true, header.span, header.body);
}

std::size_t mutated(std::uint8_t* data, std::size_t size, std::size_t max_size,
                    const std::function<std::string(std::string_view)>& change) {
  const std::string after = change(std::string_view(reinterpret_cast<const char*>(data), size));
  if (after.size() > max_size) return size;
  std::memcpy(data, after.data(), after.size());
  return after.size();
}

}  // namespace reprise::fuzz
