#include "engine/disk.hpp"

#include <catch2/catch.hpp>
#include <numeric>
#include <set>

#include "tests/support/cluster.hpp"

namespace reprise {
namespace {

using namespace test;
using FileBytes = Disk::FileBytes;

FileBytes text(std::string_view characters) {
  return {characters.begin(), characters.end()};
}

/// "ab" is safe in the file; "cd", "ef" and "gh" come after it.
Disk written() {
  Disk disk;
  REQUIRE(disk.append("log", text("ab")));
  disk.sync();
  for (const char* more : {"cd", "ef", "gh"}) REQUIRE(disk.append("log", text(more)));
  return disk;
}

/// What the file may hold after a crash, over many seeds.
std::set<FileBytes> outcomes(UnsyncedWrites writes) {
  std::set<FileBytes> all;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    Disk disk = written();
    Random random(seed, "disk");
    disk.crash(writes, random);
    CHECK(disk.unsynced.empty());
    all.insert(disk.read("log"));
  }
  return all;
}

std::set<FileBytes> texts(std::initializer_list<std::string_view> all) {
  std::set<FileBytes> files;
  for (const std::string_view each : all) files.insert(text(each));
  return files;
}

FileBytes holes(std::string_view characters) {
  FileBytes bytes = text(characters);
  for (std::uint8_t& byte : bytes) {
    if (byte == '.') byte = 0;
  }
  return bytes;
}

TEST_CASE("what is written is read at once") {
  Disk disk = written();
  CHECK(disk.read("log") == text("abcdefgh"));
  REQUIRE(disk.write("log", 1, text("XY")));
  CHECK(disk.read("log") == text("aXYdefgh"));
  disk.truncate("log", 4);
  CHECK(disk.read("log") == text("aXYd"));
  CHECK(disk.size("log") == 4);
  REQUIRE(disk.write("log", 6, text("z")));
  CHECK(disk.read("log") == holes("aXYd..z"));
  REQUIRE(disk.replace("log", text("new")));
  CHECK(disk.read("log") == text("new"));
  disk.remove("log");
  CHECK(disk.read("log").empty());
  const FileBytes before = disk.read("log");
  disk.sync();
  CHECK(disk.read("log") == before);
  CHECK(disk.synced.empty());
}

TEST_CASE("a synced disk reads as it did before") {
  Disk disk = written();
  REQUIRE(disk.write("log", 1, text("XY")));
  disk.truncate("log", 7);
  const FileBytes before = disk.read("log");
  disk.sync();
  CHECK(disk.read("log") == before);
  CHECK(disk.unsynced.empty());
}

TEST_CASE("a crash leaves of unsynced writes what is said") {
  CHECK(outcomes(UnsyncedWrites::kept) == texts({"abcdefgh"}));
  CHECK(outcomes(UnsyncedWrites::dropped) == texts({"ab"}));
  CHECK(outcomes(UnsyncedWrites::torn) ==
        texts({"ab", "abc", "abcd", "abcde", "abcdef", "abcdefg"}));
  CHECK(outcomes(UnsyncedWrites::reordered) ==
        std::set<FileBytes>{text("ab"), text("abcd"), holes("ab..ef"), text("abcdef"),
                            holes("ab....gh"), holes("abcd..gh"), holes("ab..efgh"),
                            text("abcdefgh")});
  std::set<FileBytes> any = outcomes(UnsyncedWrites::any);
  CHECK(any.size() == 11);  // what the others leave, each once
}

TEST_CASE("what replaces a file happens as a whole or not at all") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Disk disk = written();
    disk.sync();
    REQUIRE(disk.replace("log", text("a new file")));
    Random random(seed, "disk");
    disk.crash(UnsyncedWrites::any, random);
    const FileBytes left = disk.read("log");
    CHECK((left == text("abcdefgh") || left == text("a new file")));
  }
}

TEST_CASE("a full disk takes nothing and says so") {
  Disk disk{.capacity = 4};
  CHECK(disk.append("a", text("abc")));
  CHECK_FALSE(disk.append("b", text("de")));
  CHECK(disk.append("b", text("d")));
  CHECK(disk.write("a", 0, text("xyz")));
  disk.remove("a");
  CHECK(disk.append("b", text("efg")));
  disk.full = true;
  CHECK_FALSE(disk.write("b", 0, text("")));
  CHECK_FALSE(disk.replace("b", text("x")));
  CHECK(disk.read("b") == text("defg"));
  Disk large;
  CHECK_FALSE(large.write("a", ~std::uint64_t{0}, text("ab")));
  CHECK_FALSE(large.write("a", Disk::bytes_max, text("a")));
}

TEST_CASE("a rotten bit is one bit of what is safe") {
  std::set<FileBytes> seen;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Disk disk = written();
    Random random(seed, "rot");
    disk.rot(1, random);
    const FileBytes bytes = disk.synced.at("log");
    REQUIRE(bytes.size() == 2);
    const int turned = __builtin_popcount(bytes[0] ^ 'a') + __builtin_popcount(bytes[1] ^ 'b');
    CHECK(turned == 1);
    seen.insert(bytes);
  }
  CHECK(seen.size() == 16);
  Disk empty;
  Random random(1, "rot");
  empty.rot(5, random);
  CHECK(empty.synced.empty());
}

TEST_CASE("a write that cannot be is refused and not made") {
  Disk disk;
  disk.unsynced.push_back({Disk::Change::write, "a", ~std::uint64_t{0}, {1, 2}});
  CHECK_THROWS_AS(disk.read("a"), std::invalid_argument);
  CHECK_THROWS_AS(disk.sync(), std::invalid_argument);
  disk.unsynced.back().offset = std::uint64_t{1} << 40;
  CHECK_THROWS_AS(disk.size("a"), std::invalid_argument);
}

/// Writes, syncs and then tells the listener.
struct Writer {
  using Handles = Messages<Start>;
  Disk disk;
  REPRISE_FIELDS(disk)
  REPRISE_DURABLE(disk)

  void on(const Start&, Context& world) {
    const AgentId listener = world.find("listener");
    world.send(listener, Note{1});
    if (!disk.append("log", {1})) world.send(listener, Note{9});
    world.sync(disk);
    world.send(listener, Note{2});
  }
};

TEST_CASE("what is sent after a sync leaves when the disk is done") {
  for (const bool networked : {false, true}) {
    Catalog catalog = test_catalog();
    catalog.add<Writer>("writer");
    Simulation world(catalog, 1);
    world.add("writer", Writer{.disk = {.latency = 30ms}});
    world.add("listener", Listener{});
    if (networked) world.connect(NetworkPlan(world.names()).network());
    world.run(time_max);
    const Listener& listener = *world.agent<Listener>(*world.find("listener"));
    CHECK(listener.heard == std::vector<std::int64_t>{1, 2});
    CHECK(listener.at == std::vector<std::int64_t>{0, 30'000'000});
    CHECK(world.agent<Writer>(AgentId{1})->disk.unsynced.empty());
  }
}

TEST_CASE("the disks of a node are filled slowed and spoiled") {
  const Catalog catalog = cluster_catalog();
  const auto world = cluster(catalog);
  const AgentId network = *world->find("network");
  world->inject(input_at(50ms, network, SetDisk{.node = "peer[2]", .latency = 3ms, .full = true}));
  world->run(Time(50ms));
  CHECK(world->agent<Peer>(AgentId{3})->disk.full);
  CHECK(world->agent<Peer>(AgentId{3})->disk.slower == 3ms);
  CHECK_FALSE(world->agent<Peer>(AgentId{2})->disk.full);
  const FileBytes before = world->agent<Peer>(AgentId{2})->disk.synced.at("heard");
  world->inject(input_at(50ms + 1ns, network, Rot{.node = "peer[1]", .bits = 3}));
  world->run(Time(50ms + 1ns));
  const FileBytes after = world->agent<Peer>(AgentId{2})->disk.synced.at("heard");
  CHECK(after != before);
  CHECK(after.size() == before.size());
  CHECK(world->agent<Peer>(AgentId{3})->disk.full);
}

}  // namespace
}  // namespace reprise
