#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <map>
#include <string_view>

#include "engine/nearest.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/hunt/corpus.hpp"
#include "tools/lab/hunt/score_report.hpp"
#include "tools/output.hpp"
#include "tools/run_options.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const std::vector<std::string> verbs = {"add", "run", "minimize"};

void declare(po::options_description& options) {
  options.add_options()                                                          //
      ("all", "add: also what shows nothing that is not there already")          //
      ("dry-run", "add and minimize: say what would be done, and do not do it")  //
      ("jobs", po::value<std::string>()->value_name("N"),
       "add and minimize: run so many worlds at once (default: one for each core)")  //
      ("only", po::value<std::string>()->value_name("A,B..."),
       "run: perturb in these ways alone, as `check` names them")                      //
      ("except", po::value<std::string>()->value_name("A,B..."), "run: not in these")  //
      ("budget", po::value<std::string>()->value_name("T")->default_value("10min"),
       "run: begin nothing more after this time, for each scenario")  //
      ("seed", po::value<std::string>()->value_name("N")->default_value("1"),
       "run: of what is random in the perturbations")                                       //
      ("junit", po::value<std::string>()->value_name("FILE"), "run: write a JUnit report")  //
      ("artifacts", po::value<std::string>()->value_name("DIR"),
       "run: of what is not ok, keep journals, report and command there")  //
      ("json", "answer as one JSON object; run: one for each scenario");
  declare_parents(options);
}

std::vector<std::string> verb_words(const Catalog&) {
  return verbs;
}

std::string what_it_shows(const RunScore& score) {
  std::string text = counted(score.complexity, "event") + ", " +
                     counted(score.coverage_value, "feature") + " that no other shows";
  if (score.new_failure)
    text = "fails as no other does: " + fingerprint_of(*score.failure) + "; " + text;
  return printable(text);
}

/// What add and minimize say.
void tell(const Invocation& call, const char* done, const std::vector<std::string>& names,
          const std::vector<RunScore>& chosen, const char* not_done,
          const std::vector<RunScore>& others, std::size_t now) {
  if (call.has("json")) {
    json::object answer{{done, json::array()},
                        {not_done, json::array()},
                        {"there_are", now},
                        {"dry_run", call.has("dry-run")}};
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      json::object each = to_json(chosen[i]);
      each["scenario"] = names[i];
      answer.at(done).as_array().push_back(std::move(each));
    }
    for (const RunScore& each : others) answer.at(not_done).as_array().push_back(to_json(each));
    return print_json(answer);
  }
  const std::string would = call.has("dry-run") ? "would be " : "";
  for (std::size_t i = 0; i < chosen.size(); ++i) {
    print(would + done + "  " + names[i] + ": " + what_it_shows(chosen[i]));
  }
  for (const RunScore& each : others) {
    print(would + (not_done == std::string_view("left_out") ? "left out" : not_done) + "  " +
          printable(each.name) + ": " + what_it_shows(each));
  }
  print(counted(now, "run") + " in the corpus");
}

std::vector<Contender> contenders_in(const Corpus& corpus, const Catalog& catalog) {
  std::vector<Contender> contenders;
  for (const fs::path& each : corpus.scenarios()) contenders.push_back(contender_of(each, catalog));
  return contenders;
}

ExitCode add(const Invocation& call, const Corpus& corpus) {
  if (call.arguments.size() < 3) {
    throw UsageError("an argument is missing: " + call.program + " corpus add DIR JOURNAL...");
  }
  std::vector<Contender> contenders = contenders_in(corpus, call.catalog);
  const std::size_t given = contenders.size();
  std::map<std::string, RecordedRun> runs;  // by the name of the journal
  for (std::size_t i = 2; i < call.arguments.size(); ++i) {
    const std::string& file = call.arguments[i];
    const Journal journal = open_history(call, file);
    const auto [run, is_new] = runs.emplace(file, recorded_run(journal, call.catalog));
    if (is_new) contenders.push_back({file, to_string(journal.identity()), run->second.hunted});
  }
  std::vector<std::string> names;
  std::vector<RunScore> added;
  std::vector<RunScore> left_out;
  bool refused = false;
  bool cut = false;
  const std::vector<RunScore> scores =
      scored(contenders, {.forks = 0, .jobs = jobs_of(call), .given = given});
  for (std::size_t i = given; i < scores.size(); ++i) {
    const RunScore& each = scores[i];
    if (!each.worth_keeping() && !call.has("all")) {
      left_out.push_back(each);
      continue;
    }
    try {
      const RecordedRun& run = runs.at(each.name);
      const fs::path file = corpus.file_of(run);
      if (fs::exists(file)) {
        left_out.push_back(each);
        continue;
      }
      if (!call.has("dry-run")) {
        corpus.add(each.name, run, call.catalog, [] { return InterruptGuard::asked(); });
      }
      names.push_back(file.string());
      added.push_back(each);
    } catch (const InputError& error) {  // the others are added nevertheless
      call.complain(error.what());
      refused = true;
    } catch (const Interrupted&) {  // what is added is added
      cut = true;
      break;
    }
  }
  tell(call, "added", names, added, "left_out", left_out, corpus.scenarios().size());
  if (cut) {
    call.complain("interrupted; the same command goes on");
    return ExitCode::interrupted;
  }
  return refused ? ExitCode::usage : ExitCode::yes;
}

ExitCode minimize(const Invocation& call, const Corpus& corpus) {
  const std::vector<Contender> contenders = contenders_in(corpus, call.catalog);
  std::vector<std::string> names;
  std::vector<RunScore> kept;
  std::vector<RunScore> removed;
  for (RunScore& each : scored(contenders, {.forks = 0, .jobs = jobs_of(call)})) {
    const bool is_ours = fs::exists(fs::path(each.name).replace_extension(".rpj"));
    if (each.worth_keeping() || !is_ours) {  // what somebody wrote by hand stays
      names.push_back(each.name);
      kept.push_back(std::move(each));
    } else {
      if (!call.has("dry-run")) Corpus::remove(each.name);
      removed.push_back(std::move(each));
    }
  }
  tell(call, "kept", names, kept, "removed", removed, corpus.scenarios().size());
  return ExitCode::yes;
}

/// Has `check` run them.
ExitCode check(const Invocation& call, const Corpus& corpus) {
  Invocation checked{call.catalog, call.program, "check", {}, call.options};
  for (const fs::path& each : corpus.scenarios()) checked.arguments.push_back(each.string());
  if (checked.arguments.empty()) {
    throw UsageError(call.arguments[1] + ": there are no scenarios in this folder; `" +
                     call.program + " corpus add` puts them there");
  }
  return check_command.run(checked);
}

/// The verbs that take an option; all where it is not here.
struct VerbOption {
  const char* name;
  std::string_view verbs;
};
constexpr VerbOption verb_options[] = {
    {"all", "add"},       {"dry-run", "add minimize"}, {"jobs", "add minimize"}, {"only", "run"},
    {"except", "run"},    {"budget", "run"},           {"seed", "run"},          {"junit", "run"},
    {"artifacts", "run"}, {"parents", "add"}};

void expect_options_of(const std::string& verb, const Invocation& call) {
  for (const VerbOption& each : verb_options) {
    const bool given = call.has(each.name) && !call.options[each.name].defaulted();
    if (!given || each.verbs.find(verb) != std::string_view::npos) continue;
    throw UsageError("corpus " + verb + " takes no --" + each.name + "; that is for corpus " +
                     std::string(each.verbs.substr(0, each.verbs.find(' '))));
  }
}

ExitCode run(const Invocation& call) {
  const std::string& verb = call.arguments[0];
  if (std::ranges::find(verbs, verb) == verbs.end()) {
    throw UsageError("unknown word '" + verb + "'" + did_you_mean(verb, verbs) +
                     "; write corpus add, corpus run or corpus minimize");
  }
  expect_options_of(verb, call);
  const Corpus corpus(call.arguments[1]);
  if (verb == "run" || verb == "minimize") {
    if (call.arguments.size() > 2) {
      throw UsageError("unexpected argument '" + call.arguments[2] + "': corpus " + verb +
                       " takes the folder alone");
    }
  }
  if (verb == "run") return check(call, corpus);
  const InterruptGuard guard;
  return verb == "add" ? add(call, corpus) : minimize(call, corpus);
}

}  // namespace

const Command corpus_command{
    .name = "corpus",
    .summary = "a folder of runs that are worth living again",
    .arguments = "add DIR JOURNAL... | run DIR | minimize DIR",
    .arguments_min = 2,
    .arguments_max = 100'000,
    .details =
        "Examples: reprise corpus add regressions chaos.sweep/*.rpj\n"
        "          reprise corpus run regressions --junit corpus.xml\n"
        "add       adds the runs that show what no run in the folder does (`reprise score`): each "
        "as a scenario\n"
        "          file with its seed, inputs and whole [expect], and the journal of its run\n"
        "run       has `reprise check` run every scenario in the folder: what fails, fails until "
        "its bug is gone\n"
        "minimize  removes those whose features and failures others show\n"
        "docs/corpus.md says more.\n"
        "Exit status: 0 done, 2 bad input, 4 a damaged journal, 5 interrupted; of run, as "
        "`reprise check`.\n",
    .declare = declare,
    .run = run,
    .words = verb_words};

}  // namespace reprise
