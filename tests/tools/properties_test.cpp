#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <filesystem>

#include "engine/context.hpp"
#include "engine/simulation.hpp"
#include "replay/frame.hpp"
#include "replay/journal_reader.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// What [expect] says of the steps of a run, and how a run ends that breaks it.
namespace reprise::test {
namespace {

namespace json = boost::json;

/// Sets both lights.
struct Switch {
  static constexpr std::string_view kind = "lamp.switch";
  bool red = false;
  bool green = false;
  REPRISE_FIELDS(red, green)
};

struct Lamp {
  using Handles = Messages<Switch>;

  bool red = false;
  bool green = false;
  REPRISE_FIELDS(red, green)

  void on(const Switch& lights) {
    red = lights.red;
    green = lights.green;
  }
};

/// A lamp shows green after red, and red after green.
struct TakesTurns {
  static constexpr std::string_view about = "a lamp is not twice green or twice red";
  std::optional<Switch> last;

  std::optional<std::string> after(const Delivery& delivery, const Simulation& world) {
    const Lamp* lamp = world.agent<Lamp>(delivery.event.to);
    if (lamp == nullptr) return std::nullopt;
    const bool twice = last && last->red == lamp->red && last->green == lamp->green;
    last = Switch{lamp->red, lamp->green};
    if (!twice) return std::nullopt;
    return world.name_of(delivery.event.to) + " shows the same twice";
  }
};

struct Throws {
  std::optional<std::string> after(const Delivery& delivery, const Simulation&) {
    if (delivery.step == 2) throw std::runtime_error("out of its depth");
    return std::nullopt;
  }
};

struct RefusesToBegin {
  std::optional<std::string> begin(const Simulation&) { return "not today"; }
  std::optional<std::string> after(const Delivery&, const Simulation&) { return std::nullopt; }
};

void add_kinds(Catalog& catalog) {
  catalog.add<Lamp>("lamp")
      .add_property<TakesTurns>("lamp.takes_turns")
      .add_property<Throws>("lamp.throws")
      .add_property<RefusesToBegin>("lamp.refuses");
}

/// A lamp that is switched once a second from the first one on: "r" red, "g" green, "b" both, "-"
/// neither.
std::string lamp(std::string_view lights, const std::string& expect,
                 const std::string& until = "20s") {
  std::string text = "until = \"" + until + "\"\n[[agent]]\nname = \"lamp\"\nkind = \"lamp\"\n";
  for (std::size_t i = 0; i < lights.size(); ++i) {
    const char light = lights[i];
    text += "[[input]]\nat = \"" + std::to_string(i + 1) + "s\"\nto = \"lamp\"\n" +
            "send = { kind = \"lamp.switch\", red = " +
            (light == 'r' || light == 'b' ? "true" : "false") +
            ", green = " + (light == 'g' || light == 'b' ? "true" : "false") + " }\n";
  }
  return text + "[expect]\n" + expect + '\n';
}

struct Ran {
  ProgramResult result;
  json::object answer;

  std::string verdict() const { return std::string(answer.at("expect").at("verdict").as_string()); }
  std::string lines() const { return json::serialize(answer.at("expect").at("lines")); }
  const json::array& violations() const { return answer.at("expect").at("violations").as_array(); }
  std::int64_t steps() const { return answer.at("steps").to_number<std::int64_t>(); }
};

Ran run(std::string_view lights, const std::string& expect, const std::string& until = "20s") {
  const TempDir folder;
  const std::string file = folder.write("lamp.toml", lamp(lights, expect, until));
  Ran ran;
  ran.result = run_in_process(add_kinds, {"run", file, "--no-journal", "--json"});
  INFO(ran.result.out << ran.result.err);
  REQUIRE(ran.result.out.starts_with("{"));
  ran.answer = json_of(ran.result);
  return ran;
}

void held(const Ran& ran) {
  INFO(ran.result.out << ran.result.err);
  CHECK(ran.result.code == 0);
  CHECK(ran.verdict() == "held");
  CHECK(ran.answer.at("end") != "violated");
  CHECK(ran.violations().empty());
}

/// It was ended at this step by one violation; returns that.
json::object ended_at(const Ran& ran, std::int64_t step) {
  INFO(ran.result.out << ran.result.err);
  CHECK(ran.result.code == 1);
  CHECK(ran.verdict() == "failed");
  CHECK(ran.answer.at("end") == "violated");
  CHECK(ran.steps() == step);
  REQUIRE(ran.violations().size() == 1);
  const json::object violation = ran.violations()[0].as_object();
  CHECK(violation.at("step") == step);
  CHECK_THAT(ran.result.err, Catch::Contains("at step " + std::to_string(step) + ",") &&
                                 Catch::Contains("reproduce: "));
  return violation;
}

TEST_CASE("a never that becomes true ends the run and names step agent place and values") {
  held(run("rgr", "never = [\"lamp.red and lamp.green\"]"));
  const json::object violation = ended_at(run("rgbr", "never = [\"lamp.red and lamp.green\"]"), 3);
  CHECK(violation.at("rule") == "never");
  CHECK(violation.at("property") == "lamp.red and lamp.green");
  CHECK_THAT(std::string(violation.at("place").as_string()), Catch::Contains("lamp.toml:22:10"));
  CHECK(violation.at("time_ns") == 3'000'000'000);
  CHECK(violation.at("agent") == "lamp");
  CHECK(violation.at("event") == "lamp.switch");
  CHECK(violation.at("values") == (json::object{{"lamp.red", true}, {"lamp.green", true}}));
}

TEST_CASE("an always that is false ends the run and at the start before any step") {
  CHECK(ended_at(run("rgbr", "always = [\"not (lamp.red and lamp.green)\"]"), 3).at("rule") ==
        "always");
  const json::object start = ended_at(run("rgr", "always = [\"lamp.red\"]"), 0);
  CHECK(start.at("agent").is_null());
  CHECK(start.at("values") == (json::object{{"lamp.red", false}}));
}

TEST_CASE("what the step has delivered is the event") {
  held(run("rgr",
           "never = [\"event.kind == 'lamp.switch' and event.red and event.green\"]\n"
           "eventually = [\"event.payload.green and event.to == 'lamp'\"]"));
  const json::object violation =
      ended_at(run("rgr", "never = [\"event.payload.green and event.from == 'world'\"]"), 2);
  CHECK(violation.at("values") ==
        (json::object{{"event.payload.green", true}, {"event.from", "world"}}));
  const Ran never = run("rrr", "eventually = [\"event.payload.green\"]");
  CHECK(never.result.code == 1);
  CHECK_THAT(never.lines(), Catch::Contains("is never true"));
}

TEST_CASE("what leads to what is met in time or at once") {
  const std::string expect =
      "leads_to = [{ from = \"lamp.red\", to = \"lamp.green\", within = \"2s\" }]";
  held(run("r-g", expect));
  held(run("b", expect));
  held(run("-rgrg", expect));
  held(run("r", "leads_to = [{ from = \"lamp.red\", to = \"1 < 2\", within = \"0s\" }]"));
  held(run("rrrg", "leads_to = [{ from = \"lamp.red\", to = \"lamp.green\", within = \"3s\" }]"));
}

TEST_CASE("a deadline that passes ends the run at the next step and names both ends") {
  const std::string expect =
      "leads_to = [{ from = \"lamp.red\", to = \"lamp.green\", within = \"1.5s\" }]";
  const Ran late = run("-r-g--", expect);  // red at 2s, green at 4s
  const json::object violation = ended_at(late, 4);
  CHECK(violation.at("rule") == "leads_to");
  CHECK(violation.at("property") == "lamp.red -> lamp.green within 1.5s");
  CHECK(violation.at("since") ==
        (json::object{{"step", 2}, {"time_ns", 2'000'000'000}, {"deadline_ns", 3'500'000'000}}));
  CHECK(violation.at("values") == (json::object{{"lamp.red", false}, {"lamp.green", true}}));
  CHECK_THAT(late.lines(),
             Catch::Contains("became true at step 2, 2s") && Catch::Contains("did not by 3.5s"));
}

TEST_CASE("what stays true begins nothing anew and what becomes true again does") {
  const std::string expect =
      "leads_to = [{ from = \"lamp.red\", to = \"lamp.green\", within = \"1.5s\" }]";
  held(run("rbrrrr", expect));
  CHECK(ended_at(run("rg-r--", expect), 6).at("since").at("step") == 4);
  const std::string of_event =
      "leads_to = [{ from = \"event.red\", to = \"event.green\", within = \"1.5s\" }]";
  CHECK(ended_at(run("rbrrrr", of_event), 5).at("since").at("step") == 3);
}

TEST_CASE("at the end what still has time is left open and what has none is broken") {
  const std::string expect =
      "leads_to = [{ from = \"lamp.red\", to = \"lamp.green\", within = \"2s\" }]";
  const Ran open = run("-r", expect, "4s");
  held(open);
  CHECK_THAT(open.lines(), Catch::Contains("is left open: it waits since step 2, 2s"));
  const Ran over = run("-r", expect, "5s");
  CHECK(over.result.code == 1);
  CHECK(over.answer.at("end") == "drained");
  REQUIRE(over.violations().size() == 1);
  CHECK_THAT(over.lines(), Catch::Contains("at the end, step 2, 5s"));
}

TEST_CASE("what is to come in the quiet time counts from then on alone") {
  const std::string expect = "quiet = \"4s\"\neventually_after_quiet = [\"lamp.green\"]";
  held(run("r", "leads_to = [{ from = \"lamp.red\", to = \"1 < 2\", within = \"0s\" }]"));
  held(run("rrrg", expect));
  held(run("rrrrrgr", expect));
  held(run("g", expect));  // stands so when it ends
  const Ran early = run("rgrrr", expect);
  CHECK(early.result.code == 1);
  CHECK(early.answer.at("end") == "drained");
  CHECK_THAT(early.lines(), Catch::Contains("is never true from 4s on"));
  const Ran before = run("rrrr", expect, "3.5s");
  CHECK(before.result.code == 0);
  CHECK_THAT(before.lines(), Catch::Contains("the run ended before 4s"));
}

TEST_CASE("what is to be seen sometimes is told and never a failure") {
  const Ran ran = run("rgr", "sometimes = [\"lamp.green\", \"lamp.red and lamp.green\"]");
  CHECK(ran.result.code == 0);
  const json::array& all = ran.answer.at("expect").at("sometimes").as_array();
  REQUIRE(all.size() == 2);
  CHECK(all[0].at("reached") == true);
  CHECK(all[0].at("step") == 2);
  CHECK(all[1].at("reached") == false);
  CHECK_THAT(ran.lines(),
             Catch::Contains("was reached at step 2") && Catch::Contains("was not reached"));
  CHECK(ran.verdict() == "none");
}

TEST_CASE("a property in code ends the run with its own words") {
  held(run("rgr", "properties = [\"lamp.takes_turns\"]"));
  const json::object violation = ended_at(run("rggr", "properties = [\"lamp.takes_turns\"]"), 3);
  CHECK(violation.at("rule") == "properties");
  CHECK(violation.at("property") == "lamp.takes_turns");
  CHECK(violation.at("agent") == "lamp");
  CHECK_THAT(std::string(violation.at("what").as_string()),
             Catch::Contains("lamp shows the same twice"));
  CHECK_THAT(
      std::string(ended_at(run("rgr", "properties = [\"lamp.throws\"]"), 2).at("what").as_string()),
      Catch::Contains("it threw: out of its depth"));
  CHECK_THAT(std::string(
                 ended_at(run("rgr", "properties = [\"lamp.refuses\"]"), 0).at("what").as_string()),
             Catch::Contains("not today"));
}

TEST_CASE("all that is broken at one step is told") {
  const Ran ran = run("rgbb",
                      "always = [\"not lamp.green or lamp.red == false\"]\nnever = [\"lamp.red and "
                      "lamp.green\"]");
  CHECK(ran.steps() == 3);
  CHECK(ran.violations().size() == 2);
}

TEST_CASE("the journal of a run that was ended is sealed at that step and lives again") {
  const TempDir folder;
  const std::string file =
      folder.write("lamp.toml", lamp("rgbrg", "never = [\"lamp.red and lamp.green\"]"));
  const std::string journal = folder.file("a.rpj");
  const ProgramResult ran = run_in_process(add_kinds, {"run", file, "-o", journal, "--events"});
  INFO(ran.out << ran.err);
  CHECK(ran.code == 1);
  CHECK_THAT(ran.out, Catch::Contains("(violated)"));
  CHECK_THAT(ran.err,
             Catch::Contains("after lamp.switch to lamp: lamp.red = true, lamp.green = true"));
  const json::object info = json_of(run_in_process(add_kinds, {"info", journal, "--json"}));
  CHECK(info.at("end") == "violated");
  CHECK(info.at("steps") == 3);
  const ProgramResult verified = run_in_process(add_kinds, {"verify", journal, "--json"});
  CHECK(verified.code == 0);
  CHECK(json_of(verified).at("steps") == 3);
  // The same run without what is expected of it goes on, and so does a branch.
  const std::string branch = folder.file("b.rpj");
  CHECK(run_in_process(add_kinds,
                       {"fork", journal, "--at", "2", "--set", "lamp.red=true", "-o", branch})
            .code == 0);
  CHECK(run_in_process(add_kinds, {"verify", branch}).code == 0);
  const ProgramResult again =
      run_in_process(add_kinds, {"run", file, "-o", folder.file("again.rpj"), "--events"});
  CHECK(again.code == 1);
  CHECK(read_file(folder.file("again.rpj")) == read_file(journal));
}

TEST_CASE("a run that is continued lives what is recorded whatever is expected of it now") {
  const TempDir folder;
  const std::string file = folder.write("lamp.toml", lamp("rgbrg", "never = []"));
  const std::string journal = folder.file("a.rpj");
  REQUIRE(run_in_process(add_kinds, {"run", file, "-o", journal}).code == 0);
  std::uint64_t end = 0;  // of what is there when the run is killed before its seal
  {
    const Journal sealed(journal);
    for (const FrameEntry& frame : sealed.frames()) {
      if (frame.type == FrameType::seal || frame.type == FrameType::index) break;
      end = frame.end();
    }
  }
  std::filesystem::resize_file(journal, end);
  folder.write("lamp.toml", lamp("rgbrg", "never = [\"lamp.red and lamp.green\"]"));
  const ProgramResult result =
      run_in_process(add_kinds, {"run", file, "--continue", journal, "--json"});
  INFO(result.out << result.err);
  CHECK(result.code == 1);
  const json::object answer = json_of(result);
  CHECK(answer.at("end") == "violated");
  CHECK(answer.at("steps") == 5);
  CHECK(answer.at("expect").at("violations").as_array().at(0).at("step") == 3);
  CHECK(run_in_process(add_kinds, {"verify", journal}).code == 0);
}

TEST_CASE("check says what is violated and writes no digests of such a run") {
  const TempDir folder;
  const std::string text = lamp("rgbrg", "steps = 5\nnever = [\"lamp.red and lamp.green\"]");
  const std::string file = folder.write("lamp.toml", text);
  const ProgramResult checked =
      run_in_process(add_kinds, {"check", file, "--json", "--only", "again,restore,queue"});
  INFO(checked.out << checked.err);
  CHECK(checked.code == 1);
  const json::object answer = json_of(checked);
  CHECK(answer.at("steps") == 3);
  CHECK(answer.at("expect").at("verdict") == "failed");
  CHECK(answer.at("difference").is_null());
  CHECK(answer.at("perturbations").as_array()[0].at("verdict") == "same");
  const ProgramResult updated =
      run_in_process(add_kinds, {"check", file, "--update", "--only", "again"});
  CHECK(updated.code == 1);
  CHECK_THAT(updated.out + updated.err, Catch::Contains("[expect] was not rewritten"));
  CHECK(read_file(file) == text);
}

TEST_CASE("kinds lists the properties with what they are") {
  const ProgramResult listed = run_in_process(add_kinds, {"kinds"});
  CHECK_THAT(listed.out,
             Catch::Contains("lamp.takes_turns: a lamp is not twice green or twice red"));
  const json::object all = json_of(run_in_process(add_kinds, {"kinds", "--json"}));
  CHECK(all.at("properties").at("lamp.takes_turns").at("about") ==
        "a lamp is not twice green or twice red");
  CHECK(run_in_process(add_kinds, {"kinds", "lamp.throws"}).out == "lamp.throws\n");
  CHECK(json_of(run_in_process(add_kinds, {"kinds", "lamp.takes_turns", "--json"})).at("name") ==
        "lamp.takes_turns");
}

TEST_CASE("expressions that make no sense are refused at their place whatever key they are under") {
  const auto refuses = [](const std::string& expect, const std::string& words) {
    const TempDir folder;
    const std::string file = folder.write("lamp.toml", lamp("", expect));
    const ProgramResult result = run_in_process(add_kinds, {"run", file, "--no-journal"});
    INFO(expect << ": " << result.err);
    CHECK(result.code == 2);
    CHECK_THAT(result.err, Catch::Contains(words));
  };
  const std::string meant = "in 'lamp.rde', column 6: unknown field 'rde'; did you mean 'red'?";
  for (const char* key : {"always", "never", "eventually", "sometimes", "at_end"}) {
    const std::string place = "lamp.toml:6:" + std::to_string(std::string(key).size() + 5) + ": ";
    refuses(std::string(key) + " = [\"lamp.rde\"]", place + meant);
  }
  refuses("quiet = \"1s\"\neventually_after_quiet = [\"lamp.rde\"]", "lamp.toml:7:27: " + meant);
  refuses("leads_to = [{ from = \"lamp.rde\", to = \"lamp.red\", within = \"1s\" }]",
          "lamp.toml:6:15: " + meant);
  refuses("leads_to = [{ from = \"lamp.red\", to = \"lamp.rde\", within = \"1s\" }]",
          "lamp.toml:6:34: " + meant);
  refuses("never = [\"event.payload.gren\"]", "did you mean 'green'?");
  refuses("at_end = [\"event.kind == 'x'\"]", "no event is at hand here");
}

}  // namespace
}  // namespace reprise::test
