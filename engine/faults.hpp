#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/fields.hpp"
#include "engine/time.hpp"

/// What can break: the messages that the agent `network` obeys, whether from the outside or from
/// the agent `chaos`. A node is named as in the scenario: "server[2]"; "server" is every node of
/// that group, and an empty text every node there is.
namespace reprise {

/// What becomes of writes to a disk that were not synced when its node crashes.
enum class UnsyncedWrites : std::uint8_t {
  any,       ///< one of the others, drawn for each crash
  kept,      ///< all reach the disk
  dropped,   ///< none does
  torn,      ///< the first few do, and of the next one only its beginning
  reordered  ///< each does or does not, whatever became of those before it
};

/// Nodes stop: the agents on them lose what they do not name durable, their timers, what they had
/// sent to each other, and what comes to them until they start again.
struct Crash {
  static constexpr std::string_view kind = "reprise.crash";
  static constexpr std::string_view about = "to the network: nodes crash";
  std::string node;
  UnsyncedWrites writes = UnsyncedWrites::any;
  REPRISE_FIELDS(node, writes)
};

/// Crashed nodes start again: their agents get Start, as at the beginning.
struct Restart {
  static constexpr std::string_view kind = "reprise.restart";
  static constexpr std::string_view about = "to the network: crashed nodes start again";
  std::string node;
  REPRISE_FIELDS(node)
};

/// Nodes stand still, as in a long collection of garbage: what comes to them waits, their timers
/// too.
struct Pause {
  static constexpr std::string_view kind = "reprise.pause";
  static constexpr std::string_view about = "to the network: nodes stand still";
  std::string node;
  REPRISE_FIELDS(node)
};

/// Nodes that stood still go on: what has waited is delivered at this instant, in its order.
struct Resume {
  static constexpr std::string_view kind = "reprise.resume";
  static constexpr std::string_view about = "to the network: nodes that stand still go on";
  std::string node;
  REPRISE_FIELDS(node)
};

/// The clocks of nodes are set: so far ahead of or behind what they would be, and running faster
/// (or, below 0, slower) by so many parts in a million from now on. What an agent sends itself
/// waits by its node's clock.
struct SetClock {
  static constexpr std::string_view kind = "reprise.set_clock";
  static constexpr std::string_view about = "to the network: sets the clocks of nodes";
  std::string node;
  Duration ahead{};
  Duration behind{};
  std::int64_t drift_ppm = 0;
  REPRISE_FIELDS(node, ahead, behind, drift_ppm)

  /// Throws std::invalid_argument for what is no clock.
  void validate() const;
};

/// The disks of nodes become slow or full, or with neither what they were.
struct SetDisk {
  static constexpr std::string_view kind = "reprise.set_disk";
  static constexpr std::string_view about = "to the network: slow or full disks";
  std::string node;
  Duration latency{};  ///< What a sync takes longer from now on.
  bool full = false;   ///< Nothing more can be written.
  REPRISE_FIELDS(node, latency, full)
};

/// Some synced bits of the disks of nodes turn over.
struct Rot {
  static constexpr std::string_view kind = "reprise.rot";
  static constexpr std::string_view about = "to the network: bits of disks turn over";
  std::string node;
  std::uint32_t bits = 1;  ///< Of each disk.
  REPRISE_FIELDS(node, bits)

  /// Throws std::invalid_argument for more bits than make sense.
  void validate() const;
};

/// What is sent from nodes to others is lost, and with `both` what is sent back. What is under way
/// arrives.
struct Cut {
  static constexpr std::string_view kind = "reprise.cut";
  static constexpr std::string_view about = "to the network: cuts the links between nodes";
  std::string from;
  std::string to;
  bool both = true;
  REPRISE_FIELDS(from, to, both)
};

/// What is sent between nodes of different sides is lost. Nodes that no side names are one more
/// side. Takes the place of the partition before; without sides there is none any more.
struct Partition {
  static constexpr std::string_view kind = "reprise.partition";
  static constexpr std::string_view about = "to the network: parts the nodes into sides";
  std::vector<std::vector<std::string>> sides;
  REPRISE_FIELDS(sides)
};

/// Links become worse: this comes on top of what they are. Takes the place of the degradation
/// before.
struct Degrade {
  static constexpr std::string_view kind = "reprise.degrade";
  static constexpr std::string_view about = "to the network: makes links slow and lossy";
  std::string from;
  std::string to;
  bool both = true;
  Duration latency{};
  Duration jitter{};
  double loss = 0;
  double duplicate = 0;
  double reorder = 0;
  REPRISE_FIELDS(from, to, both, latency, jitter, loss, duplicate, reorder)

  /// Throws std::invalid_argument for shares and times that are none.
  void validate() const;
};

/// Cuts and degradations of links end. Of all links, the partition, too.
struct Heal {
  static constexpr std::string_view kind = "reprise.heal";
  static constexpr std::string_view about = "to the network: links are whole again";
  std::string from;
  std::string to;
  bool both = true;
  REPRISE_FIELDS(from, to, both)
};

/// From now on Context::sometimes() may, or may not, come true.
struct Turmoil {
  static constexpr std::string_view kind = "reprise.turmoil";
  static constexpr std::string_view about = "to the network: rare things may happen, or not";
  bool on = true;
  REPRISE_FIELDS(on)
};

}  // namespace reprise
