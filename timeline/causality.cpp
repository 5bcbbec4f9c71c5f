#include "timeline/causality.hpp"

#include <algorithm>
#include <utility>

#include "engine/network.hpp"
#include "timeline/timeline.hpp"

namespace reprise {

namespace {

constexpr Step stretch_max = Step{1} << 22;
constexpr Step steps_between_looks = 4096;

/// Notes what has to be known of the steps after `first` to follow causes back through them.
class StretchNotes final : public Observer {
 public:
  struct Birth {
    Step step = 0;
    std::uint32_t count_before = 0;
    std::uint32_t count_after = 0;
  };

  /// An input that the world itself obeys, as a step or, an edit, after it.
  struct Control {
    Step step = 0;
    AgentId agent{};  // that it touches; if it is the world, none or all
    bool all = false;
    bool edit = false;
  };

  StretchNotes(const Simulation& world, Step first)
      : world_(world), first_(first), agents_(world.agent_count()), causes_(world) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  bool done() const { return false; }

  void on_input(const Input& taken, Step step) override {
    if (taken.to != world_id || step < first_ || (step == first_ && !taken.after)) return;
    Control control{.step = step, .edit = taken.after.has_value()};
    if (const SetField* set = taken.payload.as<SetField>()) {
      control.agent = world_.find(set->agent).value_or(world_id);
    }
    if (const Reseed* reseed = taken.payload.as<Reseed>()) {
      control.all = reseed->agent.empty();
      if (!control.all) control.agent = world_.find(reseed->agent).value_or(world_id);
    }
    controls_.push_back(control);
  }

  void on_delivery(const Delivery& delivery) override {
    const Event& event = delivery.event;
    const std::optional<Step> cause = causes_.deliver(delivery);
    const std::uint32_t agents = std::exchange(agents_, world_.agent_count());
    if (delivery.step <= first_) return;
    if (agents != agents_) births_.push_back({delivery.step, agents, agents_});
    Place place{.to = number(event.to)};
    if (event.key.from == world_id) {
      place.cause = event.kind == &message_type<Start>() || delivery.again ? start : input;
    } else if (cause && *cause > first_) {
      place.cause = static_cast<std::uint32_t>(*cause - first_);
    } else {
      place.cause = earlier;
      earlier_.emplace_back(delivery.step, SentMessage{event.key.from, event.key.seq});
    }
    places_.push_back(place);
  }

  AgentId to(Step step) const { return AgentId{place(step).to}; }
  bool is_start(Step step) const { return place(step).cause == start; }
  bool is_input(Step step) const { return place(step).cause == input; }

  /// The step in which the event of `step`, one of an agent, was sent; nothing if that is none of
  /// these.
  std::optional<Step> cause(Step step) const {
    if (place(step).cause == earlier) return std::nullopt;
    return first_ + place(step).cause;
  }

  /// Its message, where that is so.
  const SentMessage& message(Step step) const {
    return std::ranges::lower_bound(earlier_, step, {}, &std::pair<Step, SentMessage>::first)
        ->second;
  }

  /// The messages that are under way where the notes end, with the steps in which they were sent.
  const StepsOfMessages& under_way() const { return causes_.pending(); }

  /// Both in their order; edits come with the step after which they do, the first one included.
  const std::vector<Birth>& births() const { return births_; }
  const std::vector<Control>& controls() const { return controls_; }

 private:
  static constexpr std::uint32_t start = 0xffffffff;
  static constexpr std::uint32_t input = 0xfffffffe;
  static constexpr std::uint32_t earlier = 0xfffffffd;

  struct Place {
    std::uint32_t cause = 0;  // a step, counted from first_, or one of the three
    std::uint32_t to = 0;
  };

  const Place& place(Step step) const { return places_.at(step - first_ - 1); }

  const Simulation& world_;
  Step first_;
  std::uint32_t agents_;
  Causes causes_;
  std::vector<Place> places_;  // of the steps from first_ + 1 on
  std::vector<std::pair<Step, SentMessage>> earlier_;
  std::vector<Birth> births_;
  std::vector<Control> controls_;
};

/// Keeps the events of some steps, the last of which comes first.
class Keeper final : public Observer {
 public:
  Keeper(const Simulation& world, std::vector<Step> steps)
      : world_(world), steps_(std::move(steps)) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  bool done() const { return steps_.empty(); }

  void on_delivery(const Delivery& delivery) override {
    if (steps_.empty() || steps_.back() != delivery.step) return;
    steps_.pop_back();
    events.push_back(kept(delivered_in(world_, delivery)));
  }

  std::vector<KeptEvent> events;  ///< In the order of their steps.

 private:
  const Simulation& world_;
  std::vector<Step> steps_;
};

/// Keeps the event of a step and what it caused.
class Follower final : public Observer {
 public:
  Follower(const Simulation& world, Step step, std::size_t events_max)
      : began(world.steps()), world_(world), step_(step), events_max_(events_max), causes_(world) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  bool done() const {
    return !found.events.empty() && (found.under_way == 0 || found.events.size() > events_max_);
  }

  void on_delivery(const Delivery& delivery) override {
    const std::size_t before = causes_.pending().size();
    const std::optional<Step> cause = causes_.deliver(delivery);
    const std::size_t sent = causes_.pending().size() - before + (cause ? 1 : 0);
    const bool is_first = delivery.step == step_;
    const auto is_kept = [&](Step step) {
      return std::ranges::binary_search(found.events, step, {},
                                        [](const KeptEvent& each) { return each.event.step; });
    };
    if (done() || (!is_first && !(cause && is_kept(*cause)))) return;
    const EventKey& key = delivery.event.key;
    if (is_first && !cause && key.from != world_id) message = {key.from, key.seq};
    found.events.push_back(kept(delivered_in(world_, delivery)));
    found.events.back().event.cause = cause;
    found.under_way += sent;
    if (!is_first) --found.under_way;
  }

  Step began;
  Consequences found;
  std::optional<SentMessage> message;  ///< Of the event of the step, if it was sent before `began`.

 private:
  const Simulation& world_;
  Step step_;
  std::size_t events_max_;
  Causes causes_;
};

/// A world that was lived up to a step, and who looked on.
template <class Looker>
struct Watched {
  Watched(const RecordedHistory& history, Step start)
      : player(history.journal, history.catalog, history.factory, start) {}

  CheckedPlayer player;
  std::unique_ptr<Looker> looker;
};

/// Lives from the keyframe at or before `first` up to `last`, or until the looker has done.
template <class Looker, class... More>
std::unique_ptr<Watched<Looker>> watch(const RecordedHistory& history, Step first, Step last,
                                       const OnTheWay& on_the_way, const More&... more) {
  for (Step start = first;; start = 0) {
    auto watched = std::make_unique<Watched<Looker>>(history, start);
    CheckedPlayer& player = watched->player;
    watched->looker = std::make_unique<Looker>(player.world(), more...);
    player.observe(*watched->looker);
    try {
      for (Step before = last + 1; player.world().steps() < last && !watched->looker->done();) {
        if (before == player.world().steps()) break;  // it has ended: where kinds are lifted
        before = player.world().steps();
        player.run_to(std::min(last, before + steps_between_looks), time_max, {});
        if (on_the_way) on_the_way(player.world().steps());
      }
      if (player.world().steps() < last && !watched->looker->done()) {
        throw PositionError(to_string(Position(last)) +
                            " is beyond the end of the history as upcasters have it: it has " +
                            std::to_string(player.world().steps()) + " steps");
      }
      return watched;
    } catch (const DivergenceError&) {
      if (player.began() == 0) throw;
      // A keyframe proves nothing: what counts is the history from its start.
    }
  }
}

void expect_event(const RecordedHistory& history, Step step) {
  expect_position(history.journal, step);
  if (step != 0) return;
  throw PositionError("step 0 is before the first event; events are numbered from 1 to " +
                      std::to_string(history.journal.last_step()));
}

/// Where the stretch begins that goes up to `last`.
Step begin_of_stretch(const HistoryKeyframes& keyframes, Step last) {
  const auto place = keyframes.find(last - 1);
  const Step least = last - std::min(last, stretch_max);
  return place ? std::max(place->step, least) : least;
}

/// A causal past, while it is followed back from stretch to stretch.
class Past {
 public:
  /// Of the event of `step`.
  Past(Step step, std::size_t inputs_max) : step_(step), inputs_max_(inputs_max) {}

  /// Who lives on which node of `world`, in which all agents have been born.
  void find_nodes(const Simulation& world) {
    network_ = world.network_id();
    if (network_ == world_id) return;
    const Network& network = *world.agent<Network>(network_);
    for (const Network::Member& each : network.members) nodes_.push_back(each.node);
    until_of_node_.resize(network.nodes.size());
  }

  /// Goes back through the steps after `first` up to `last`.
  void follow(const StretchNotes& notes, Step first, Step last) {
    resolve(notes.under_way());
    const auto& controls = notes.controls();
    auto control = controls.rbegin();
    // Edits after the last step were those of the stretch after it, or come after the event.
    while (control != controls.rend() && control->edit && control->step == last) ++control;
    auto birth = notes.births().rbegin();
    for (Step step = last;; --step) {
      for (; control != controls.rend() && control->edit && control->step == step; ++control) {
        count_input(step, touches(*control, step + 1));
      }
      if (step == first) return;
      for (; birth != notes.births().rend() && birth->step == step; ++birth) {
        for (std::uint32_t id = birth->count_before; id < birth->count_after; ++id) {
          if (until(AgentId{id + 1}) >= step) reach(notes.to(step), step);
        }
      }
      const AgentId to = notes.to(step);
      bool is_in = step == step_ || (to != world_id && until(to) >= step);
      if (control != controls.rend() && !control->edit && control->step == step) {
        is_in = is_in || touches(*control, step + 1);
        ++control;
      }
      if (notes.is_input(step)) count_input(step, is_in);
      if (!is_in) continue;
      ++past_.events_count;
      if (to != world_id) {
        reach(to, step);
        reach_surroundings(to, step);
      }
      if (notes.is_input(step) || notes.is_start(step)) continue;
      if (const std::optional<Step> cause = notes.cause(step)) {
        reach(notes.to(*cause), *cause);
      } else {
        sought_.insert(notes.message(step));
      }
    }
  }

  /// The answer, once the first step has been followed; the inputs are of `history` and the names
  /// of `world`, in which all agents have been born.
  CausalPast finish(const RecordedHistory& history, const Simulation& world) {
    past_.inputs_before = inputs_seen_;
    for (std::size_t i = 0; i < until_.size(); ++i) {
      if (until_[i] != 0) {
        past_.agents.push_back(world.name_of(AgentId{static_cast<std::uint32_t>(i) + 1}));
      }
    }
    std::ranges::reverse(past_.inputs);
    HistoryInputs inputs(history.journal, history.catalog);
    std::uint64_t number = 0;
    for (CausalPast::Cause& cause : past_.inputs) {
      cause.number = inputs_seen_ - cause.number;  // it was counted from the other end
      std::optional<Input> input;
      for (; number < cause.number; ++number) input = inputs.next();
      if (!input) throw JournalError(history.journal.path().string(), "holds too few inputs");
      cause.input = std::move(*input);
      cause.to = cause.input.to == world_id ? "world" : world.name_of(cause.input.to);
    }
    return std::move(past_);
  }

 private:
  /// The last step as which something that went to the agent is in it; 0 if nothing is.
  Step until(AgentId agent) const {
    const std::size_t index = number(agent) - std::size_t{1};
    Step last = index < until_.size() ? until_[index] : 0;
    if (agent == network_) last = std::max(last, until_of_network_);
    const std::uint32_t node = node_of(agent);
    if (node != Network::nowhere) last = std::max(last, until_of_node_[node]);
    return last;
  }

  void reach(AgentId agent, Step step) {
    const std::size_t index = number(agent) - std::size_t{1};
    if (index >= until_.size()) until_.resize(index + 1);
    until_[index] = std::max(until_[index], step);
  }

  /// What becomes of an agent hangs on what the network was told by then, and when a message of one
  /// on a node arrives on what others on that node sent the same way.
  void reach_surroundings(AgentId agent, Step step) {
    const std::uint32_t node = node_of(agent);
    if (node != Network::nowhere) until_of_node_[node] = std::max(until_of_node_[node], step);
    until_of_network_ = std::max(until_of_network_, step);
  }

  std::uint32_t node_of(AgentId agent) const {
    const std::size_t index = number(agent) - std::size_t{1};
    return index < nodes_.size() ? nodes_[index] : Network::nowhere;
  }

  /// Whether it touches an agent of which something from `step` on is in it.
  bool touches(const StretchNotes::Control& control, Step step) const {
    if (control.all) return !until_.empty();
    return control.agent != world_id && until(control.agent) >= step;
  }

  void count_input(Step step, bool is_in) {
    if (is_in) {
      ++past_.inputs_count;
      if (past_.inputs.size() < inputs_max_) {
        past_.inputs.push_back({.number = inputs_seen_, .step = step, .input = {}});
      }
    }
    ++inputs_seen_;
  }

  /// Finds in which steps the messages sought were sent, as far as that is among `under_way`.
  void resolve(const StepsOfMessages& under_way) {
    erase_if(sought_, [&](const SentMessage& message) {
      const auto found = under_way.find(message);
      if (found == under_way.end()) return false;
      reach(message.from, found->second);
      return true;
    });
  }

  Step step_;
  std::size_t inputs_max_;
  CausalPast past_;
  std::vector<Step> until_;  // by id - 1
  AgentId network_ = world_id;
  std::vector<std::uint32_t> nodes_;  // by id - 1
  std::vector<Step> until_of_node_;
  Step until_of_network_ = 0;
  MessageSet sought_;  // sent before what was followed
  std::uint64_t inputs_seen_ = 0;
};

}  // namespace

CausalChain causal_chain(const RecordedHistory& history, Step step, std::size_t events_max,
                         const OnTheWay& on_the_way) {
  expect_event(history, step);
  const HistoryKeyframes keyframes(history.journal);
  CausalChain chain;
  std::vector<std::optional<Step>> causes;  // of the nearest
  std::optional<Step> next = step;          // nothing where only its message is known
  SentMessage sought;
  bool whole = false;
  for (Step last = step; !whole;) {
    const Step first = begin_of_stretch(keyframes, last);
    const auto stretch = watch<StretchNotes>(history, first, last, on_the_way, first);
    const StretchNotes& notes = *stretch->looker;
    if (!next) {
      const auto found = notes.under_way().find(sought);
      if (found != notes.under_way().end()) next = found->second;
      if (!next && first == 0) {
        throw JournalError(history.journal.path().string(),
                           "a keyframe has a message that nobody sent");
      }
    }
    std::vector<Step> here;
    while (!whole && next && *next > first) {
      const Step link = *next;
      if (chain.length != 0 && chain.length <= causes.size()) causes[chain.length - 1] = link;
      ++chain.length;
      whole = notes.is_input(link) || notes.is_start(link);
      if (causes.size() < events_max) causes.emplace_back();
      if (causes.size() == chain.length || whole) here.push_back(link);
      if (whole) break;
      next = notes.cause(link);
      if (!next) sought = notes.message(link);
    }
    if (!here.empty()) {
      auto keeper = watch<Keeper>(history, here.back() - 1, here.front(), on_the_way, here);
      std::vector<KeptEvent>& events = keeper->looker->events;
      chain.events.insert(chain.events.end(), events.rbegin(), events.rend());
    }
    last = next.value_or(first);
  }
  for (std::size_t i = 0; i < causes.size(); ++i) chain.events[i].event.cause = causes[i];
  return chain;
}

Consequences consequences(const RecordedHistory& history, Step step, std::size_t events_max,
                          const OnTheWay& on_the_way) {
  expect_event(history, step);
  const Step last = history.journal.last_step();
  const auto watched = watch<Follower>(history, step - 1, last, on_the_way, step, events_max);
  Follower& follower = *watched->looker;
  Consequences found = std::move(follower.found);
  found.complete = found.under_way == 0 || found.events.size() <= events_max;
  if (follower.message) {
    found.events.front().event.cause =
        EarlierCauses(history.journal, history.catalog, history.factory, follower.began)
            .find(*follower.message);
  }
  return found;
}

CausalPast causal_past(const RecordedHistory& history, Step step, std::size_t inputs_max,
                       const OnTheWay& on_the_way) {
  expect_event(history, step);
  const HistoryKeyframes keyframes(history.journal);
  Past past(step, inputs_max);
  std::unique_ptr<Watched<StretchNotes>> latest;  // its world has the names
  for (Step last = step; last != 0;) {
    const Step first = begin_of_stretch(keyframes, last);
    auto stretch = watch<StretchNotes>(history, first, last, on_the_way, first);
    if (last == step) past.find_nodes(stretch->player.world());
    past.follow(*stretch->looker, first, last);
    if (!latest) latest = std::move(stretch);
    last = first;
  }
  return past.finish(history, latest->player.world());
}

}  // namespace reprise
