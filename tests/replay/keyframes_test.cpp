#include <catch2/catch.hpp>

#include "replay/checked_player.hpp"
#include "replay/keyframes.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;

constexpr Step spacing = 97;

struct Recorded {
  TempDir folder;
  Catalog catalog = test_catalog();
  std::filesystem::path path = folder.path() / "a.rpj";
  Seal seal = record_meadow(path, catalog, 2s, 1, KeyframePolicy::every(spacing));
  std::string bytes = file_bytes(path);
};

std::vector<FrameEntry> frames_of(const Journal& journal, FrameType type) {
  std::vector<FrameEntry> found;
  for (const FrameEntry& entry : journal.frames()) {
    if (entry.type == type) found.push_back(entry);
  }
  return found;
}

TEST_CASE("keyframes stand where they were asked for and change nothing") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  CHECK(journal.keyframes() == recorded.seal.step / spacing);
  for (const FrameEntry& entry : frames_of(journal, FrameType::keyframe)) {
    CHECK(entry.span.last_step % spacing == 0);
  }
  const auto without = recorded.folder.path() / "b.rpj";
  const Seal plain = record_meadow(without, recorded.catalog, 2s, 1, KeyframePolicy::none());
  CHECK(Journal(without).keyframes() == 0);
  CHECK(plain.prefix == recorded.seal.prefix);
  CHECK(plain.root == recorded.seal.root);
  CHECK(plain.identity == recorded.seal.identity);
  CHECK(plain.checkpoints == recorded.seal.checkpoints);
}

TEST_CASE("from a keyframe on the history is the straight one at any step") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const WorldFactory factory = meadow_factory(recorded.catalog);
  Player straight(journal, recorded.catalog, factory);
  const Step step = GENERATE(Step{0}, Step{96}, Step{97}, Step{98}, Step{500}, Step{1001});
  Player near(journal, recorded.catalog, factory, step);
  CHECK(near.world().steps() == step / spacing * spacing);
  CHECK(near.run_to(step));
  CHECK(straight.run_to(step));
  CHECK(near.world().prefix() == straight.world().prefix());
  CHECK(near.world().state_root() == straight.world().state_root());
  CHECK(near.run_to(recorded.seal.step));
  CHECK(near.stand_at(recorded.seal.at));
  CHECK(near.world().prefix() == recorded.seal.prefix);
  CHECK(near.world().state_root() == *recorded.seal.root);
  CHECK(near.exhausted());
}

TEST_CASE("every keyframe is checked to the end against what the journal proves") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  for (Step step = spacing; step <= recorded.seal.step; step += spacing) {
    CheckedPlayer player(journal, recorded.catalog, meadow_factory(recorded.catalog), step);
    CHECK(player.began() == step);
    CHECK(player.run_to(journal.last_step(), time_max, {}));
    CHECK_NOTHROW(player.compare_end());
  }
}

TEST_CASE("a keyframe right behind an input goes on with the next one") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const Seal seal = record_meadow(path, catalog, 300ms, 1, KeyframePolicy::every(1));
  const Journal journal(path);
  CHECK(journal.inputs() > 1);
  CHECK(journal.keyframes() == seal.step);
  for (Step step = 1; step <= seal.step; ++step) {
    CheckedPlayer player(journal, catalog, meadow_factory(catalog), step);
    CHECK(player.began() == step);
    CHECK(player.run_to(journal.last_step(), time_max, {}));
    CHECK_NOTHROW(player.compare_end());
  }
}

TEST_CASE("an edit behind a keyframe is applied once wherever one begins") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const auto world = meadow(catalog);
  Step edited = 0;
  {
    JournalWriter journal(path, header_of(*world), {}, true);
    Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::every(1)});
    world->run_until(Time(500ms));
    edited = world->steps();
    world->edit(edit_after(edited, SetField{"walker[1]", "place", "9"}));
    world->run_until(Time(1s));
    recorder.finish(RunEnd::until, {.until = Time(1s)});
  }
  const Journal journal(path);
  for (const Step step : {edited - 1, edited, edited + 1}) {
    CheckedPlayer player(journal, catalog, meadow_factory(catalog), step);
    CHECK(player.began() == step);
    CHECK(player.run_to(journal.last_step(), time_max, {}));
    CHECK_NOTHROW(player.compare_end());
  }
}

TEST_CASE("a keyframe later than the time asked for is not taken") {
  const Recorded recorded;
  const Journal journal(recorded.path);
  const Keyframes keyframes(journal);
  const auto first = frames_of(journal, FrameType::keyframe).front();
  CHECK_FALSE(keyframes.find(spacing - 1));
  CHECK_FALSE(keyframes.find(journal.last_step(), first.span.last_at - Duration(1)));
  REQUIRE(keyframes.find(spacing, first.span.last_at));
  CHECK(journal.frames()[*keyframes.find(spacing)].offset == first.offset);
}

TEST_CASE("a page that did not change is named and not stored again") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  Simulation world(catalog, 1);
  world.add("walker", Walker{}, 20'000);
  InputList none;
  world.run(time_max, 20'000);  // every Start
  const std::uint64_t size = saved(world).size();
  JournalWriter journal(folder.path() / "a.rpj", header_of(world), {"a", ""});
  KeyframeMoment moment{};
  const auto save = [&](Encoder& out) { world.save(out); };
  const auto first = journal.add_keyframe(moment, save);
  CHECK(first.state == size);
  CHECK(first.stored == size);
  CHECK(journal.add_keyframe(moment, save).stored == 0);
  world.step();
  const auto changed = journal.add_keyframe(moment, save);
  CHECK(changed.stored > 0);
  CHECK(changed.stored < size);
}

TEST_CASE("a state larger than a frame of pages is put together again") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  Simulation world(catalog, 1);
  world.add("walker", Walker{}, 20'000);
  InputList none;
  record(path, world, none, {.steps = 30'000}, KeyframePolicy::every(10'000));
  const Journal journal(path);
  CHECK(journal.streams().at(FrameType::pages).frames > 3);
  Simulation again(catalog, 1);
  const Keyframes keyframes(journal);
  REQUIRE(keyframes.restore(*keyframes.find(30'000), again));
  CHECK(saved(again) == saved(world));
}

TEST_CASE("a keyframe with any byte changed is passed over or makes no difference") {
  const Recorded recorded;
  const Journal whole(recorded.path);
  const WorldFactory factory = meadow_factory(recorded.catalog);
  const FrameEntry keyframe = frames_of(whole, FrameType::keyframe).at(5);
  const FrameEntry pages = frames_of(whole, FrameType::pages).at(5);
  const Step step = keyframe.span.last_step;
  std::size_t earlier = 0;
  for (const FrameEntry& entry : {keyframe, pages}) {
    for (std::uint64_t at = entry.offset; at < entry.end(); at += 3) {
      std::string changed = recorded.bytes;
      changed[at] = static_cast<char>(changed[at] ^ 0x10);
      write_bytes(recorded.path, changed);
      const Journal journal(recorded.path);
      Player player(journal, recorded.catalog, factory, step);
      earlier += player.world().steps() < step ? 1 : 0;
      CHECK(player.run_to(recorded.seal.step));
      CHECK(player.world().prefix() == recorded.seal.prefix);
    }
  }
  CHECK(earlier > 100);
  write_bytes(recorded.path, recorded.bytes);
}

TEST_CASE("a keyframe of another history is passed over") {
  const Recorded recorded;
  // The same frames, but the keyframes are of a world with another seed.
  const Catalog& catalog = recorded.catalog;
  const auto path = recorded.folder.path() / "b.rpj";
  const auto world = meadow(catalog);
  const auto other = meadow(catalog, 2);
  InputList inputs(meadow_inputs());
  InputList other_inputs(meadow_inputs());
  Session other_session(*other, other_inputs);
  other_session.run({.steps = 500});
  JournalWriter journal(path, header_of(*world), {"meadow.toml", "# a meadow"});
  Recorder recorder(*world, journal, {.keyframes = KeyframePolicy::none()});
  Session session(*world, inputs);
  session.run({.steps = 500});
  const KeyframeMoment moment{other->steps(), other->now(), other->prefix(), other->state_root()};
  journal.add_keyframe(moment, [&](Encoder& out) { other->save(out); });
  const RunEnd end = session.run({.until = Time(2s)});
  const Seal seal = recorder.finish(end, {.until = Time(2s)});
  CHECK(seal.prefix == recorded.seal.prefix);
  const Journal reopened(path);
  Player player(reopened, catalog, meadow_factory(catalog), 600);
  CHECK(player.world().steps() == 0);
}

TEST_CASE("the distance of keyframes follows the bytes they take") {
  const TempDir folder;
  const Catalog catalog = test_catalog();
  const auto path = folder.path() / "a.rpj";
  const KeyframePolicy policy{.steps_min = 100, .steps_per_byte = 1, .steps_per_new_byte = 3};
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  record(path, *world, inputs, {.steps = 40'000}, policy);
  const Journal journal(path);
  const auto keyframes = frames_of(journal, FrameType::keyframe);
  REQUIRE(keyframes.size() >= 2);
  const std::uint64_t bytes = saved(*world).size();
  CHECK(keyframes.front().span.last_step > bytes);
  CHECK(keyframes[1].span.last_step - keyframes[0].span.last_step > bytes);
}

}  // namespace
}  // namespace reprise
