#include <algorithm>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <csignal>
#include <map>
#include <random>
#include <thread>

#include "agents/standard_catalog.hpp"
#include "replay/journal_reader.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/live_program.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;

constexpr std::uint64_t lines_count = 240;

constexpr const char* scenario = R"(name = "door"
seed = 7
until = "1h"

[[agent]]
name = "station"
kind = "station"

[[agent]]
name = "arrivals"
kind = "arrivals"
options = { limit = 100 }

[[input]]
at = "150500ms"
to = "station"
send = { kind = "queueing.arrival", service = "3s" }

[[input]]
at = "20s"
to = "station"
send = { kind = "queueing.arrival", service = "4s" }

[[feed]]
name = "tape"
file = "tape.jsonl"
format = "jsonl"
kind = "queueing.arrival"
to = "station"
epoch = 0
)";

constexpr std::uint64_t others_count = 2 + 60;  // of the list and the tape

/// Every fourth second, together with a line of the producer.
std::string tape() {
  std::string text;
  for (int i = 1; i <= 60; ++i) {
    text += "{\"at\":\"" + std::to_string(4 * i) + "s\",\"service\":\"1500ms\"}\n";
  }
  return text;
}

/// All that the producer has to say. It sends it from the first line on whenever it is asked.
std::string all_lines() {
  std::string text;
  for (std::uint64_t seq = 1; seq <= lines_count; ++seq) {
    const std::string number = std::to_string(seq);
    text += "{\"producer\":\"till\",\"seq\":" + number + ",\"key\":\"job " + number +
            "\",\"to\":\"station\",\"kind\":\"queueing.arrival\",\"service\":\"" +
            std::to_string(1 + seq * 7 % 11) + "s\",\"at\":\"" + number + "s\"}\n";
  }
  return text;
}

/// What an outsider knows: what was acknowledged, and where.
struct Watermark {
  std::map<std::uint64_t, std::int64_t> steps;  // by the producer's number

  void take(const json::object& answer) {
    INFO(json::serialize(answer));
    const std::string status(answer.at("status").as_string());
    REQUIRE((status == "taken" || status == "repeat"));
    const auto seq = answer.at("seq").to_number<std::uint64_t>();
    const auto step = answer.at("step").to_number<std::int64_t>();
    const auto [known, fresh] = steps.emplace(seq, step);
    CHECK(known->second == step);
    if (!fresh) CHECK(status == "repeat");
  }

  /// Everything acknowledged is in the journal, and nothing is there twice.
  void expect_in(const Journal& journal, const Catalog& catalog) const {
    RecordedInputs inputs(journal, catalog);
    std::map<std::string, std::uint64_t> last;
    while (const auto input = inputs.next()) {
      REQUIRE(input->producer_seq == ++last[input->producer]);
    }
    CHECK(last["till"] >= (steps.empty() ? 0 : steps.rbegin()->first));
  }
};

TEST_CASE("a run that is killed again and again loses nothing acknowledged and repeats nothing") {
  const TempDir folder;
  const Catalog catalog = standard_catalog();
  folder.write("door.toml", scenario);
  folder.write("tape.jsonl", tape());
  const std::string lines = all_lines();
  const std::string plain = folder.write("lines.jsonl", lines);
  const ProgramResult straight = run_shell(
      std::string(REPRISE_PROGRAM) + " run door.toml --feed till=- -o straight.rpj < " + plain,
      {folder.path()});
  REQUIRE(straight.code == 0);
  const Journal uninterrupted(folder.path() / "straight.rpj");
  REQUIRE(uninterrupted.seal());

  std::mt19937 random(1);
  const auto below = [&](std::uint32_t end) { return static_cast<int>(random() % end); };
  const int kills_min = cases(200, 2'000);
  const std::vector<std::string> modes{"each", "batch=5", "interval=1ms", "interval=5ms"};
  int kills = 0;
  int torn = 0;
  for (std::size_t number = 0; kills < kills_min; ++number) {
    const std::string name = "run-" + std::to_string(number) + ".rpj";
    const std::filesystem::path path = folder.path() / name;
    Watermark watermark;
    bool ended = false;
    while (!ended) {
      LiveProgram program(folder.path(),
                          {"run", "door.toml", "--continue", name, "--feed", "till=-", "--acks",
                           "/dev/fd/3", "--commit", modes[number % modes.size()]});
      program.send(lines);
      program.end_input();
      // Killed some answers beyond what was known before, or before there are any.
      const std::size_t enough = watermark.steps.size() + static_cast<std::size_t>(below(12));
      const bool early = below(8) == 0;
      const auto patience = early ? std::chrono::microseconds(below(20'000)) : 10s;
      while (const auto answer = program.answer(patience)) {
        watermark.take(*answer);
        if (watermark.steps.size() >= std::min<std::size_t>(enough, lines_count - 1)) break;
        if (early) break;
      }
      if (below(2) == 0) std::this_thread::sleep_for(std::chrono::microseconds(below(1500)));
      program.signal(SIGKILL);
      while (const auto answer = program.answer(10s)) watermark.take(*answer);
      const int code = program.wait();
      INFO(program.complaints());
      REQUIRE((code == 128 + SIGKILL || code == 0));
      kills += code == 0 ? 0 : 1;
      if (!std::filesystem::exists(path) || std::filesystem::is_empty(path)) continue;
      const Journal journal(path);
      torn += journal.torn() ? 1 : 0;
      watermark.expect_in(journal, catalog);
      ended = journal.seal().has_value();
      if (watermark.steps.size() >= lines_count - 1 && !ended) {
        const ProgramResult last =
            run_shell(std::string(REPRISE_PROGRAM) + " run door.toml --continue " + name +
                          " --feed till=- < " + plain,
                      {folder.path()});
        INFO(last.err);
        REQUIRE(last.code == 0);
        ended = true;
      }
    }
    const Journal journal(path);
    REQUIRE(journal.seal());
    CHECK(journal.inputs() == lines_count + others_count);
    CHECK(journal.seal()->step == uninterrupted.seal()->step);
    CHECK(journal.seal()->prefix == uninterrupted.seal()->prefix);
    CHECK(journal.seal()->root == uninterrupted.seal()->root);
    CHECK(journal.identity() == uninterrupted.identity());
    CHECK(run_program({"verify", path.string()}).code == 0);
  }
  WARN("ran: " << kills << " kills, " << torn << " torn ends");
}

}  // namespace
}  // namespace reprise::test
