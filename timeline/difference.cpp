#include "timeline/difference.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <tuple>
#include <utility>

#include "replay/records.hpp"
#include "timeline/at_once.hpp"
#include "timeline/history_events.hpp"
#include "timeline/parting.hpp"
#include "timeline/timeline.hpp"

namespace reprise {

namespace {

constexpr Step events_after_edits_max = 100'000;

/// What the journal proves of the end of its history.
struct End {
  Time at{};
  std::optional<Digest> root;
};

End end_of(const Journal& journal) {
  if (journal.seal()) return {journal.seal()->at, journal.seal()->root};
  End end{journal.last_at(), std::nullopt};
  HistoryCheckpoints checkpoints(journal);
  checkpoints.seek(journal.last_step());
  while (const auto checkpoint = checkpoints.next()) {
    if (checkpoint->step > journal.last_step()) break;
    end = {checkpoint->at, checkpoint->root};
  }
  return end;
}

/// Whether a journal has edits right after `step`.
bool edited_after(const Journal& journal, Step step) {
  for (const Stretch& stretch : stretches_of(journal)) {
    FrameBodies bodies(*stretch.journal, FrameType::inputs);
    bodies.seek(step);
    std::uint64_t number = bodies.records_before();
    while (const std::optional<Bytes> body = bodies.next()) {
      if (bodies.entry().span.first_step > step) break;
      for (Decoder in(*body); in.remaining() != 0 && number < stretch.inputs; ++number) {
        try {
          if (decode_input(in).input.after == step) return true;
        } catch (const DecodeError& error) {
          throw JournalError(bodies.place(), std::string("damaged: ") + error.what());
        }
      }
    }
  }
  return false;
}

/// An event as it was lived, with ids for names.
struct LivedEvent {
  Step step = 0;
  EventKey key;
  AgentId to{};
  Payload message;
  bool dropped = false;
  std::optional<Step> cause{};
};

bool same_message(const Payload& a, const Payload& b) {
  if (&a.type() != &b.type()) return false;
  Bytes ours;
  Bytes theirs;
  Encoder to_ours(ours);
  Encoder to_theirs(theirs);
  a.type().encode(a.data(), to_ours);
  b.type().encode(b.data(), to_theirs);
  return ours == theirs;
}

std::string name_of(const Simulation& world, AgentId id) {
  return id == world_id ? "world" : world.name_of(id);
}

/// One of two histories, as it is lived on from a step; or the reason why it cannot be. Keeps the
/// last events, so that the chain of one needs no more living.
class LivedRun final : private Observer {
 public:
  explicit LivedRun(const RecordedHistory& history) : history_(history) {}

  /// Lives up to the step `after`, or says why it cannot.
  void begin_at(Step after, const OnTheWay& on_the_way) {
    first_ = after - std::min(after, recent_max / 2);
    on_the_way_ = &on_the_way;
    attempt([&] {
      if (!history_.journal.expect_schema(history_.catalog).empty()) {
        refusal_ =
            "it was recorded with earlier kinds, so what is lived now is not what its digests "
            "prove";
        return;
      }
      begin(first_);
      run_to(after);
    });
    on_the_way_ = nullptr;
  }

  bool can() const { return refusal_.empty(); }
  const std::string& refusal() const { return refusal_; }
  const Simulation& world() const { return player_->world(); }

  /// The next event, after which the world stands with the edits after it; nullptr at the end.
  /// Valid until the next call.
  const LivedEvent* next() {
    if (!can() || world().steps() == history_.journal.last_step()) return nullptr;
    attempt([&] { run_to(world().steps() + 1); });
    return can() ? &recent_.back() : nullptr;
  }

  /// The event of a step that is among the last, and what it came from: no more than `causes`
  /// events, and none that came before those that are kept.
  Side side(Step step, std::size_t causes) {
    Side side;
    if (!can() || recent_.empty() || step > recent_.back().step) return side;
    side.event = told(at(step));
    const auto message = messages_.find(step);
    if (message != messages_.end()) {
      attempt([&] {
        EarlierCauses earlier(history_.journal, history_.catalog, history_.factory, first_);
        side.event->event.cause = earlier.find(message->second);
      });
    }
    for (std::optional<Step> cause = at(step).cause; cause && side.causes.size() < causes;) {
      if (*cause < recent_.front().step) break;
      const LivedEvent& event = at(*cause);
      if (!event.cause && event.key.from != world_id) break;
      side.causes.push_back(told(event));
      cause = event.cause;
    }
    return side;
  }

 private:
  static constexpr std::size_t recent_max = std::size_t{1} << 16;

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  void on_delivery(const Delivery& delivery) override {
    const EventKey& key = delivery.event.key;
    const std::optional<Step> cause = causes_->deliver(delivery);
    if (recent_.size() == recent_max) {
      messages_.erase(recent_.front().step);
      recent_.pop_front();
    }
    const Event& event = delivery.event;
    recent_.push_back(
        {delivery.step, key, event.to, {*event.kind, event.message}, delivery.dropped, cause});
    if (!cause && key.from != world_id) messages_[delivery.step] = {key.from, key.seq};
  }

  const LivedEvent& at(Step step) const { return recent_.at(step - recent_.front().step); }

  KeptEvent told(const LivedEvent& event) const {
    const auto message = std::make_shared<const Payload>(event.message);
    const DeliveredEvent told{.step = event.step,
                              .at = event.key.at,
                              .hop = event.key.hop,
                              .from = name_of(world(), event.key.from),
                              .to = name_of(world(), event.to),
                              .kind = &message->type(),
                              .message = message->data(),
                              .cause = event.cause,
                              .dropped = event.dropped};
    return {told, {message, message->data()}};
  }

  /// Takes it up at the keyframe before `start`, and notes what happens after first_.
  void begin(Step start) {
    recent_.clear();
    messages_.clear();
    player_.emplace(history_.journal, history_.catalog, history_.factory, start);
    try {
      live_to(first_);
    } catch (const DivergenceError&) {
      if (player_->began() == 0) throw;
      return begin(0);  // A keyframe proves nothing: what counts is the history from its start.
    }
    causes_.emplace(world());
    player_->observe(*this);
  }

  void live_to(Step step) {
    player_->run_to(step, time_max, [&] {
      if (on_the_way_ != nullptr && *on_the_way_) (*on_the_way_)(world().steps());
      return false;
    });
  }

  void run_to(Step step) {
    try {
      live_to(step);
    } catch (const DivergenceError&) {
      if (player_->began() == 0) throw;
      begin(0);  // likewise
      live_to(step);
    }
  }

  template <class Live>
  void attempt(const Live& live) {
    try {
      live();
    } catch (const DivergenceError& error) {
      refusal_ = error.what();
    } catch (const JournalError& error) {
      refusal_ = error.what();
    }
  }

  const RecordedHistory& history_;
  const OnTheWay* on_the_way_ = nullptr;
  Step first_ = 0;
  std::optional<CheckedPlayer> player_;
  std::optional<Causes> causes_;
  std::deque<LivedEvent> recent_;
  std::map<Step, SentMessage> messages_;  // of those that were sent before
  std::string refusal_;
};

/// The event of a step, as far as it was recorded or can be lived.
std::optional<KeptEvent> event_of(const RecordedHistory& history, Step step) {
  if (step > history.journal.last_step()) return std::nullopt;
  try {
    HistoryEvents events(history.journal, history.catalog, history.factory,
                         {.first = step, .last = step});
    if (const auto event = events.next()) return kept(*event);
  } catch (const DivergenceError&) {
  } catch (const JournalError&) {
  }
  return std::nullopt;
}

/// Lives two histories on from where they are the same until they part.
class FirstSearch {
 public:
  FirstSearch(const RecordedHistory& a, const RecordedHistory& b, const Parting& parting,
              const DifferenceLimits& limits, const OnTheWay& on_the_way)
      : history_a_(a),
        history_b_(b),
        limits_(limits),
        last_(std::min(a.journal.last_step(), b.journal.last_step())),
        step_(place_before(parting)),
        a_(a),
        b_(b) {
    begin_at(step_, on_the_way);
    const bool apart = a_.can() && b_.can() && a_.world().prefix() != b_.world().prefix();
    if (apart && step_ != parting.same) begin_at(step_ = parting.same, on_the_way);
    if (a_.can() && b_.can()) {
      const auto key = [](const AgentNames::Group& group) {
        return std::tie(group.name, group.first, group.count, group.numbered);
      };
      same_groups_ = std::ranges::equal(a_.world().names().groups(), b_.world().names().groups(),
                                        {}, key, key);
    }
    first_.same = parting.same;
    first_.step = parting.differs.value_or(last_ + 1);
    first_.how = first_.step <= last_ ? Parted::events : at_the_end();
  }

  FirstDifference run() {
    first_.exact = a_.can() && b_.can() && live();
    if (!first_.exact) {
      first_.agent.reset();
      first_.a.event = event_of(history_a_, first_.step);
      first_.b.event = event_of(history_b_, first_.step);
    }
    first_.refusal_a = a_.refusal();
    first_.refusal_b = b_.refusal();
    return std::move(first_);
  }

 private:
  /// Where they most likely are still the same, and soon not any more: to compare events costs more
  /// than to live them.
  static Step place_before(const Parting& parting) {
    constexpr Step before = 64;
    const Step differs = parting.differs.value_or(0);
    return std::max(parting.same, differs - std::min(differs, before));
  }

  void begin_at(Step step, const OnTheWay& on_the_way) {
    at_once([&] { a_.begin_at(step, on_the_way); },
            [&](const OnTheWay& asked) { b_.begin_at(step, asked); });
  }

  /// How they part where all that both have is the same.
  Parted at_the_end() const {
    const bool as_long = history_a_.journal.last_step() == history_b_.journal.last_step();
    return as_long ? Parted::edits : Parted::end;
  }

  /// Says whether both could be lived up to there.
  bool live() {
    const LivedEvent* a = nullptr;
    const LivedEvent* b = nullptr;
    while (a_.world().prefix() == b_.world().prefix()) {
      a = a_.next();
      b = b_.next();
      if (step_ == last_) return part(at_the_end(), step_ + 1);
      if (a == nullptr || b == nullptr) return false;
      ++step_;
      if (!same_event(*a, *b)) return part(Parted::events, step_);
    }
    const bool edits =
        edited_after(history_a_.journal, step_) || edited_after(history_b_.journal, step_);
    if (!edits) return part(Parted::events, step_);  // only their numbers differ
    find_agent();
    a = a_.next();
    b = b_.next();
    const bool exact = part(Parted::edits, step_ + 1);
    if (exact) pass_edits(a, b);
    return exact;
  }

  bool same_event(const LivedEvent& a, const LivedEvent& b) const {
    return a.key.at == b.key.at && a.key.hop == b.key.hop && same_name(a.key.from, b.key.from) &&
           same_name(a.to, b.to) && a.dropped == b.dropped && same_message(a.message, b.message);
  }

  bool same_name(AgentId a, AgentId b) const {
    const AgentNames& ours = a_.world().names();
    const AgentNames& theirs = b_.world().names();
    const bool declared = same_groups_ && !ours.birth_of(a) && !theirs.birth_of(b);
    return declared ? a == b : name_of(a_.world(), a) == name_of(b_.world(), b);
  }

  bool part(Parted how, Step step) {
    first_.how = how;
    first_.step = step;
    const std::size_t causes = how == Parted::edits ? 0 : limits_.causes;
    first_.a = a_.side(step, causes);
    first_.b = b_.side(step, causes);
    if (how == Parted::events) find_agent();
    return a_.can() && b_.can();
  }

  void find_agent() {
    std::vector<std::string> receivers;
    if (first_.a.event) receivers.push_back(first_.a.event->event.to);
    if (first_.b.event) receivers.push_back(first_.b.event->event.to);
    first_.agent = first_agent_that_differs(a_.world(), b_.world(), receivers, limits_.fields);
  }

  /// Looks for the first events that differ after edits, from these on.
  void pass_edits(const LivedEvent* a, const LivedEvent* b) {
    const Step end = first_.step + events_after_edits_max;
    for (Step step = first_.step; step < end && (a != nullptr || b != nullptr); ++step) {
      if (a == nullptr || b == nullptr || !same_event(*a, *b)) {
        first_.later =
            DifferentEvents{step, a_.side(step, limits_.causes), b_.side(step, limits_.causes)};
        break;
      }
      ++first_.same_later;
      a = a_.next();
      b = b_.next();
      if (!a_.can() || !b_.can()) break;
    }
  }

  const RecordedHistory& history_a_;
  const RecordedHistory& history_b_;
  const DifferenceLimits& limits_;
  Step last_;  // that both have
  Step step_;  // where both stand
  LivedRun a_;
  LivedRun b_;
  bool same_groups_ = false;  // the agents that are declared are called the same
  FirstDifference first_;
};

/// A history as it stands at its start, and then at a position.
class StateAt {
 public:
  explicit StateAt(const RecordedHistory& history) : history_(history) {}

  void seek(const Position& at, const OnTheWay& on_the_way) {
    timeline_.emplace(history_.journal, history_.catalog, history_.factory, 0);  // none goes back
    start_ = world().state_root();
    if (lifted()) return;
    timeline_->seek(at, [&] {
      if (on_the_way) on_the_way(world().steps());
      return false;
    });
  }

  const Digest& start() const { return start_; }
  bool lifted() const { return !timeline_->lifted().empty(); }
  const Simulation& world() const { return timeline_->world(); }

 private:
  const RecordedHistory& history_;
  std::optional<Timeline> timeline_;
  Digest start_;
};

/// Two histories at a position. Each may be sought in a thread of its own; neither is sought
/// further once the other cannot be lived.
class StatesAt {
 public:
  StatesAt(const RecordedHistory& a, const RecordedHistory& b, const Position& at)
      : at_(at), ours_(a), theirs_(b) {}

  void seek_ours(const OnTheWay& on_the_way) { seek(ours_, on_the_way); }
  void seek_theirs(const OnTheWay& on_the_way) { seek(theirs_, on_the_way); }

  /// Compares the starts and the states, where both could be lived.
  void compare(const DifferenceLimits& limits, Difference& result) const {
    if (refused_) return;                            // the sides say why
    if (ours_.lifted() || theirs_.lifted()) return;  // no step of both is the same
    result.same_start = ours_.start() == theirs_.start();
    result.step_a = ours_.world().steps();
    result.step_b = theirs_.world().steps();
    result.at_a = ours_.world().now();
    result.at_b = theirs_.world().now();
    result.state = state_difference(ours_.world(), theirs_.world(), limits.agents, limits.fields);
  }

 private:
  void seek(StateAt& state, const OnTheWay& on_the_way) {
    try {
      state.seek(at_, [&](Step step) {
        if (refused_) throw GivenUp();
        if (on_the_way) on_the_way(step);
      });
    } catch (const DivergenceError&) {
      refused_ = true;
    } catch (const JournalError&) {
      refused_ = true;
    } catch (const GivenUp&) {
      if (!refused_) throw;  // that of at_once()
    }
  }

  const Position& at_;
  StateAt ours_;
  StateAt theirs_;
  std::atomic<bool> refused_ = false;
};

}  // namespace

Difference difference(const RecordedHistory& a, const RecordedHistory& b, const Position& at,
                      const DifferenceLimits& limits, const OnTheWay& on_the_way) {
  expect_position(a.journal, at);
  expect_position(b.journal, at);
  Difference result;
  result.same_scenario = a.journal.header().scenario == b.journal.header().scenario &&
                         a.journal.header().overrides == b.journal.header().overrides;
  result.same_seed = a.journal.header().seed == b.journal.header().seed;
  const Parting parted = parting(a.journal, b.journal);
  result.digests_compared = parted.digests_compared;
  result.trail_compared = parted.trail_compared;
  const End end_a = end_of(a.journal);
  const End end_b = end_of(b.journal);
  const bool other_state = end_a.root && end_b.root && end_a.root != end_b.root;
  result.equal = !parted.differs && end_a.at == end_b.at && !other_state;
  if (result.equal) return result;
  StatesAt states(a, b, at);
  at_once(
      [&] {
        if (parted.differs) {
          result.first = FirstSearch(a, b, parted, limits, on_the_way).run();
        } else {
          const Step last = a.journal.last_step();
          const bool clocks = end_a.at != end_b.at;
          result.first = FirstDifference{.how = clocks ? Parted::clock : Parted::state,
                                         .step = clocks ? last + 1 : last,
                                         .same = parted.same};
        }
        states.seek_ours(on_the_way);
      },
      [&](const OnTheWay& asked) { states.seek_theirs(asked); });
  states.compare(limits, result);
  result.inputs = input_difference(a.journal, b.journal, limits.inputs);
  return result;
}

}  // namespace reprise
