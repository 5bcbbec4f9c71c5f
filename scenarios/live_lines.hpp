#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/simulation.hpp"
#include "scenarios/feed.hpp"

namespace reprise {

/// What a line of a live producer says.
struct LiveRecord {
  std::optional<Duration> at;  ///< By the feed's own clock; nothing if the world is to say.
  AgentId to{};
  Payload payload;
  std::string producer;
  std::uint64_t seq = 0;  ///< 0: it goes by its key alone.
  std::string key;
};

/// The names of a malformed line, as far as it has them: so that its producer knows which it was.
struct LiveNames {
  std::string producer;
  std::optional<std::uint64_t> seq;
  std::string key;
};

/// How the lines of a live feed are understood: JSON objects as in a feed of format jsonl, and
/// beside those keys `producer` (the feed's name if it is not there), `seq`, an integer from 1, and
/// `key`, a text. One of the last two has to be there. `at` may be left out.
class LiveLines {
 public:
  /// `feed` and `world` outlive this.
  LiveLines(const FeedDeclaration& feed, const Simulation& world, std::vector<std::string> names);
  ~LiveLines();

  /// Nothing for an empty line. Throws MalformedLine.
  std::optional<LiveRecord> read(std::string_view line);

  /// Of the line that was read last; of none after pass_over().
  const LiveNames& names() const { return names_; }

  /// For a line that cannot be read.
  void pass_over() { names_ = {.producer = producer_, .seq = {}, .key = {}}; }

 private:
  class Format;
  std::unique_ptr<Format> format_;
  std::string producer_;
  LiveNames names_;
};

}  // namespace reprise
