#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "bench/event_stream.hpp"
#include "replay/event_columns.hpp"

namespace reprise::bench {

/// What was read, summed up so that two stores can be compared, and so that a compiler cannot leave
/// the reading out.
struct ReadSum {
  std::uint64_t events = 0;
  std::uint64_t sum = 0;

  void add(const RecordedEvent& event) {
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const std::size_t bytes = std::min<std::size_t>(event.payload.size(), 8);
    if (bytes != 0) {
      std::memcpy(&first, event.payload.data(), bytes);
      std::memcpy(&last, event.payload.data() + event.payload.size() - bytes, bytes);
    }
    ++events;
    sum =
        sum * 31 + event.step + static_cast<std::uint64_t>(event.key.at.time_since_epoch().count());
    sum += event.key.seq + event.key.hop + number(event.key.from) * 3 + number(event.to) * 5;
    sum += event.cause.value_or(0) * 13;
    sum += event.kind + first * 7 + last * 11;
  }
};

/// A file of events: written once, then read.
class EventStore {
 public:
  virtual ~EventStore() = default;

  virtual void append(std::span<const KeptEvent> events) = 0;

  /// All of it is in the file. Then opens it for reading.
  virtual void finish() = 0;

  /// Reads everything, in order.
  virtual void read(ReadSum& sum) = 0;

  /// Reads `count` events from `step` on. False where there is no way but from the beginning.
  virtual bool read_from(Step step, std::uint64_t count, ReadSum& sum) = 0;
};

/// Each makes its file at `path`.

/// A journal with a header and events; encoded on the calling thread.
std::unique_ptr<EventStore> journal_store(const std::filesystem::path& path);

/// Packed rows in chunks of 256 KiB, each compressed with zstd-1 and with an XXH3-128 of its own;
/// the places of the chunks are kept in memory.
std::unique_ptr<EventStore> rows_store(const std::filesystem::path& path);

/// cereal's binary archive into one zstd-1 stream.
std::unique_ptr<EventStore> cereal_store(const std::filesystem::path& path);

/// A table keyed by step, in WAL mode, synchronous = NORMAL, 1,000 rows a transaction. Nothing
/// where the bench was built without SQLite.
std::unique_ptr<EventStore> sqlite_store(const std::filesystem::path& path);

}  // namespace reprise::bench
