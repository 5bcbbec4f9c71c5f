#include "replay/branch.hpp"

#include <algorithm>
#include <deque>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/json.hpp"
#include "replay/lineage.hpp"

namespace reprise {

namespace {

constexpr Step never = std::numeric_limits<Step>::max();

/// What was recorded behind a place in history.
struct Recorded {
  std::deque<Input> edits;
  std::uint64_t seq_end = 0;  // beyond all numbers of its inputs
};

using ChangedInputs = std::map<std::uint64_t, std::optional<Payload>>;

/// Makes `input` of that number what it is to be; says whether it comes at all.
bool change(const ChangedInputs& changed, std::uint64_t number, Input& input) {
  const auto other = changed.find(number);
  if (other == changed.end()) return true;
  if (other->second) input.payload = *other->second;
  return other->second.has_value();
}

Recorded recorded_after(HistoryInputs inputs, const ChangedInputs& changed) {
  Recorded recorded;
  const std::uint64_t first = inputs.number() + 1;
  while (std::optional<Input> input = inputs.next()) {
    recorded.seq_end = std::max(recorded.seq_end, *input->seq + 1);
    if (!input->after || !change(changed, inputs.number(), *input)) continue;
    recorded.edits.push_back(std::move(*input));
  }
  for (const auto& [number, other] : changed) {
    if (number >= first && number <= inputs.number()) continue;
    throw std::invalid_argument("no recorded input that is still to come has the number " +
                                std::to_string(number));
  }
  return recorded;
}

/// A branch's own inputs among the recorded ones, by time; edits are left out, for where their
/// steps lie in time only the branch knows.
class BranchInputs final : public InputSource {
 public:
  /// Without `recorded` the own ones alone.
  BranchInputs(std::vector<Input> own, std::optional<HistoryInputs> recorded, ChangedInputs changed)
      : own_(std::make_move_iterator(own.begin()), std::make_move_iterator(own.end())),
        recorded_(std::move(recorded)),
        changed_(std::move(changed)) {
    read_on();
  }

  std::optional<Input> next() override {
    gave_own_ = !own_.empty() && (!ahead_ || ahead_->at > own_.front().at);
    if (!gave_own_) {
      std::optional<Input> input = std::exchange(ahead_, std::nullopt);
      if (input) read_on();
      return input;
    }
    Input input = std::move(own_.front());
    own_.pop_front();
    return input;
  }

  /// Whether the last one was the branch's own.
  bool gave_own() const { return gave_own_; }

 private:
  void read_on() {
    if (!recorded_) return;
    do {
      ahead_ = recorded_->next();
    } while (ahead_ && (ahead_->after || !change(changed_, recorded_->number(), *ahead_)));
  }

  std::deque<Input> own_;
  std::optional<HistoryInputs> recorded_;
  ChangedInputs changed_;
  std::optional<Input> ahead_;
  bool gave_own_ = false;
};

/// Does `live`, which takes up an input. Where that `is_recorded` and the world refuses it, the
/// plan is not at fault.
template <class IsRecorded, class Live>
auto take_up(const Journal& journal, const IsRecorded& is_recorded, const Live& live) {
  const auto refuse = [&](const std::exception& error) {
    if (!is_recorded()) throw;
    throw JournalError(journal.path().string(),
                       std::string("a recorded input does not fit the branch: ") + error.what(),
                       "--no-inputs leaves them out");
  };
  try {
    return live();
  } catch (const std::invalid_argument& error) {
    refuse(error);
    throw;
  } catch (const FieldError& error) {
    refuse(error);
    throw;
  }
}

/// Runs to `limit`, and applies the recorded `edits` each after its step.
RunEnd run(const Journal& journal, Simulation& world, BranchInputs& inputs, std::deque<Input> edits,
           const RunLimit& limit, const std::function<bool(Step)>& interrupted) {
  Session session(world, inputs);
  const auto asks = [&] { return interrupted && interrupted(world.steps()); };
  for (;;) {
    const Step stop = edits.empty() ? never : *edits.front().after;
    const auto recorded = [&] { return !inputs.gave_own(); };
    const RunEnd end = take_up(journal, recorded, [&] {
      return session.run({.until = limit.until, .steps = std::min(limit.steps, stop)}, asks);
    });
    if (end != RunEnd::steps) return end;
    for (; !edits.empty() && *edits.front().after == world.steps(); edits.pop_front()) {
      Input& edit = edits.front();
      const std::optional<Time> next = session.next_at();
      const bool elsewhere = edit.at < world.now() || (next && *next < edit.at);
      if (elsewhere) edit.at = world.now();  // the branch is at another time there
      if (edit.at > limit.until) {
        world.stand_at(limit.until);
        return RunEnd::until;
      }
      take_up(
          journal, [] { return true; }, [&] { world.edit(edit); });
    }
    if (world.stopped()) return RunEnd::stopped;
    if (world.steps() >= limit.steps) return RunEnd::steps;
  }
}

ParentLink link_to(const HistoryInputs& taken, const Simulation& there) {
  const Journal& parent = *taken.stretch().journal;
  return {.header = parent.name(),
          .inputs = first_inputs(parent, taken.given()).digest,
          .input_count = taken.given(),
          .step = there.steps(),
          .prefix = there.prefix()};
}

void expect_possible(const Input& input, const Simulation& there) {
  const std::string what =
      "an input of kind " + std::string(input.payload.type().name) + " is for ";
  const bool past =
      input.at < there.now() || (there.steps() != 0 && input.at == there.last_key().at);
  if (past) {
    throw std::invalid_argument(what + to_string(input.at) + ", and the branch begins at " +
                                to_string(there.now()) + "; it takes a later time");
  }
}

}  // namespace

RunLimit limit_of(const Journal& journal) {
  if (!journal.seal()) return {.steps = journal.last_step()};
  const Seal& seal = *journal.seal();
  return seal.end == RunEnd::interrupted ? RunLimit{.steps = seal.step} : seal.limit;
}

RecordedBranch record_branch(const Journal& journal, const Simulation& there, BranchPlan plan,
                             const std::filesystem::path& path, bool overwrite,
                             const KeyframePolicy& keyframes,
                             const std::function<bool(Step)>& interrupted) {
  const Catalog& catalog = there.catalog();
  if (!journal.expect_schema(catalog).empty()) {
    throw JournalError(journal.path().string(),
                       "was recorded with earlier kinds, so nothing proves where it is left",
                       "use the program that recorded it");
  }
  HistoryInputs inputs(journal, catalog);
  inputs.pass_taken(there, true);
  JournalHeader header = inputs.stretch().journal->header();
  header.parent = link_to(inputs, there);
  if (!plan.recorded_inputs && !plan.changed.empty()) {
    throw std::invalid_argument("a recorded input is changed, and none is to come");
  }
  Recorded recorded = recorded_after(inputs, plan.changed);
  if (!plan.recorded_inputs) recorded.edits.clear();

  // Numbers that the recorded inputs do not use, whether they come or not: where one branch leaves
  // them out and another drops each, the same is the same. Where there are none the world gives
  // them.
  std::uint64_t seq = recorded.seq_end;
  const auto number = [&](Input& input) {
    input.producer = "branch";
    input.producer_seq = 0;
    input.key.clear();
    input.resendable = false;
    if (recorded.seq_end != 0) input.seq = seq++;
  };
  std::vector<Input> edits;
  for (Payload& payload : plan.edits) {
    Input& edit = edits.emplace_back();
    edit.at = there.now();
    edit.after = there.steps();
    edit.payload = std::move(payload);
    number(edit);
  }
  for (const Input& input : plan.inputs) expect_possible(input, there);
  std::ranges::stable_sort(plan.inputs, {}, &Input::at);
  std::ranges::for_each(plan.inputs, number);

  Simulation world(catalog, there.seed());
  {
    Bytes state;
    Encoder out(state);
    there.save(out);
    Decoder in(state);
    world.restore(in);
  }
  PageNumbers pages = inherited_pages(*inputs.stretch().journal, there.steps());
  RecordedBranch branch{.parent = inputs.stretch().journal->path(), .seal = {}};
  const ScenarioSource source{branch.parent.filename().string(), ""};
  JournalWriter writer(path, header, source, overwrite, WorkOn::thread);
  try {
    writer.inherit_pages(std::move(pages));
    Recorder recorder(world, writer, {.keyframes = keyframes}, edits);
    BranchInputs all(std::move(plan.inputs),
                     plan.recorded_inputs ? std::optional(std::move(inputs)) : std::nullopt,
                     std::move(plan.changed));
    try {
      const RunEnd end = run(journal, world, all, recorded.edits, plan.limit, interrupted);
      branch.seal = recorder.finish(end, plan.limit);
    } catch (const AgentFailure& failure) {
      branch.seal = recorder.finish(RunEnd::failed, plan.limit, &failure);
    }
  } catch (...) {
    writer.discard();
    throw;
  }
  branch.bytes = writer.bytes();
  return branch;
}

}  // namespace reprise
