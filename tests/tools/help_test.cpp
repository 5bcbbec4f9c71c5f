#include <catch2/catch.hpp>
#include <map>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"
#include "tools/version.hpp"

namespace reprise::test {
namespace {

using Strings = std::vector<std::string>;

const std::map<std::string, Strings> options_of{
    {"run",
     {"--seed", "--reseed", "--until", "--steps", "--set", "--feed", "--feed-errors", "--output",
      "--force", "--no-journal", "--json"}},
    {"show", {"--at", "--agent", "--field", "--every", "--from", "--to", "--json", "--csv"}},
    {"verify", {"--jobs", "--parents", "--json"}},
    {"events", {"--from", "--to", "--agent", "--kind", "--where", "--limit", "--json", "--csv"}},
    {"find", {"--first", "--last", "--all", "--from", "--to", "--limit", "--json", "--parents"}},
    {"step", {"--at", "--parents"}},
    {"why", {"--forward", "--inputs", "--limit", "--dot", "--json", "--parents"}},
    {"diff", {"--at", "--limit", "--json", "--parents"}},
    {"fork",
     {"--at", "--output", "--set", "--send", "--reseed", "--drop-input", "--change-input",
      "--delay-input", "--no-inputs", "--until", "--force", "--parents", "--json"}},
    {"inputs", {"--from", "--to", "--limit", "--parents", "--json"}},
    {"check",
     {"--only", "--except", "--budget", "--seed", "--update", "--json", "--junit", "--artifacts",
      "--parents"}},
    {"selftest", {"--only", "--json"}},
    {"history", {"--output", "--force", "--parents"}},
    {"linearizable", {"--model", "--budget", "--memory", "--json"}},
    {"sweep",
     {"--seeds", "--set", "--grid", "--feed", "--feed-errors", "--until", "--steps", "--jobs",
      "--until-fail", "--artifacts", "--resume", "--measure", "--every", "--warmup", "--batches",
      "--confidence", "--junit", "--csv", "--json"}},
    {"explore",
     {"--budget", "--events", "--seed", "--until-fail", "--jobs", "--archive", "--resume",
      "--moments", "--set", "--feed", "--feed-errors", "--until", "--steps", "--json"}},
    {"odds",
     {"--forks", "--at", "--positions", "--horizon", "--seed", "--jobs", "--plot", "--parents",
      "--csv", "--json"}},
    {"tree", {"--parents", "--json"}},
    {"info", {"--json", "--check", "--parents"}},
    {"flatten", {"--output", "--force", "--parents", "--json"}},
    {"compact", {"--output", "--force", "--json"}},
    {"salvage", {"--output", "--force", "--json"}},
    {"kinds", {"--coverage", "--json"}},
    {"lint", {"--json", "--sarif", "--rules"}},
    {"new", {"--json"}},
    {"help", {}},
    {"completion", {}},
};

TEST_CASE("help names every command") {
  for (const char* word : {"help", "--help", "-h"}) {
    const ProgramResult help = run_program({word});
    INFO(word);
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    for (const auto& [command, options] : options_of)
      CHECK_THAT(help.out, Catch::Contains("\n  " + command + " "));
    CHECK_THAT(help.out, Catch::Contains("Exit status: 0 yes; 1 no; 2 bad input;"));
  }
}

TEST_CASE("a call without words is answered with the overview as a complaint") {
  const ProgramResult nothing = run_program({});
  CHECK(nothing.code == 2);
  CHECK(nothing.out.empty());
  CHECK_THAT(nothing.err, Catch::Contains("a command is missing") && Catch::Contains("usage: "));
}

TEST_CASE("the help of a command lists its options and is the same however it is asked for") {
  for (const auto& [command, options] : options_of) {
    const ProgramResult help = run_program({"help", command});
    INFO(command);
    CHECK(help.code == 0);
    CHECK(help.err.empty());
    for (const std::string& option : options) CHECK_THAT(help.out, Catch::Contains(option));
    CHECK(run_program({command, "--help"}).out == help.out);
    CHECK(run_program({command, "-h"}).out == help.out);
  }
}

TEST_CASE("the version names the program and the journal format") {
  const ProgramResult answer = run_program({"--version"});
  CHECK(answer.code == 0);
  CHECK(answer.err.empty());
  CHECK(answer.out == "reprise " + std::string(version) + " (journal format 2.0)\n");
}

TEST_CASE("completion for bash completes commands options and arguments") {
  const TempDir folder;
  const ProgramResult script = run_program({"completion", "bash"});
  CHECK(script.code == 0);
  CHECK(script.err.empty());
  folder.write("completion.bash", script.out);
  folder.write("thin.rpj", "");
  if (run_shell("bash -c true").code != 0) {
    WARN("skipped: there is no bash");
    return;
  }
  CHECK(run_shell("bash -n completion.bash", {folder.path()}).code == 0);
  folder.write("a market of my own.rpj", "");
  const auto completed = [&](const std::string& words, int word) {
    return run_shell("bash -c '. ./completion.bash; COMP_WORDS=(" + words +
                         "); COMP_CWORD=" + std::to_string(word) +
                         "; _reprise_complete; printf \"%s\\n\" \"${COMPREPLY[@]}\"'",
                     {folder.path()})
        .out;
  };
  CHECK(completed("reprise ve", 1) == "verify\n");
  CHECK(completed("reprise fo", 1) == "fork\n");
  CHECK(completed("reprise compl", 1) == "completion\n");
  CHECK(completed("reprise help compl", 2) == "completion\n");
  CHECK(completed("reprise show a", 2) == "a market of my own.rpj\n");
  CHECK(completed("reprise kinds mom", 2) == "momentum_trader\n");
  CHECK(completed("reprise kinds market.h", 2) == "market.halt\n");
  CHECK(completed("reprise run x.toml --feed-errors \"\"", 4) == "stop\nskip\n");
  CHECK(completed("reprise run x.toml --feed-errors sk", 4) == "skip\n");
  CHECK(completed("reprise run x.toml --feed-errors =", 4) == "stop\nskip\n");
  CHECK(completed("reprise run x.toml --feed-errors = sk", 5) == "skip\n");
  CHECK(completed("reprise run x.toml -o = th", 5) == "thin.rpj\n");
  CHECK(completed("reprise linearizable --model \"\"", 3) == "register\nkey-value\n");
  CHECK(completed("reprise help ki", 2) == "kinds\n");
  CHECK(completed("reprise completion z", 2) == "zsh\n");
  CHECK(completed("reprise verify th", 2) == "thin.rpj\n");
  for (const auto& [command, options] : options_of) {
    for (const std::string& option : options) {
      INFO(command << ' ' << option);
      CHECK_THAT(completed("reprise " + command + " " + option, 2), Catch::Contains(option));
    }
  }
}

TEST_CASE("completion for zsh is a script that zsh can read") {
  const TempDir folder;
  const ProgramResult script = run_program({"completion", "zsh"});
  CHECK(script.code == 0);
  CHECK_THAT(script.out,
             Catch::StartsWith("#compdef reprise\n") && Catch::Contains("bashcompinit"));
  folder.write("_reprise", script.out);
  if (run_shell("zsh -c true").code == 0)
    CHECK(run_shell("zsh -n _reprise", {folder.path()}).code == 0);
}

TEST_CASE("completion for another shell is refused with what there is") {
  for (const Strings& words : {Strings{"completion"}, Strings{"completion", "fish"}}) {
    const ProgramResult refused = run_program(words);
    CHECK(refused.code == 2);
    CHECK(refused.out.empty());
    CHECK_THAT(refused.err, Catch::Contains("bash or zsh"));
  }
}

}  // namespace
}  // namespace reprise::test
