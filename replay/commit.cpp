#include "replay/commit.hpp"

#include <algorithm>

#include "engine/decimal.hpp"
#include "engine/time.hpp"

namespace reprise {

std::optional<CommitMode> parse_commit_mode(std::string_view text) {
  using When = CommitMode::When;
  CommitMode mode;
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(std::min(equals + 1, text.size()));
  if (text == "none") {
    mode.when = When::none;
  } else if (text == "each") {
    mode.when = When::each;
  } else if (text == "interval") {
    mode.when = When::interval;
  } else if (name == "interval") {
    const std::optional<Duration> interval = parse_duration(value);
    if (!interval || *interval <= Duration::zero()) return std::nullopt;
    mode.interval = *interval;
  } else if (name == "batch") {
    mode.when = When::batch;
    mode.batch = parse_number<std::uint64_t>(value).value_or(0);
    if (mode.batch == 0) return std::nullopt;
  } else {
    return std::nullopt;
  }
  return mode;
}

Committer::Committer(JournalWriter& journal, const CommitMode& mode)
    : journal_(journal),
      mode_(mode),
      durable_(journal.inputs()),
      synced_bytes_(journal.bytes()),
      synced_at_(WallClock::now()) {}

std::uint64_t Committer::acknowledged() const {
  return mode_.when == CommitMode::When::none ? journal_.inputs() : durable_;
}

void Committer::poll() {
  using When = CommitMode::When;
  if (waiting() == 0 || mode_.when == When::none) return;
  if (!first_) first_ = WallClock::now();
  const bool due = mode_.when == When::each ||
                   (mode_.when == When::batch && waiting() >= mode_.batch) ||
                   (mode_.when == When::interval && WallClock::now() - *first_ >= mode_.interval);
  if (due) commit();
}

std::optional<Committer::WallClock::duration> Committer::due_in() const {
  if (!first_ || mode_.when != CommitMode::When::interval) return std::nullopt;
  return std::max(*first_ + mode_.interval - WallClock::now(), WallClock::duration::zero());
}

void Committer::commit() {
  journal_.commit();
  durable_ = journal_.inputs();
  first_.reset();
}

void Committer::poll_sync() {
  using When = CommitMode::When;
  if (mode_.when == When::none || journal_.bytes() == synced_bytes_) return;
  if (mode_.when == When::batch && waiting() < mode_.batch) return;
  if (mode_.when == When::interval && WallClock::now() - synced_at_ < mode_.interval) return;
  journal_.sync();
  durable_ = journal_.inputs();
  synced_bytes_ = journal_.bytes();
  synced_at_ = WallClock::now();
}

}  // namespace reprise
