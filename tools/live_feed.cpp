#include "tools/live_feed.hpp"

#include <unistd.h>

#include <algorithm>
#include <limits>

#include "tools/readable.hpp"

namespace reprise {

namespace {

constexpr std::size_t reasons_max = 5;
constexpr std::chrono::milliseconds patience_max(100);

std::vector<std::string> names_of(const Scenario& scenario) {
  std::vector<std::string> names;
  for (const AgentDeclaration& agent : scenario.agents) names.push_back(agent.name);
  return names;
}

/// What the world refuses is the line's fault.
template <class Verb>
auto as_line(const Verb& verb) {
  try {
    return verb();
  } catch (const std::invalid_argument& error) {
    throw MalformedLine(error.what());
  }
}

}  // namespace

FeedDeclaration LiveFeed::declaration(const std::string& name, const Scenario& scenario) {
  const auto declared = std::ranges::find(scenario.feeds, name, &FeedDeclaration::name);
  if (declared != scenario.feeds.end()) return *declared;
  FeedDeclaration feed;
  feed.name = name;
  feed.format = "jsonl";
  return feed;
}

LiveFeed::LiveFeed(const FeedDeclaration& feed, const Scenario& scenario, Simulation& world,
                   Session& session, Committer* committer, Acknowledgements& answers,
                   std::function<void(const std::string&)> complain)
    : feed_(feed),
      scenario_(scenario),
      world_(world),
      session_(session),
      committer_(committer),
      answers_(answers),
      complain_(std::move(complain)),
      format_(feed_, world, names_of(scenario)),
      lines_(STDIN_FILENO) {
  report_.name = feed.name;
  report_.file = "-";
  world_.observe(*this);
}

LiveFeed::~LiveFeed() {
  world_.forget(*this);
}

void LiveFeed::on_input(const Input& input, Step step) {
  if (input.resendable) delivered_ = step;
}

std::chrono::nanoseconds LiveFeed::patience() const {
  std::chrono::nanoseconds patience = patience_max;
  if (committer_ == nullptr) return patience;
  if (const auto due = committer_->due_in()) patience = std::min(patience, *due);
  return patience;
}

void LiveFeed::commit_what_is_due() {
  if (committer_ == nullptr) return;
  committer_->poll();
  answers_.give(committer_->acknowledged());
}

RunEnd LiveFeed::run(const RunLimit& limit, const std::function<bool()>& interrupted) {
  while (!world_.ended() && world_.steps() < limit.steps) {
    if (interrupted()) return RunEnd::interrupted;
    commit_what_is_due();
    const LineInput::Got got = lines_.next(patience());
    if (got == LineInput::Got::nothing) continue;
    if (got == LineInput::Got::end) break;
    report_.lines = lines_.number();
    if (got == LineInput::Got::too_long) {
      format_.pass_over();
      refuse("a line of more than " + std::to_string(LineInput::line_bytes_max) + " bytes");
    } else if (const std::optional<RunEnd> end = take(limit, interrupted)) {
      return *end;
    }
  }
  if (committer_ != nullptr) {
    committer_->commit();
    answers_.give(committer_->acknowledged());
  }
  return session_.run(limit, interrupted);
}

/// Does what the line at hand says. An answer means that the run is at its end.
std::optional<RunEnd> LiveFeed::take(const RunLimit& limit,
                                     const std::function<bool()>& interrupted) {
  try {
    std::optional<LiveRecord> record = format_.read(lines_.line());
    if (!record) return std::nullopt;
    const bool is_feeds = record->producer != feed_.name &&
                          std::ranges::find(scenario_.feeds, record->producer,
                                            &FeedDeclaration::name) != scenario_.feeds.end();
    if (is_feeds) throw MalformedLine("'" + record->producer + "' is another feed of the scenario");
    return hand_over(std::move(*record), limit, interrupted);
  } catch (const MalformedLine& error) {
    const std::string reason = error.what();
    refuse(error.remedy.empty() ? reason : reason + "; " + error.remedy);
  }
  return std::nullopt;
}

Time LiveFeed::time_of(const LiveRecord& record) const {
  if (!record.at) return world_.now() + Duration(1);
  const Duration epoch = feed_.epoch.value_or(Duration());
  Duration::rep since = 0;
  if (__builtin_sub_overflow(record.at->count(), epoch.count(), &since) || since < 0) {
    throw MalformedLine("'at' lies before the epoch " + std::to_string(epoch.count()) + "ns");
  }
  return Time(Duration(since));
}

std::optional<RunEnd> LiveFeed::hand_over(LiveRecord record, const RunLimit& limit,
                                          const std::function<bool()>& interrupted) {
  Input input{.at = time_of(record),
              .after = {},
              .seq = {},
              .to = record.to,
              .payload = std::move(record.payload),
              .producer = std::move(record.producer),
              .producer_seq = record.seq,
              .key = std::move(record.key),
              .resendable = true};
  const auto repeat = as_line([&] { return world_.repeat_of(input); });
  if (repeat) {
    answer("repeat", repeat->at, repeat->step);
    return std::nullopt;
  }
  if (input.at < world_.now()) {
    throw MalformedLine("it is for " + readable(input.at) + ", but the world already stands at " +
                        readable(world_.now()));
  }
  if (input.at > limit.until) {
    throw MalformedLine("it is for " + readable(input.at) + ", and the run ends at " +
                        readable(limit.until));
  }
  const RunEnd end =
      session_.run({.until = input.at - Duration(1), .steps = limit.steps}, interrupted);
  if (end == RunEnd::interrupted) return end;
  if (end == RunEnd::stopped || end == RunEnd::steps || end == RunEnd::violated) {
    refuse("the run came to its end before " + readable(input.at));
    return end;
  }
  deliver(std::move(input), limit);
  return std::nullopt;
}

/// Lets the world go on until the input has taken effect: not further, for the next one may be due
/// at the same time.
void LiveFeed::deliver(Input input, const RunLimit& limit) {
  const Time at = input.at;
  as_line([&] { return world_.inject(std::move(input)); });
  delivered_.reset();
  try {
    while (!delivered_ && world_.steps() < limit.steps && session_.step(at)) continue;
  } catch (const AgentFailure& failure) {
    refuse(failure.what());
    throw;
  }
  if (!delivered_) return refuse("the run came to its end before it took effect");
  ++report_.inputs;
  answer("taken", at, delivered_);
}

void LiveFeed::answer(const char* status, std::optional<Time> at, std::optional<Step> step) {
  const LiveNames& names = format_.names();
  boost::json::object line{{"producer", names.producer}};
  if (names.seq) line["seq"] = *names.seq;
  if (!names.key.empty()) line["key"] = names.key;
  line["status"] = status;
  if (step) line["step"] = *step;
  if (at) line["at_ns"] = at->time_since_epoch().count();
  answers_.add(line, committer_ == nullptr ? 0 : committer_->inputs());
}

void LiveFeed::refuse(const std::string& why) {
  const std::string place = feed_.name + ":" + std::to_string(lines_.number());
  ++report_.skipped;
  if (report_.reasons.size() < reasons_max) report_.reasons.push_back(place + ": " + why);
  complain_(place + ": " + why);
  const LiveNames& names = format_.names();
  boost::json::object line{{"producer", names.producer}};
  if (names.seq) line["seq"] = *names.seq;
  if (!names.key.empty()) line["key"] = names.key;
  line["status"] = "refused";
  line["line"] = lines_.number();
  line["why"] = why;
  answers_.add(line, committer_ == nullptr ? 0 : committer_->inputs());
}

}  // namespace reprise
