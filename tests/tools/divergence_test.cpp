#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/support/temp_dir.hpp"
#include "tests/support/test_agents.hpp"
#include "tests/tools/program.hpp"

// What `verify` says of agents that break the promise, planted here.
namespace reprise::test {
namespace {

namespace json = boost::json;

/// What a teller says at its fiftieth word. State outside of every agent: what no agent may have.
std::function<std::int64_t()> whim;

struct Word {
  static constexpr std::string_view kind = "test.word";
  std::int64_t value = 0;
  REPRISE_FIELDS(value)
};

/// Says a word to itself every millisecond.
struct Teller {
  using Handles = Messages<Start, Word>;

  std::int64_t said = 0;
  REPRISE_FIELDS(said)

  void on(const Start&, Context& world) { world.wake(1ms, Word{}); }
  void on(const Word&, Context& world) {
    ++said;
    world.wake(1ms, Word{said == 50 ? whim() : said});
  }
};

/// Keeps a secret: its words do not show what it thinks.
struct Brooder {
  using Handles = Messages<Start, Word>;

  std::int64_t thought = 0;
  std::int64_t said = 0;
  REPRISE_FIELDS(thought, said)

  void on(const Start&, Context& world) { world.wake(1ms, Word{}); }
  void on(const Word&, Context& world) {
    if (++said == 50) thought = whim();
    world.wake(1ms, Word{});
  }
};

Catalog planted() {
  Catalog catalog = test_catalog();
  catalog.add<Teller>("teller").add<Brooder>("brooder");
  return catalog;
}

std::string scenario_of(const TempDir& folder, const std::string& kind) {
  return folder.write("planted.toml",
                      "until = \"1s\"\n[[agent]]\nname = \"one\"\nkind = \"" + kind + "\"\n");
}

ProgramResult record(const TempDir& folder, const std::string& kind) {
  const ProgramResult result = run_in_process(
      planted(), {"run", scenario_of(folder, kind), "-o", folder.file("a.rpj"), "--force"});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return result;
}

/// The first word is heard at step 2, so the fiftieth is what makes the word of step 52 another.
constexpr std::int64_t differing_step = 52;

TEST_CASE("agents that keep the promise verify") {
  const TempDir folder;
  whim = [] { return 7; };
  record(folder, "teller");
  CHECK(run_in_process(planted(), {"verify", folder.file("a.rpj")}).code == 0);
}

TEST_CASE("a build that computes another history than the recorded one says so and exits with 1") {
  const TempDir folder;
  whim = [] { return 7; };
  record(folder, "teller");
  whim = [] { return 8; };
  const ProgramResult result =
      run_in_process(planted(), {"verify", folder.file("a.rpj"), "--json"});
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Catch::Contains("this build computes another history"));
  CHECK_THAT(result.err,
             Catch::Contains("first differing step " + std::to_string(differing_step) + ":"));
  const json::object answer = json_of(result);
  CHECK(answer.at("equal") == false);
  CHECK(answer.at("deterministic") == true);
  CHECK(answer.at("steps") == differing_step - 1);
  CHECK(answer.at("first_difference").at("step") == differing_step);
  CHECK(answer.at("first_difference").at("what") == "events");
}

TEST_CASE("a run that is another at each execution is not deterministic and exits with 3") {
  const TempDir folder;
  std::int64_t calls = 0;
  whim = [&calls] { return ++calls; };
  record(folder, "teller");
  const ProgramResult result =
      run_in_process(planted(), {"verify", folder.file("a.rpj"), "--json"});
  CHECK(calls == 3);
  CHECK(result.code == 3);
  CHECK_THAT(result.err, Catch::Contains("not deterministic"));
  CHECK_THAT(result.err,
             Catch::Contains("first differing step " + std::to_string(differing_step) + ":"));
  const json::object answer = json_of(result);
  CHECK(answer.at("equal") == false);
  CHECK(answer.at("deterministic") == false);
  CHECK(answer.at("first_difference").at("step") == differing_step);
}

TEST_CASE("a state that is another after the same events is found at the next checkpoint") {
  const TempDir folder;
  whim = [] { return 7; };
  record(folder, "brooder");
  whim = [] { return 8; };
  const ProgramResult other = run_in_process(planted(), {"verify", folder.file("a.rpj"), "--json"});
  CHECK(other.code == 1);
  CHECK(json_of(other).at("first_difference").at("what") == "state");
  std::int64_t calls = 0;
  whim = [&calls] { return ++calls; };
  CHECK(run_in_process(planted(), {"verify", folder.file("a.rpj")}).code == 3);
}

TEST_CASE("show gives no state of another history than the recorded one") {
  const TempDir folder;
  const std::string journal = folder.file("a.rpj");
  whim = [] { return 7; };
  record(folder, "teller");
  const ProgramResult same = run_in_process(planted(), {"show", journal, "--json"});
  CHECK(same.code == 0);
  whim = [] { return 8; };
  for (const char* at : {"52", "60ms", "end"}) {
    const ProgramResult other = run_in_process(planted(), {"show", journal, "--at", at});
    INFO(at);
    CHECK(other.code == 1);
    CHECK(other.out.empty());
    CHECK_THAT(other.err, Catch::Contains("first differing step 52: another event"));
    CHECK_THAT(other.err, Catch::Contains("this build computes another history; see "
                                          "`reprise verify " +
                                          journal + "`"));
  }
  CHECK(run_in_process(planted(), {"show", journal, "--at", "51"}).code == 0);
  whim = [] { return 7; };
  record(folder, "brooder");
  whim = [] { return 8; };
  const ProgramResult brooding = run_in_process(planted(), {"show", journal, "--json"});
  CHECK(brooding.code == 1);
  CHECK(brooding.out.empty());
  CHECK_THAT(brooding.err, Catch::Contains("the state is another"));
}

TEST_CASE("an agent that fails only when it lives again is named with its step") {
  const TempDir folder;
  whim = [] { return 7; };
  record(folder, "teller");
  whim = []() -> std::int64_t { throw std::runtime_error("no whim today"); };
  const ProgramResult result =
      run_in_process(planted(), {"verify", folder.file("a.rpj"), "--json"});
  CHECK(result.code == 1);
  CHECK_THAT(result.err, Catch::Contains("no whim today"));
  const json::object answer = json_of(result);
  CHECK(answer.at("first_difference").at("what") == "failure");
  CHECK(answer.at("first_difference").at("step") == differing_step - 1);
}

TEST_CASE("an agent that throws ends the run and leaves a journal that is whole up to there") {
  const TempDir folder;
  const std::string journal = folder.file("a.rpj");
  const std::string scenario = folder.write("glass.toml", R"(name = "glass"
[[agent]]
name = "glass"
kind = "fragile"
[[input]]
at = "1s"
to = "glass"
send = { kind = "test.note", value = 5 }
[[input]]
at = "2s"
to = "glass"
send = { kind = "test.note", value = -1 }
)");
  const ProgramResult run = run_in_process(planted(), {"run", scenario, "-o", journal, "--json"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Catch::Contains("glass") && Catch::Contains("test.note"));
  CHECK_THAT(run.err, Catch::Contains("a negative number hurts") &&
                          Catch::Contains("reproduce: reprise run "));
  const json::object answer = json_of(run);
  CHECK(answer.at("end") == "failed");
  CHECK(answer.at("state").is_null());
  CHECK(answer.at("failure").at("agent") == "glass");
  const std::int64_t steps = answer.at("steps").as_int64();
  CHECK(answer.at("failure").at("step") == steps + 1);

  const ProgramResult verified = run_in_process(planted(), {"verify", journal});
  INFO(verified.err);
  CHECK(verified.code == 0);
  const json::object info = json_of(run_in_process(planted(), {"info", journal, "--json"}));
  CHECK(info.at("end") == "failed");
  CHECK(info.at("torn").is_null());
  CHECK_THAT(run_in_process(planted(), {"info", journal}).out,
             Catch::Contains("a negative number hurts"));
  const json::object shown = json_of(run_in_process(planted(), {"show", journal, "--json"}));
  CHECK(shown.at("step") == steps);
  CHECK(shown.at("agents").at("glass").at("sum") == 5);
}

TEST_CASE("the reproducing command repeats everything that made the run what it was") {
  const TempDir folder;
  const std::string scenario = folder.write("glass.toml", R"([[agent]]
name = "glass"
kind = "fragile"
[[feed]]
name = "notes"
file = "none.dat"
format = "csv"
separator = "space"
to = "glass"
kind = "test.note"
epoch = 0
columns = { at = { column = 1, unit = "s" }, value = { column = 2 } }
)");
  const std::string notes = folder.write("notes.dat", "1 5\nnonsense\n2 -1\n");
  const ProgramResult run =
      run_in_process(planted(), {"run", scenario, "--seed=9", "--until=10s", "--steps=90", "--set",
                                 "name=glass house", "--feed", "notes=" + notes,
                                 "--feed-errors=skip", "--no-journal"});
  CHECK(run.code == 1);
  CHECK_THAT(run.err, Catch::Contains("a negative number hurts"));
  CHECK(reproducing_command(run) == "reprise run " + scenario +
                                        " --seed 9 --until 10s --steps 90 --set 'name=glass house'"
                                        " --feed notes=" +
                                        notes + " --feed-errors skip");
}

/// Two programs that disagree about a kind: each has its own.
namespace before {
struct Ping {
  static constexpr std::string_view kind = "test.ping";
  static constexpr std::uint16_t version = 1;
  std::int64_t number = 0;
  REPRISE_FIELDS(number)
};
struct Pinger {
  using Handles = Messages<Start, Ping>;
  std::int64_t heard = 0;
  REPRISE_FIELDS(heard)
  void on(const Start&, Context& world) { world.wake(1ms, Ping{}); }
  void on(const Ping& ping) { heard += ping.number; }
};
}  // namespace before

namespace newer_message {
struct Ping {
  static constexpr std::string_view kind = "test.ping";
  static constexpr std::uint16_t version = 2;
  std::int64_t number = 0;
  REPRISE_FIELDS(number)
};
struct Pinger {
  using Handles = Messages<Start, Ping>;
  std::int64_t heard = 0;
  REPRISE_FIELDS(heard)
  void on(const Start&, Context& world) { world.wake(1ms, Ping{}); }
  void on(const Ping& ping) { heard += ping.number; }
};
}  // namespace newer_message

namespace other_fields {
struct Ping {
  static constexpr std::string_view kind = "test.ping";
  std::int32_t number = 0;
  REPRISE_FIELDS(number)
};
struct Pinger {
  using Handles = Messages<Start, Ping>;
  std::int64_t heard = 0;
  REPRISE_FIELDS(heard)
  void on(const Start&, Context& world) { world.wake(1ms, Ping{}); }
  void on(const Ping& ping) { heard += ping.number; }
};
}  // namespace other_fields

namespace newer_agent {
struct Pinger {
  using Handles = Messages<Start, before::Ping>;
  static constexpr std::uint16_t version = 3;
  std::int64_t heard = 0;
  REPRISE_FIELDS(heard)
  void on(const Start&, Context& world) { world.wake(1ms, before::Ping{}); }
  void on(const before::Ping& ping) { heard += ping.number; }
};
}  // namespace newer_agent

template <class A>
Catalog only() {
  Catalog catalog;
  catalog.add<A>("pinger");
  return catalog;
}

TEST_CASE("a journal of other kinds is refused and told which kind changed and how") {
  const TempDir folder;
  const std::string journal = folder.file("a.rpj");
  REQUIRE(
      run_in_process(only<before::Pinger>(), {"run", scenario_of(folder, "pinger"), "-o", journal})
          .code == 0);
  REQUIRE(run_in_process(only<before::Pinger>(), {"verify", journal}).code == 0);
  const auto refused = [&](const Catalog& catalog) {
    for (const char* command : {"verify", "show", "events"}) {
      const ProgramResult result = run_in_process(catalog, {command, journal});
      INFO(command << ": " << result.err);
      CHECK(result.code == 4);
      CHECK(result.out.empty());
      CHECK_THAT(result.err, Catch::Contains(journal));
    }
    return run_in_process(catalog, {"verify", journal}).err;
  };
  CHECK_THAT(
      refused(only<newer_message::Pinger>()),
      Catch::Contains("message kind test.ping: version 1 in the journal, 2 in this program"));
  const std::string fields = refused(only<other_fields::Pinger>());
  CHECK_THAT(fields, Catch::Contains("message kind test.ping: field number is int64"));
  CHECK_THAT(fields, Catch::Contains("int64") && Catch::Contains("int32"));
  CHECK_THAT(refused(only<newer_agent::Pinger>()),
             Catch::Contains("agent kind pinger: version 1 in the journal, 3 in this program"));
  CHECK_THAT(refused(test_catalog()), Catch::Contains("pinger"));
  CHECK(run_in_process(test_catalog(), {"info", journal}).code == 0);
}

TEST_CASE("events gives the events before the first difference and none of another history") {
  const TempDir folder;
  const std::string journal = folder.file("a.rpj");
  whim = [] { return 7; };
  record(folder, "teller");
  const ProgramResult same = run_in_process(planted(), {"events", journal, "--json"});
  CHECK(same.code == 0);
  whim = [] { return 8; };
  const ProgramResult other = run_in_process(planted(), {"events", journal, "--json"});
  CHECK(other.code == 1);
  CHECK_THAT(other.err,
             Catch::Contains("first differing step " + std::to_string(differing_step) + ":"));
  CHECK_THAT(other.err, Catch::Contains("this build computes another history"));
  CHECK(same.out.starts_with(other.out));
  CHECK(std::ranges::count(other.out, '\n') == differing_step - 1);
  const ProgramResult early = run_in_process(planted(), {"events", journal, "--to", "51"});
  CHECK(early.code == 0);
  const ProgramResult late = run_in_process(planted(), {"events", journal, "--from", "60"});
  CHECK(late.code == 1);
}

}  // namespace
}  // namespace reprise::test
