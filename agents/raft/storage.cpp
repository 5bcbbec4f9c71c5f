#include "agents/raft/storage.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "engine/codec.hpp"
#include "engine/digest.hpp"

namespace reprise::raft {

namespace {

constexpr std::string_view ballot_file = "ballot";
constexpr std::string_view snapshot_file = "snapshot";
constexpr std::string_view log_file = "log";

struct Header {
  std::uint32_t size = 0;  ///< Of what follows.
  std::uint64_t checksum = 0;
  REPRISE_FIELDS(size, checksum)
};

constexpr std::size_t header_size = 12;

std::uint64_t checksum(std::span<const std::byte> bytes) {
  return digest64_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

/// Writes `record`, with its header, behind `file`.
template <class T>
void put(const T& record, Disk::FileBytes& file) {
  const Bytes body = encode(record);
  const Bytes head = encode(Header{static_cast<std::uint32_t>(body.size()), checksum(body)});
  for (const Bytes* part : {&head, &body}) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(part->data());
    file.insert(file.end(), begin, begin + part->size());
  }
}

/// Takes a record from the front of `file`; nothing, and it stays as it is, if it is not whole.
template <class T>
std::optional<T> take(std::span<const std::byte>& file) {
  if (file.size() < header_size) return std::nullopt;
  const auto header = decode<Header>(file.first(header_size));
  const std::span<const std::byte> rest = file.subspan(header_size);
  if (header.size > rest.size() || checksum(rest.first(header.size)) != header.checksum) {
    return std::nullopt;
  }
  file = rest.subspan(header.size);
  return decode<T>(rest.first(header.size));
}

/// The one record of a file; a T that is new where there is no file.
template <class T>
std::optional<T> read_whole(const Disk& disk, std::string_view name) {
  const Disk::FileBytes bytes = disk.read(name);
  if (bytes.empty()) return T{};
  std::span<const std::byte> file = std::as_bytes(std::span(bytes));
  return take<T>(file);
}

template <class T>
bool replace_whole(const T& record, std::string_view name, Disk& disk) {
  Disk::FileBytes bytes;
  put(record, bytes);
  return disk.replace(name, std::move(bytes));
}

/// The entry that a log begins behind, as its first record.
Entry base_of(const Log& log) {
  return {.index = log.base_index, .term = log.base_term};
}

}  // namespace

bool keep(const Ballot& ballot, Disk& disk) {
  return replace_whole(ballot, ballot_file, disk);
}

bool keep(const Snapshot& snapshot, Disk& disk) {
  return replace_whole(snapshot, snapshot_file, disk);
}

bool keep(const Log& log, Disk& disk) {
  Disk::FileBytes bytes;
  put(base_of(log), bytes);
  for (const Entry& entry : log.entries) put(entry, bytes);
  return disk.replace(log_file, std::move(bytes));
}

bool append(std::span<const Entry> entries, const Log& log, Disk& disk) {
  Disk::FileBytes bytes;
  if (disk.size(log_file) == 0) put(base_of(log), bytes);
  for (const Entry& entry : entries) put(entry, bytes);
  return disk.append(log_file, std::move(bytes));
}

std::optional<Recovered> recover(Disk& disk) {
  const auto ballot = read_whole<Ballot>(disk, ballot_file);
  auto snapshot = kept_snapshot(disk);
  if (!ballot || !snapshot) return std::nullopt;
  Recovered found{*ballot, std::move(*snapshot), {}};

  const Disk::FileBytes bytes = disk.read(log_file);
  std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
  if (const auto base = take<Entry>(rest)) {
    found.log.base_index = base->index;
    found.log.base_term = base->term;
    while (auto entry = take<Entry>(rest)) {
      if (entry->index <= found.log.base_index) return std::nullopt;
      if (entry->index > found.log.last_index() + 1) return std::nullopt;
      found.log.cut_from(entry->index);
      found.log.entries.push_back(std::move(*entry));
    }
  }
  if (!rest.empty()) disk.truncate(log_file, bytes.size() - rest.size());
  if (found.log.base_index > found.snapshot.index) return std::nullopt;
  if (!found.log.has(found.snapshot.index, found.snapshot.term)) {
    found.log = {.base_index = found.snapshot.index, .base_term = found.snapshot.term};
    disk.remove(log_file);
  }
  return found;
}

std::optional<Snapshot> kept_snapshot(const Disk& disk) {
  return read_whole<Snapshot>(disk, snapshot_file);
}

}  // namespace reprise::raft
