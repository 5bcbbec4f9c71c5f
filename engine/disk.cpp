#include "engine/disk.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace reprise {

namespace {

std::uint64_t size_after(std::uint64_t size, const Disk::Write& write) {
  const std::uint64_t room = Disk::bytes_max - std::min(Disk::bytes_max, write.offset);
  if (write.change == Disk::Change::write && write.bytes.size() > room) {
    throw std::invalid_argument("a write to a simulated disk ends beyond its last byte");
  }
  switch (write.change) {
    case Disk::Change::write:
      return std::max(size, write.offset + write.bytes.size());
    case Disk::Change::truncate:
      return std::min(size, write.offset);
    case Disk::Change::replace:
      return write.bytes.size();
    case Disk::Change::remove:
      break;
  }
  return 0;
}

void carry_out(const Disk::Write& write, Disk::FileBytes& file) {
  const std::uint64_t size = size_after(file.size(), write);
  file.resize(size);
  if (write.change == Disk::Change::truncate || write.change == Disk::Change::remove) return;
  const std::uint64_t offset = write.change == Disk::Change::replace ? 0 : write.offset;
  std::ranges::copy(write.bytes, file.begin() + static_cast<std::ptrdiff_t>(offset));
}

void carry_out(const Disk::Write& write, std::map<std::string, Disk::FileBytes>& files) {
  if (write.change == Disk::Change::remove) {
    files.erase(write.file);
  } else if (write.change != Disk::Change::truncate || files.contains(write.file)) {
    carry_out(write, files[write.file]);
  }
}

/// The part of `write` that got there before the power went.
Disk::Write torn(Disk::Write write, Random& random) {
  if (write.bytes.empty()) return write;
  const std::int64_t last = static_cast<std::int64_t>(write.bytes.size()) - 1;
  write.bytes.resize(static_cast<std::size_t>(random.uniform(std::int64_t{0}, last)));
  return write;
}

}  // namespace

bool Disk::write(std::string_view file, std::uint64_t offset, FileBytes bytes) {
  const std::uint64_t before = size(file);
  if (offset > bytes_max || bytes.size() > bytes_max - offset) return false;
  const std::uint64_t end = offset + bytes.size();
  return change({Change::write, std::string(file), offset, std::move(bytes)},
                end > before ? end - before : 0);
}

bool Disk::append(std::string_view file, FileBytes bytes) {
  return write(file, size(file), std::move(bytes));
}

bool Disk::replace(std::string_view file, FileBytes bytes) {
  const std::uint64_t before = size(file);
  const std::uint64_t after = bytes.size();
  return change({Change::replace, std::string(file), 0, std::move(bytes)},
                after > before ? after - before : 0);
}

void Disk::truncate(std::string_view file, std::uint64_t size) {
  unsynced.push_back({Change::truncate, std::string(file), size, {}});
}

void Disk::remove(std::string_view file) {
  unsynced.push_back({Change::remove, std::string(file), 0, {}});
}

bool Disk::change(Write write, std::uint64_t grows) {
  const std::uint64_t room = capacity == 0 ? bytes_max : std::min(capacity, bytes_max);
  const bool fits = grows <= room && used() <= room - grows;
  if (full || !fits) return false;
  unsynced.push_back(std::move(write));
  return true;
}

Disk::FileBytes Disk::read(std::string_view file) const {
  const auto safe = synced.find(std::string(file));
  FileBytes bytes = safe == synced.end() ? FileBytes() : safe->second;
  for (const Write& write : unsynced) {
    if (write.file == file) carry_out(write, bytes);
  }
  return bytes;
}

std::uint64_t Disk::size(std::string_view file) const {
  const auto safe = synced.find(std::string(file));
  std::uint64_t size = safe == synced.end() ? 0 : safe->second.size();
  for (const Write& write : unsynced) {
    if (write.file == file) size = size_after(size, write);
  }
  return size;
}

std::uint64_t Disk::used() const {
  std::map<std::string_view, std::uint64_t> sizes;
  for (const auto& [file, bytes] : synced) sizes[file] = bytes.size();
  for (const Write& write : unsynced) {
    sizes[write.file] = size_after(sizes[write.file], write);
  }
  std::uint64_t sum = 0;
  for (const auto& [file, size] : sizes) sum += size;
  return sum;
}

void Disk::sync() {
  for (const Write& write : unsynced) carry_out(write, synced);
  unsynced.clear();
}

void Disk::crash(UnsyncedWrites writes, Random& random) {
  const std::vector<Write> rest = std::exchange(unsynced, {});
  if (rest.empty()) return;
  if (writes == UnsyncedWrites::any) {
    constexpr auto first = static_cast<std::int64_t>(UnsyncedWrites::kept);
    constexpr auto last = static_cast<std::int64_t>(UnsyncedWrites::reordered);
    writes = static_cast<UnsyncedWrites>(random.uniform(first, last));
  }
  if (writes == UnsyncedWrites::dropped) return;
  const auto count = static_cast<std::int64_t>(rest.size());
  const std::int64_t whole =
      writes == UnsyncedWrites::torn ? random.uniform(std::int64_t{0}, count - 1) : count;
  for (std::int64_t i = 0; i < whole; ++i) {
    if (writes == UnsyncedWrites::reordered && !random.bernoulli(0.5)) continue;
    carry_out(rest[static_cast<std::size_t>(i)], synced);
  }
  if (writes != UnsyncedWrites::torn) return;
  const Write& next = rest[static_cast<std::size_t>(whole)];
  if (next.change == Change::write) carry_out(torn(next, random), synced);
}

void Disk::rot(std::uint32_t bits, Random& random) {
  std::vector<FileBytes*> files;
  std::uint64_t bytes = 0;
  for (auto& [name, file] : synced) {
    files.push_back(&file);
    bytes += file.size();
  }
  if (bytes == 0) return;
  for (std::uint32_t i = 0; i < bits; ++i) {
    auto bit = static_cast<std::uint64_t>(
        random.uniform(std::int64_t{0}, static_cast<std::int64_t>(bytes * 8 - 1)));
    for (FileBytes* file : files) {
      if (bit >= file->size() * 8) {
        bit -= file->size() * 8;
        continue;
      }
      (*file)[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
      break;
    }
  }
}

}  // namespace reprise
