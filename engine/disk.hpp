#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/faults.hpp"
#include "engine/fields.hpp"
#include "engine/random.hpp"
#include "engine/time.hpp"

namespace reprise {

/// A simulated disk: files of bytes. What is written is seen at once by who reads, and is safe from
/// a crash of the node once it has been synced.
///
/// A field of an agent that its REPRISE_DURABLE names. It belongs to the agent's node, whose faults
/// act on it.
struct Disk {
  using FileBytes = std::vector<std::uint8_t>;

  static constexpr std::uint64_t bytes_max = std::uint64_t{1} << 30;  ///< Of all files together.

  enum class Change : std::uint8_t {
    write,     ///< bytes at an offset; what lies between the end and there is zeros
    truncate,  ///< the file ends at the offset
    replace,   ///< the file holds the bytes and nothing else: happens as a whole or not at all
    remove     ///< there is no such file: likewise
  };

  struct Write {
    Change change = Change::write;
    std::string file;
    std::uint64_t offset = 0;
    FileBytes bytes;
    REPRISE_FIELDS(change, file, offset, bytes)
  };

  std::map<std::string, FileBytes> synced;  ///< What is safe.
  std::vector<Write> unsynced;              ///< What came after it, in its order.
  std::uint64_t capacity = 0;               ///< In bytes, as bytes_max; 0 is as much.
  bool full = false;                        ///< A fault: nothing can be written.
  Duration latency{};                       ///< What a sync takes.
  Duration slower{};                        ///< A fault: what it takes longer.
  REPRISE_FIELDS(synced, unsynced, capacity, full, latency, slower)

  /// Each says whether there was room for it; if not, nothing has changed.
  [[nodiscard]] bool write(std::string_view file, std::uint64_t offset, FileBytes bytes);
  [[nodiscard]] bool append(std::string_view file, FileBytes bytes);
  [[nodiscard]] bool replace(std::string_view file, FileBytes bytes);
  void truncate(std::string_view file, std::uint64_t size);
  void remove(std::string_view file);

  /// What is in a file; nothing if there is none. Costs the changes that are not synced.
  FileBytes read(std::string_view file) const;

  std::uint64_t size(std::string_view file) const;

  /// All that was written is safe from now on. An agent calls Context::sync(), which takes the
  /// disk's time.
  void sync();

  /// What is left after a crash: what was synced, and of the rest what `writes` says.
  void crash(UnsyncedWrites writes, Random& random);

  /// `bits` synced bits, drawn one by one, turn over. Nothing happens to an empty disk.
  void rot(std::uint32_t bits, Random& random);

 private:
  [[nodiscard]] bool change(Write write, std::uint64_t grows);
  std::uint64_t used() const;
};

}  // namespace reprise
