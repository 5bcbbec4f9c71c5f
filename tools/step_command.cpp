#include <algorithm>
#include <array>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <csignal>
#include <functional>
#include <utility>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "timeline/timeline.hpp"
#include "tools/agent_lines.hpp"
#include "tools/cli.hpp"
#include "tools/command.hpp"
#include "tools/expression_text.hpp"
#include "tools/field_table.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/position_option.hpp"
#include "tools/progress.hpp"
#include "tools/prompt.hpp"
#include "tools/readable.hpp"
#include "tools/suggestion.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

constexpr std::size_t names_max = 10'000;  // that are completed

void declare(po::options_description& options) {
  options.add_options()("at", po::value<std::string>()->value_name("A")->default_value("0"),
                        "where to begin: a step (12345), a time (300ms) or end");
  declare_parents(options);
}

/// "market.fill from exchange to trader[3] {...}"
std::string in_words(const DeliveredEvent& event) {
  const Type& fields = *event.kind->fields;
  return std::string(event.kind->name) + " from " + event.from + " to " + event.to +
         (event.dropped ? ", which did not get it, " : " ") +
         json_text(readable(fields, to_json(fields, event.message)));
}

/// A walk through a recorded run, by words.
class Walk {
 public:
  Walk(const Invocation& call, const Journal& journal, Timeline& timeline)
      : call_(call), journal_(journal), timeline_(timeline) {}

  void begin() {
    if (const auto position = find_position(call_, "at")) seek(*position);
    show();
  }

  /// Does what a line says; false if that is to end the walk. Throws UsageError, PositionError and
  /// DivergenceError, and Refused where a command of the program did not come to an answer.
  bool obey(const std::string& line);

  struct Refused {
    std::string command;
    ExitCode code;
  };

  bool interrupted() const { return interrupted_; }  ///< The last move was.

  /// For a line that has been begun.
  std::vector<std::string> candidates(const std::string& line) const;

 private:
  struct Verb {
    const char* name;
    const char* argument;
    const char* about;
    void (Walk::*act)(const std::string& rest);
  };
  static const std::array<Verb, 11> verbs;

  const Simulation& world() const { return timeline_.world(); }

  /// Makes a move, which is told what to ask on the way.
  template <class Move>
  void go(const Move& move) {
    const InterruptGuard guard;
    Progress progress("step");
    move([&] {
      const double last = static_cast<double>(std::max<Step>(journal_.last_step(), 1));
      progress.show(static_cast<double>(world().steps()) / last, world().steps());
      return InterruptGuard::asked();
    });
    interrupted_ = InterruptGuard::asked();
    place_ = std::to_string(world().steps());
  }

  void seek(const Position& position) {
    go([&](const auto& asked) { timeline_.seek(position, asked); });
    if (!interrupted_) place_ = to_string(position);
  }

  Step count(const std::string& text) const {
    if (text.empty()) return 1;
    if (const auto steps = parse_number<Step>(text)) return *steps;
    throw UsageError("a number of steps is expected, not '" + text + "'");
  }

  void show();
  void search(Direction direction, const std::string& text);
  void call_program(const char* command, std::vector<std::string> words);
  ExitCode call_cli(std::vector<std::string> words);

  void next(const std::string& rest) {
    go([&](const auto& asked) { timeline_.forward(count(rest), asked); });
    show();
  }
  void back(const std::string& rest) {
    go([&](const auto& asked) { timeline_.back(count(rest), asked); });
    show();
  }
  void at(const std::string& rest) {
    const std::optional<Position> position = parse_position(rest);
    if (!position) {
      throw UsageError("at takes a step (12345), a time with its unit (300ms) or end, not '" +
                       rest + "'");
    }
    seek(*position);
    show();
  }
  void until(const std::string& rest) { search(Direction::forward, rest); }
  void back_until(const std::string& rest) { search(Direction::back, rest); }
  void print_what(const std::string& rest);
  void why(const std::string& rest);
  void fork(const std::string& rest);
  void diff(const std::string& rest);
  void help(const std::string& rest);
  void quit(const std::string&) { ended_ = true; }

  const Invocation& call_;
  const Journal& journal_;
  Timeline& timeline_;
  std::string place_ = "0";   // as a position
  bool interrupted_ = false;  // the last move
  bool ended_ = false;
};

constexpr std::array<Walk::Verb, 11> Walk::verbs{
    {{"n", "[N]", "N steps on, or one", &Walk::next},
     {"b", "[N]", "N steps back, or one", &Walk::back},
     {"at", "A", "to a step (12345), a time (300ms) or end", &Walk::at},
     {"c", "EXPR", "on until it becomes true: c trader[3].cash < 0", &Walk::until},
     {"rc", "EXPR", "back to where it became true", &Walk::back_until},
     {"p", "WHAT", "print an agent (p trader[3]), a field or what an expression comes to",
      &Walk::print_what},
     {"w", "[STEP] [OPTIONS]", "why: what the event of this step came from", &Walk::why},
     {"fork", "OPTIONS", "a branch from here: fork -o b.rpj --set trader[3].cash=0", &Walk::fork},
     {"diff", "JOURNAL [OPTIONS]", "where this run and another part", &Walk::diff},
     {"help", "[COMMAND]", "this list, or the help of a command of the program", &Walk::help},
     {"q", "", "end", &Walk::quit}}};

bool Walk::obey(const std::string& line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  if (begin == std::string::npos || line[begin] == '#') return true;
  const std::size_t end = std::min(line.find_first_of(" \t", begin), line.size());
  const std::string name = line.substr(begin, end - begin);
  const std::size_t rest = line.find_first_not_of(" \t", end);
  const std::size_t last = line.find_last_not_of(" \t");
  const auto verb = std::ranges::find(verbs, name, &Verb::name);
  if (verb == verbs.end()) {
    std::vector<std::string> names;
    for (const Verb& each : verbs) names.emplace_back(each.name);
    throw UsageError("there is no '" + name + "' here" + suggestion(name, names) +
                     "; help lists what there is");
  }
  const std::string argument = rest == std::string::npos ? "" : line.substr(rest, last - rest + 1);
  if (*verb->argument == '\0' && !argument.empty()) {
    throw UsageError(name + " stands alone, without '" + argument + "'");
  }
  (this->*verb->act)(argument);
  return !ended_;
}

void Walk::show() {
  std::string text = "step " + grouped(world().steps()) + " at " + readable(world().now());
  if (interrupted_) text += ", interrupted";
  if (const auto event = timeline_.delivered()) text += ": " + in_words(event->event);
  print(printable(text));
}

void Walk::search(Direction direction, const std::string& text) {
  if (text.empty()) throw UsageError("an expression is missing: c trader[3].cash < 0");
  FollowedExpression expression(read_world_expression("the expression", text, world()));
  std::optional<Found> found;
  go([&](const auto& asked) {
    found = timeline_.find(
        direction,
        {.holds = [&](const Simulation& now) { return expression.holds(now) == Truth::yes; },
         .heeds = [&](AgentId to) { return expression.heeds(to); }},
        asked);
  });
  if (!found && !interrupted_) {
    print(direction == Direction::forward ? "it does not become true after this"
                                          : "it does not become true before this");
    return;
  }
  show();
}

void Walk::print_what(const std::string& rest) {
  if (rest.empty()) throw UsageError("what? p trader[3], or p trader[3].cash");
  if (const std::optional<AgentId> id = world().find(rest)) return print_agent(world(), *id);
  for (const std::string& line : FieldColumns({rest}, world(), "p").lines(world())) print(line);
}

/// Calls a command of the program on this journal.
void Walk::call_program(const char* command, std::vector<std::string> words) {
  words.insert(words.begin(), {command, journal_.path().string()});
  for (const std::string& place : call_.list("parents")) {
    words.insert(words.end(), {"--parents", place});
  }
  const ExitCode code = call_cli(std::move(words));
  const bool answers_no = code == ExitCode::no && std::string_view(command) == "diff";
  if (code != ExitCode::yes && !answers_no) throw Refused{command, code};
}

/// As from the command line.
ExitCode Walk::call_cli(std::vector<std::string> words) {
  words.insert(words.begin(), call_.program);
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  return static_cast<ExitCode>(cli(static_cast<int>(argv.size()), argv.data(), call_.catalog));
}

void Walk::why(const std::string& rest) {
  std::vector<std::string> words = shell_words(rest);
  if (words.empty() || words.front().starts_with('-')) {
    words.insert(words.begin(), std::to_string(world().steps()));
  }
  call_program("why", std::move(words));
}

void Walk::fork(const std::string& rest) {
  std::vector<std::string> words = shell_words(rest);
  words.insert(words.end(), {"--at", place_});
  call_program("fork", std::move(words));
}

void Walk::diff(const std::string& rest) {
  std::vector<std::string> words = shell_words(rest);
  if (words.empty()) throw UsageError("with what? diff other.rpj");
  call_program("diff", std::move(words));
}

void Walk::help(const std::string& rest) {
  bool said = false;
  for (const Verb& verb : verbs) {
    if (!rest.empty() && rest != verb.name) continue;
    std::string line = std::string("  ") + verb.name + ' ' + verb.argument;
    line.resize(std::max<std::size_t>(line.size() + 1, 26), ' ');
    print(line + verb.about);
    said = true;
  }
  if (!said || rest == "fork" || rest == "diff") call_cli({"help", rest});
}

std::vector<std::string> Walk::candidates(const std::string& line) const {
  std::vector<std::string> names;
  const std::size_t begin = line.find_first_not_of(" \t");
  const std::string verb = begin == std::string::npos
                               ? ""
                               : line.substr(begin, line.find_first_of(" \t", begin) - begin);
  if (verb.empty() || verb == "help") {
    for (const Verb& each : verbs) names.emplace_back(each.name);
  }
  if (verb == "c" || verb == "rc" || verb == "p") {
    const std::uint32_t count = std::min<std::uint32_t>(world().agent_count(), names_max);
    for (std::uint32_t id = 1; id <= count; ++id) names.push_back(world().name_of(AgentId{id}));
  }
  return names;
}

/// Takes lines until there are no more. Where nobody types, one that cannot be obeyed is the last.
ExitCode converse(const Invocation& call, Walk& walk) {
  Prompt prompt([&](const std::string& line) { return walk.candidates(line); });
  while (const std::optional<std::string> line = prompt.line("reprise> ")) {
    ExitCode failed = ExitCode::usage;
    std::string reason;
    try {
      if (!walk.obey(*line)) break;
      if (!prompt.interactive() && walk.interrupted()) return ExitCode::interrupted;
      continue;
    } catch (const UsageError& error) {
      reason = error.what();
    } catch (const PositionError& error) {
      reason = error.what();
    } catch (const Walk::Refused& refused) {
      failed = refused.code;
      if (!prompt.interactive()) reason = refused.command + " did not come to an answer";
    }
    const std::string place =
        prompt.interactive() ? "" : "line " + std::to_string(prompt.number()) + ": ";
    if (!reason.empty()) call.complain(place + reason);
    if (!prompt.interactive()) return failed;
  }
  return ExitCode::yes;
}

ExitCode run(const Invocation& call) {
  std::signal(SIGPIPE, SIG_DFL);  // who reads no more ends the walk, whatever the caller ignores
  const Journal journal = open_history(call, call.arguments.front());
  const std::string path = printable(journal.path().string());
  tell_of_cut(call, journal, "whole");
  const WorldFactory factory = world_factory(call.catalog);
  Timeline timeline(journal, call.catalog, factory);
  if (!timeline.lifted().empty()) {
    call.complain(path + ": " + in_words_lifted(timeline.lifted()) + ", so nothing is compared");
  }
  try {
    Walk walk(call, journal, timeline);
    walk.begin();
    return converse(call, walk);
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
}

}  // namespace

const Command step_command{
    .name = "step",
    .summary = "walk through a recorded run, forwards and backwards",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Example: reprise step thin_market.rpj --at 300ms\n"
        "At the prompt: n [N] and b [N] go N steps on and back, at A to a step, a time or end; "
        "c EXPR goes on\n"
        "until EXPR becomes true, rc EXPR back to where it did; p prints an agent, a field or "
        "what an expression\n"
        "comes to; w says why the event of this step came about; fork makes a branch from here, "
        "diff compares this\n"
        "run with another; help lists them all, q ends. Expressions are those of `reprise find`.\n"
        "Control-C ends a long way where it is. Lines also come through a pipe or from a file, one "
        "command each,\n"
        "# begins a comment; the first that cannot be obeyed is then the last, and says its "
        "number.\n"
        "Exit status: 0 done; 1 this build computes another history; 2 bad input; 4 the journal "
        "is damaged or\n"
        "of another version, or the file is no journal; 5 interrupted, where nobody types.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
