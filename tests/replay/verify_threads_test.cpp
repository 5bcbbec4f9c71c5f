#include <atomic>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <thread>

#include "replay/branch.hpp"
#include "replay/lineage.hpp"
#include "replay/verify.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

// What verify() says with several threads, against what it says with one.
namespace reprise {
namespace {

using namespace test;

/// What a planted agent does otherwise; set between runs, read by all threads.
struct Plant {
  Step at = 0;               // the tick from which on it does so; 0: never
  std::int64_t said = 0;     // added to what it sends
  std::int64_t thought = 0;  // added to a field that nobody hears of
  bool fails = false;
} plant;

struct Planted {
  using Handles = Messages<Start, Tick, Note>;

  std::uint64_t ticks = 0;
  std::int64_t sum = 0;
  std::int64_t thought = 0;
  REPRISE_FIELDS(ticks, sum, thought)

  void on(const Start&, Context& world) { world.wake(1ms, Tick{}); }
  void on(const Tick&, Context& world) {
    const bool planted = ++ticks >= plant.at && plant.at != 0;
    if (planted && plant.fails) throw std::runtime_error("planted");
    if (ticks == plant.at) thought += plant.thought;
    const auto jitter = static_cast<std::int64_t>(world.random().uniform(1, 9));
    world.send(world.self(), Note{jitter + (planted ? plant.said : 0)});
    world.wake(1ms, Tick{});
  }
  void on(const Note& note, Context&) { sum += note.value; }
};

/// Two ticks' worth of events each millisecond for so long, with keyframes and inputs on the way.
struct Garden {
  TempDir folder;
  Catalog catalog = planted_catalog();
  WorldFactory factory = [this](const JournalHeader& header) { return garden(header.seed); };
  std::filesystem::path path = folder.path() / "a.rpj";

  static Catalog planted_catalog() {
    plant = {};
    Catalog catalog = test_catalog();
    catalog.add<Planted>("planted");
    return catalog;
  }

  std::unique_ptr<Simulation> garden(std::uint64_t seed) const {
    auto world = std::make_unique<Simulation>(catalog, seed);
    world->add("planted", Planted{});
    world->add("walker", Walker{}, 3);
    world->add("sheep", Sheep{});
    world->add("fragile", Fragile{});
    return world;
  }

  Seal recorded(Step keyframes, const RunLimit& limit = {.until = Time(10s)},
                std::vector<Input> inputs = numbers()) const {
    const auto world = garden(1);
    InputList source(std::move(inputs));
    return record(path, *world, source, limit,
                  keyframes == 0 ? KeyframePolicy::none() : KeyframePolicy::every(keyframes));
  }

  static std::vector<Input> numbers() {
    std::vector<Input> inputs;
    for (std::int64_t i = 0; i < 500; ++i) {
      Input input = input_at(20ms * i, AgentId{2}, Note{i});
      input.producer_seq = static_cast<std::uint64_t>(i) + 1;
      inputs.push_back(std::move(input));
    }
    return inputs;
  }

  /// What is said of `which`, an error included.
  std::string said(const std::filesystem::path& which, unsigned jobs) const {
    try {
      const Verification result = verify(open_history(which), catalog, factory, {}, jobs);
      std::string text = "steps " + std::to_string(result.steps) +
                         (result.deterministic ? "" : " not deterministic");
      if (!result.divergence) return text + " equal";
      return text + " differs " + std::to_string(static_cast<int>(result.divergence->what)) +
             " at " + std::to_string(result.divergence->step) + ": " + result.divergence->recorded +
             " | " + result.divergence->computed;
    } catch (const JournalError& error) {
      return error.what();
    }
  }

  /// The same whatever the number of threads is.
  std::string said_by_any(const std::filesystem::path& which) const {
    const std::string one = said(which, 1);
    for (const unsigned jobs : {2U, 3U, 16U}) {
      INFO(jobs << " jobs");
      CHECK(said(which, jobs) == one);
    }
    return one;
  }
};

TEST_CASE("threads that live segments find a whole journal equal") {
  const Garden garden;
  for (const Step keyframes : std::vector<Step>{0, 100, 1000, 4096, 7000, 100'000}) {
    INFO("a keyframe every " << keyframes);
    const Seal seal = garden.recorded(keyframes);
    REQUIRE(seal.step > 20'000);
    CHECK(garden.said_by_any(garden.path) == "steps " + std::to_string(seal.step) + " equal");
  }
}

TEST_CASE("threads each live a part of a journal and together all of it") {
  const Garden garden;
  const Seal seal = garden.recorded(1000);
  std::atomic<unsigned> worlds{0};
  const WorldFactory counted = [&](const JournalHeader& header) {
    ++worlds;
    return garden.factory(header);
  };
  Step lived = 0;
  const auto caller = std::this_thread::get_id();
  bool elsewhere = false;
  const auto progress = [&](Step steps) {
    lived = std::max(lived, steps);
    elsewhere = elsewhere || std::this_thread::get_id() != caller;
  };
  const Journal journal(garden.path);
  CHECK_FALSE(verify(journal, garden.catalog, counted, progress, 2).divergence);
  CHECK(worlds == 1);  // from a scenario; the others are restored, and none is lived twice
  CHECK(lived == seal.step);
  CHECK_FALSE(elsewhere);
}

TEST_CASE("threads name the first difference of a world that changed its mind") {
  const Garden garden;
  garden.recorded(1000);
  // In the first segment, in the last, and where one ends.
  for (const Step tick : std::vector<Step>{3, 700, 5000, 9999}) {
    for (const int way : {0, 1, 2}) {
      INFO("from tick " << tick << " on in way " << way);
      plant = {.at = tick};
      if (way == 0) plant.said = 5;
      if (way == 1) plant.thought = 5;
      if (way == 2) plant.fails = true;
      const std::string said = garden.said_by_any(garden.path);
      CHECK_THAT(said, Catch::Contains("differs") && !Catch::Contains("not deterministic"));
      if (way == 2) CHECK_THAT(said, Catch::Contains("planted"));
    }
  }
}

TEST_CASE("threads say of every kind of end what one says") {
  const Garden garden;
  RunLimit limit{.until = Time(5s)};
  std::vector<Input> inputs = Garden::numbers();
  SECTION("steps") {
    limit.steps = 9000;
  }
  SECTION("at a keyframe") {
    limit.steps = 4000;
  }
  SECTION("stopped") {
    inputs.insert(inputs.begin() + 200, input_at(3990ms, world_id, Stop{}));
  }
  SECTION("failed") {
    inputs.insert(inputs.begin() + 200, input_at(3990ms, AgentId{6}, Note{-1}));
  }
  SECTION("edited at keyframes") {
    limit.steps = 8000;
    inputs = {edit_after(3000, SetField{"walker[1]", "place", "9"}),
              edit_after(4000, SetField{"planted", "sum", "7"}), edit_after(8000, Reseed{"", 3})};
  }
  const Seal seal = garden.recorded(1000, limit, inputs);
  CHECK(garden.said_by_any(garden.path) == "steps " + std::to_string(seal.step) + " equal");
}

TEST_CASE("threads say of torn and damaged journals what one says") {
  const Garden garden;
  garden.recorded(1000);
  const std::string whole = file_bytes(garden.path);
  const auto other = garden.folder.path() / "other.rpj";
  for (std::size_t i = 1; i < 24; ++i) {
    const std::size_t at = whole.size() * i / 24;
    INFO("byte " << at << " of " << whole.size());
    write_bytes(other, whole.substr(0, at));
    garden.said_by_any(other);
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    write_bytes(other, damaged);
    garden.said_by_any(other);
  }
}

TEST_CASE("threads say of a branch what one says") {
  const Garden garden;
  garden.recorded(1000);
  const Journal root(garden.path);
  CheckedPlayer player(root, garden.catalog, garden.factory);
  REQUIRE(player.run_to(7500, time_max, {}));
  BranchPlan plan;
  plan.limit = limit_of(root);
  plan.edits.emplace_back(SetField{"walker[1]", "place", "1000"});
  const auto to = garden.folder.path() / "b.rpj";
  const Seal seal =
      record_branch(root, player.world(), plan, to, false, KeyframePolicy::every(900)).seal;
  CHECK(garden.said_by_any(to) == "steps " + std::to_string(seal.step) + " equal");
  plant = {.at = 1000, .said = 1};
  CHECK_THAT(garden.said_by_any(to), Catch::Contains("differs"));
}

/// Writes a keyframe every thousand steps, of which one is of a world where something else is so.
class Liar final : public Observer {
 public:
  Liar(Simulation& world, JournalWriter& journal, Step lie, const SetField& set)
      : world_(world), journal_(journal), lie_(lie), set_(set) {}
  bool wants_checkpoints() const override { return false; }
  Step next_pause(Step step) const override { return (step / 1000 + 1) * 1000; }
  void on_pause() override {
    Bytes bytes;
    Encoder out(bytes);
    world_.save(out);
    Simulation other(world_.catalog(), world_.seed());
    Decoder in(bytes);
    other.restore(in);
    const Digest prefix = other.prefix();
    if (world_.steps() == lie_) {
      Bytes changed;
      Encoder again(changed);
      Input edit = edit_after(other.steps(), set_);
      edit.at = other.now();
      other.edit(edit);
      other.save(again);
      std::copy_n(bytes.begin() + prefix_offset, sizeof(Digest), changed.begin() + prefix_offset);
      Decoder lied(changed);
      other.restore(lied);
    }
    journal_.add_keyframe({world_.steps(), world_.now(), prefix, other.state_root()},
                          [&](Encoder& page) { other.save(page); });
  }

 private:
  static constexpr std::ptrdiff_t prefix_offset = 41;  // behind time, steps, seed, sent, stopped,
                                                       // next checkpoint
  Simulation& world_;
  JournalWriter& journal_;
  Step lie_;
  SetField set_;
};

/// Writes what a run wrote, but for one keyframe, which is of a world where something else is so.
void record_with_a_lie(const Garden& garden, Step lie, const SetField& set) {
  const auto world = garden.garden(1);
  JournalHeader header = header_of(*world);
  JournalWriter journal(garden.path, header, {"garden.toml", ""}, true);
  Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::none()});
  Liar liar(*world, journal, lie, set);
  world->observe(liar);
  InputList source(Garden::numbers());
  Session session(*world, source);
  const RunLimit limit{.until = Time(10s)};
  recorder.finish(session.run(limit), limit);
  world->forget(liar);
}

TEST_CASE("threads believe no keyframe that the history before it does not lead to") {
  const Garden garden;
  // A field that changes what is lived from there on, and one that shows at a checkpoint alone.
  for (const SetField& set :
       {SetField{"planted", "ticks", "1"}, SetField{"planted", "thought", "99"}}) {
    record_with_a_lie(garden, 8000, set);
    const Journal journal(garden.path);
    const HistoryKeyframes keyframes(journal);
    Simulation world(garden.catalog, 1);
    REQUIRE(keyframes.restore(*keyframes.find(8000), world));  // nothing in the journal tells
    CHECK(garden.said_by_any(garden.path) ==
          "steps " + std::to_string(journal.last_step()) + " equal");
  }
}

}  // namespace
}  // namespace reprise
