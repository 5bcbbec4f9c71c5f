#include "tools/input_edits.hpp"

#include <boost/program_options/value_semantic.hpp>
#include <map>
#include <optional>
#include <utility>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "tools/input_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

using Number = std::uint64_t;
using Texts = std::vector<std::string>;

struct Change {
  std::string option;  // as it was given
  std::string path;
  std::string value;
};

/// All that is to be done to one input.
struct Wishes {
  std::string option;  // the first of them, as it was given
  bool drop = false;
  std::vector<Change> changes;
  std::optional<Duration> delay;
};

using WishesByNumber = std::map<Number, Wishes>;

std::string as_given(const char* option, const std::string& text) {
  return "--" + std::string(option) + " " + shell_word(text);
}

Wishes& wishes_of(WishesByNumber& all, const std::string& option, const std::string& number) {
  const std::optional<Number> parsed = parse_number<Number>(number);
  if (!parsed || *parsed == 0) {
    throw UsageError(option + ": '" + number +
                     "' is no number of an input; `reprise inputs` lists them");
  }
  Wishes& wishes = all[*parsed];
  if (wishes.option.empty()) wishes.option = option;
  if (wishes.drop) {
    throw UsageError(option + ": input " + number + " is dropped already; leave one of them out");
  }
  return wishes;
}

void add_change(WishesByNumber& all, const std::string& text) {
  const std::string option = as_given("change-input", text);
  const std::size_t equals = text.find('=');
  const std::size_t dot = text.find('.');
  if (equals == std::string::npos || dot == std::string::npos || dot + 1 >= equals) {
    throw UsageError(option + ": takes N.PATH=VALUE, such as 12.price=100");
  }
  wishes_of(all, option, text.substr(0, dot))
      .changes.push_back({option, text.substr(dot + 1, equals - dot - 1), text.substr(equals + 1)});
}

void add_delay(WishesByNumber& all, const std::string& text) {
  const std::string option = as_given("delay-input", text);
  const std::size_t equals = text.find('=');
  const auto delay =
      equals == std::string::npos ? std::nullopt : parse_duration(text.substr(equals + 1));
  if (!delay || delay->count() <= 0) {
    throw UsageError(option + ": takes N=DURATION, such as 12=5ms; only later is possible");
  }
  const std::string number = text.substr(0, equals);
  Wishes& wishes = wishes_of(all, option, number);
  if (wishes.delay) throw UsageError(option + ": input " + number + " is delayed already; add up");
  wishes.delay = delay;
}

void add_drop(WishesByNumber& all, const std::string& text) {
  const std::string option = as_given("drop-input", text);
  Wishes& wishes = wishes_of(all, option, text);
  if (!wishes.changes.empty() || wishes.delay) {
    throw UsageError(option + ": the input is changed or delayed, too; leave one of them out");
  }
  wishes.drop = true;
}

WishesByNumber wishes_in(const Invocation& call) {
  WishesByNumber all;
  for (const std::string& text : call.list("change-input")) add_change(all, text);
  for (const std::string& text : call.list("delay-input")) add_delay(all, text);
  for (const std::string& text : call.list("drop-input")) add_drop(all, text);
  return all;
}

void make(const Change& change, Payload& payload) {
  try {
    const FieldPlace place = field_at(*payload.type().fields, payload.data(), change.path);
    from_json(*place.type, place.object, json_or_text(change.value));
  } catch (const FieldError& error) {
    throw UsageError(change.option + ": " + error.what() + "; the message is a " +
                     std::string(payload.type().name) + ", and `reprise inputs` shows it");
  }
}

/// When the input comes, which is not after the end of the branch.
Time delayed(const Input& input, const Wishes& wishes, const RunLimit& limit) {
  const Duration delay = wishes.delay.value_or(Duration());
  const bool never = delay > time_max - input.at;
  if (!never && input.at + delay <= limit.until) return input.at + delay;
  const std::string when = never ? "the end of time" : readable(input.at + delay);
  throw UsageError(wishes.option + ": the input is for " + when + ", and the branch ends at " +
                   readable(limit.until) + "; --until goes further");
}

void add(Number number, const Wishes& wishes, Input input, const Simulation& there,
         BranchPlan& plan, Texts& words) {
  const std::string name = "input " + std::to_string(number) + " (" + in_words(input, there) + ")";
  if (input.after && !wishes.drop) {
    throw UsageError(wishes.option + ": " + name +
                     " is an edit; --drop-input leaves it out, and --set and --reseed make others");
  }
  const Time at = delayed(input, wishes, plan.limit);
  if (wishes.drop) words.push_back("drop " + name);
  for (const Change& change : wishes.changes) {
    make(change, input.payload);
    words.push_back("change " + name + ": " + change.path + " = " + change.value);
  }
  if (!wishes.delay) {
    plan.changed.emplace(number,
                         wishes.drop ? std::nullopt : std::optional(std::move(input.payload)));
    return;
  }
  // It comes among others, under numbers that are not its own: it is the branch's.
  words.push_back("delay " + name + " by " + readable(*wishes.delay));
  plan.changed.emplace(number, std::nullopt);
  Input later;
  later.at = at;
  later.to = input.to;
  later.payload = std::move(input.payload);
  plan.inputs.push_back(std::move(later));
}

[[noreturn]] void refuse_past(const std::string& option, Number number, const Journal& journal,
                              const Simulation& there) {
  HistoryInputs inputs(journal, there.catalog());
  std::optional<Input> input;
  while (inputs.number() < number) input = inputs.next();
  throw UsageError(option + ": input " + std::to_string(number) + " (" + in_words(*input, there) +
                   ") has taken effect where the branch begins, at step " +
                   std::to_string(there.steps()) + " and " + readable(there.now()) +
                   "; --at takes an earlier moment");
}

}  // namespace

void declare_input_edits(po::options_description& options) {
  options.add_options()  //
      ("drop-input", po::value<Texts>()->value_name("N"),
       "leave out recorded input N; `inputs` lists them with their numbers")  //
      ("change-input", po::value<Texts>()->value_name("N.PATH=VALUE"),
       "change a field of the message that is input N (12.price=100)")  //
      ("delay-input", po::value<Texts>()->value_name("N=DURATION"),
       "let input N come so much later (12=5ms), after others of that time");
}

void add_input_edits(const Invocation& call, const Journal& journal, const Simulation& there,
                     BranchPlan& plan, Texts& words) {
  const WishesByNumber all = wishes_in(call);
  if (all.empty()) return;
  if (!plan.recorded_inputs) {
    throw UsageError(all.begin()->second.option +
                     ": --no-inputs leaves out every recorded input; leave one of them out");
  }
  HistoryInputs inputs(journal, there.catalog());
  inputs.pass_taken(there, true);
  for (const auto& [number, wishes] : all) {
    if (number <= inputs.number()) refuse_past(wishes.option, number, journal, there);
    std::optional<Input> input;
    while (inputs.number() < number) {
      input = inputs.next();
      if (input) continue;
      throw UsageError(
          wishes.option + ": the history has " + std::to_string(inputs.number()) + " inputs; `" +
          shell_line({call.program, "inputs", journal.path().string()}) + "` lists them");
    }
    add(number, wishes, std::move(*input), there, plan, words);
  }
}

}  // namespace reprise
