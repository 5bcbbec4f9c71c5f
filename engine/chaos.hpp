#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/faults.hpp"

namespace reprise {

/// The name of the agent that breaks things, and so of its stream.
inline constexpr std::string_view chaos_name = "chaos";

/// What the agent `chaos` does.
enum class Mischief : std::uint8_t { crash, pause, partition, cut, degrade, clock, disk, rot };

inline constexpr std::size_t mischief_count = 8;

/// Chaos's own: the next thing of a kind is due.
struct NextMischief {
  static constexpr std::string_view kind = "reprise.next_mischief";
  static constexpr std::string_view about = "the agent chaos's own: the next fault is due";
  Mischief what = Mischief::crash;
  REPRISE_FIELDS(what)
};

/// Chaos's own: from now on nothing may break any more.
struct Quiet {
  static constexpr std::string_view kind = "reprise.quiet";
  static constexpr std::string_view about = "the agent chaos's own: nothing breaks from now on";
  REPRISE_FIELDS()
};

/// Breaks nodes, links, clocks and disks at random times until it is quiet, when all of it is made
/// whole. What it tells the network is drawn from its own stream, so that it is another story under
/// each seed; and in the manner of swarm testing (Groce et al. 2012) each seed has only some of the
/// kinds of faults that the options allow, each with a probability of one half.
struct Chaos {
  using Handles = Messages<Start, NextMischief, Quiet>;
  static constexpr std::string_view about =
      "breaks nodes, links, clocks and disks at random; [chaos] in a scenario makes it";

  struct Options {
    Duration quiet{};                  ///< From then on nothing breaks.
    Duration start{};                  ///< Nothing breaks before.
    bool swarm = true;                 ///< Each seed has only some of the kinds of faults.
    std::vector<std::string> nodes{};  ///< Those that it may break; none: all.
    std::uint32_t down_max = 0;        ///< So many at most are crashed or paused at once; 0: any.

    Duration crash_every{};                          ///< On average; 0: never. So are the others.
    Duration crash_lasts = std::chrono::seconds(2);  ///< On average, as the others.
    UnsyncedWrites writes = UnsyncedWrites::any;
    Duration pause_every{};
    Duration pause_lasts = std::chrono::seconds(1);
    Duration partition_every{};
    Duration partition_lasts = std::chrono::seconds(5);
    Duration cut_every{};  ///< Of one way from a node to another, or of both.
    Duration cut_lasts = std::chrono::seconds(5);
    Duration degrade_every{};
    Duration degrade_lasts = std::chrono::seconds(5);
    Duration latency_max = std::chrono::milliseconds(200);  ///< On top, while degraded.
    double loss_max = 0.3;
    double duplicate_max = 0.1;
    double reorder_max = 0.3;
    Duration clock_every{};
    Duration clock_max = std::chrono::seconds(1);  ///< Ahead or behind.
    std::int64_t drift_max_ppm = 1000;
    Duration disk_every{};  ///< Slow, or full.
    Duration disk_lasts = std::chrono::seconds(2);
    Duration disk_latency_max = std::chrono::milliseconds(500);
    Duration rot_every{};  ///< One bit.
    REPRISE_FIELDS(quiet, start, swarm, nodes, down_max, crash_every, crash_lasts, writes,
                   pause_every, pause_lasts, partition_every, partition_lasts, cut_every, cut_lasts,
                   degrade_every, degrade_lasts, latency_max, loss_max, duplicate_max, reorder_max,
                   clock_every, clock_max, drift_max_ppm, disk_every, disk_lasts, disk_latency_max,
                   rot_every)

    static constexpr About about[] = {
        {"quiet", "From then on nothing breaks, and all is whole."},
        {"start", "Nothing breaks before."},
        {"swarm", "Each seed has only some of the kinds of faults."},
        {"nodes", "Those it may break; none: all."},
        {"down_max", "So many nodes at most are crashed or paused at once; 0: any number."},
        {"crash_every", "Time between crashes on average; 0: never."},
        {"crash_lasts", "Until the node starts again, on average."},
        {"writes", "What becomes of unsynced writes: any, kept, dropped, torn or reordered."},
        {"pause_every", "Time between pauses of a node on average; 0: never."},
        {"pause_lasts", "Until the node goes on, on average."},
        {"partition_every", "Time between partitions on average; 0: never."},
        {"partition_lasts", "Until the sides hear each other again, on average."},
        {"cut_every", "Time between cuts of a link, one-way or both, on average; 0: never."},
        {"cut_lasts", "Until the link is whole, on average."},
        {"degrade_every", "Time between degradations of a link on average; 0: never."},
        {"degrade_lasts", "Until the link is what it was, on average."},
        {"latency_max", "The most that a degraded link takes longer."},
        {"loss_max", "The largest share that a degraded link loses on top."},
        {"duplicate_max", "The largest share that it doubles on top."},
        {"reorder_max", "The largest share that it lets be overtaken on top."},
        {"clock_every", "Time between changes of a node's clock on average; 0: never."},
        {"clock_max", "The furthest that a clock is set ahead or behind."},
        {"drift_max_ppm", "The fastest that it drifts, in parts in a million."},
        {"disk_every", "Time between slow or full disks on average; 0: never."},
        {"disk_lasts", "Until the disk is what it was, on average."},
        {"disk_latency_max", "The most that a sync of a slow disk takes longer."},
        {"rot_every", "Time between bits that turn over on average; 0: never."}};

    void validate() const;
  };

  Options options;
  AgentId network{};
  bool quiet = false;
  std::vector<std::string> nodes;              ///< Those that it may break.
  std::array<bool, mischief_count> enabled{};  ///< By Mischief.
  std::array<std::uint64_t, mischief_count> done{};
  std::map<std::string, Time> down_until;  ///< Of nodes that it crashed or paused.
  REPRISE_FIELDS(options, network, quiet, nodes, enabled, done, down_until)

  void on(const Start&, Context& world);
  void on(const NextMischief& next, Context& world);
  void on(const Quiet&, Context& world);

 private:
  Duration every(Mischief what) const;
  Duration lasting(Duration mean, Context& world) const;
  void plan(Mischief what, Context& world);
  void break_one(Mischief what, Context& world);
  void take_down(Mischief what, Context& world);
  void part(Context& world);
  void spoil_link(Mischief what, Context& world);
  void set_clock(Context& world);
  void spoil_disk(Mischief what, Context& world);
  const std::string& any_node(Context& world);
};

}  // namespace reprise
