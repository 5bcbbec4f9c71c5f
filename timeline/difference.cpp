#include "timeline/difference.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "replay/records.hpp"
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

bool same_event(const DeliveredEvent& a, const DeliveredEvent& b) {
  const bool same = a.at == b.at && a.hop == b.hop && a.from == b.from && a.to == b.to &&
                    a.kind == b.kind && a.dropped == b.dropped;
  if (!same) return false;
  Bytes ours;
  Bytes theirs;
  Encoder to_ours(ours);
  Encoder to_theirs(theirs);
  a.kind->encode(a.message, to_ours);
  b.kind->encode(b.message, to_theirs);
  return ours == theirs;
}

/// One of two histories, as it is lived on from a step; or the reason why it cannot be.
class Life {
 public:
  Life(const RecordedHistory& history, Step after, const OnTheWay& on_the_way) {
    attempt([&] {
      if (!history.journal.expect_schema(history.catalog).empty()) {
        refusal_ = "it was recorded with earlier kinds, so what is lived now is not what its "
                   "digests prove";
        return;
      }
      events_ = std::make_unique<DerivedEvents>(history.journal, history.catalog, history.factory,
                                                EventRange{.first = after + 1});
      events_->begin(on_the_way);
    });
  }

  bool can() const { return refusal_.empty(); }
  const std::string& refusal() const { return refusal_; }
  const Simulation& world() const { return events_->world(); }

  std::optional<KeptEvent> next() {
    std::optional<KeptEvent> event;
    attempt([&] {
      if (const auto delivered = events_->next()) event = kept(*delivered);
    });
    return event;
  }

 private:
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

  std::unique_ptr<DerivedEvents> events_;
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
        on_the_way_(on_the_way),
        last_(std::min(a.journal.last_step(), b.journal.last_step())),
        step_(parting.same),
        a_(a, parting.same, on_the_way),
        b_(b, parting.same, on_the_way) {
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
    if (first_.later) {
      find_chain(history_a_, first_.later->a, first_.refusal_a);
      find_chain(history_b_, first_.later->b, first_.refusal_b);
    } else if (first_.how != Parted::edits) {
      find_chain(history_a_, first_.a, first_.refusal_a);
      find_chain(history_b_, first_.b, first_.refusal_b);
    }
    return std::move(first_);
  }

 private:
  /// How they part where all that both have is the same.
  Parted at_the_end() const {
    const bool as_long = history_a_.journal.last_step() == history_b_.journal.last_step();
    return as_long ? Parted::edits : Parted::end;
  }

  /// Says whether both could be lived up to there.
  bool live() {
    while (a_.world().prefix() == b_.world().prefix()) {
      if (step_ == last_) return end();
      if (!take_events()) return false;
      ++step_;
      if (same_event(first_.a.event->event, first_.b.event->event)) continue;
      return part(Parted::events, step_);
    }
    const bool edits =
        edited_after(history_a_.journal, step_) || edited_after(history_b_.journal, step_);
    if (!edits) return part(Parted::events, step_);  // only their numbers differ
    first_.a.event.reset();
    first_.b.event.reset();
    return part(Parted::edits, step_ + 1) && pass_edits();
  }

  bool take_events() {
    first_.a.event = a_.next();
    first_.b.event = b_.next();
    return first_.a.event && first_.b.event;
  }

  bool part(Parted how, Step step) {
    first_.how = how;
    first_.step = step;
    std::vector<std::string> receivers;
    if (first_.a.event) receivers.push_back(first_.a.event->event.to);
    if (first_.b.event) receivers.push_back(first_.b.event->event.to);
    first_.agent = first_agent_that_differs(a_.world(), b_.world(), receivers, limits_.fields);
    return true;
  }

  bool end() {
    first_.how = at_the_end();
    first_.step = step_ + 1;
    take_events();
    return a_.can() && b_.can();
  }

  /// Looks for the first events that differ after edits.
  bool pass_edits() {
    take_events();
    if (!a_.can() || !b_.can()) return false;
    std::optional<KeptEvent> a = first_.a.event;
    std::optional<KeptEvent> b = first_.b.event;
    for (Step step = first_.step; step < first_.step + events_after_edits_max; ++step) {
      if (!a && !b) break;
      if (!a || !b || !same_event(a->event, b->event)) {
        first_.later = DifferentEvents{step, {a, {}}, {b, {}}};
        break;
      }
      a = a_.next();
      b = b_.next();
      if (!a_.can() || !b_.can()) break;
    }
    return true;
  }

  void find_chain(const RecordedHistory& history, Side& side, std::string& refusal) {
    if (!side.event || !refusal.empty()) return;
    try {
      side.chain = causal_chain(history, side.event->event.step,
                                {.events = limits_.causes, .to_its_begin = false}, on_the_way_);
    } catch (const DivergenceError& error) {
      refusal = error.what();
    }
  }

  const RecordedHistory& history_a_;
  const RecordedHistory& history_b_;
  const DifferenceLimits& limits_;
  const OnTheWay& on_the_way_;
  Step last_;  // that both have
  Step step_;  // where both stand
  Life a_;
  Life b_;
  FirstDifference first_;
};

/// Compares the starts and the states at a position.
void compare_states(const RecordedHistory& a, const RecordedHistory& b, const Position& at,
                    const DifferenceLimits& limits, const OnTheWay& on_the_way,
                    Difference& result) {
  try {
    Timeline ours(a.journal, a.catalog, a.factory);
    Timeline theirs(b.journal, b.catalog, b.factory);
    result.same_start = ours.world().state_root() == theirs.world().state_root();
    const auto seek = [&](Timeline& timeline) {
      timeline.seek(at, [&] {
        if (on_the_way) on_the_way(timeline.world().steps());
        return false;
      });
    };
    seek(ours);
    seek(theirs);
    result.step_a = ours.world().steps();
    result.step_b = theirs.world().steps();
    result.at_a = ours.world().now();
    result.at_b = theirs.world().now();
    result.state = state_difference(ours.world(), theirs.world(), limits.agents, limits.fields);
  } catch (const DivergenceError&) {  // the sides say why
  } catch (const JournalError&) {
  }
}

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
  result.equal = !parted.differs && end_a.at == end_b.at && end_a.root == end_b.root;
  if (result.equal) return result;
  if (parted.differs) {
    result.first = FirstSearch(a, b, parted, limits, on_the_way).run();
  } else {
    const Step last = a.journal.last_step();
    const bool clocks = end_a.at != end_b.at;
    result.first = FirstDifference{.how = clocks ? Parted::clock : Parted::state,
                                   .step = clocks ? last + 1 : last,
                                   .same = parted.same};
  }
  compare_states(a, b, at, limits, on_the_way, result);
  result.inputs = input_difference(a.journal, b.journal, limits.inputs);
  return result;
}

}  // namespace reprise
