#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "agents/raft/storage.hpp"
#include "engine/codec.hpp"
#include "engine/random.hpp"

namespace reprise::raft {
namespace {

Entry entry(Index index, Term term) {
  Entry made{.index = index, .term = term, .kind = EntryKind::command};
  made.command.value = std::string(index % 7, 'x');
  return made;
}

std::vector<Entry> entries(Index first, Index last, Term term) {
  std::vector<Entry> made;
  for (Index index = first; index <= last; ++index) made.push_back(entry(index, term));
  return made;
}

std::vector<Term> terms(const Log& log) {
  std::vector<Term> all;
  for (const Entry& each : log.entries) all.push_back(each.term);
  return all;
}

void write(const std::vector<Entry>& some, Log& log, Disk& disk) {
  REQUIRE(append(some, log, disk));
  log.cut_from(some.front().index);
  log.entries.insert(log.entries.end(), some.begin(), some.end());
}

TEST_CASE("a new server finds nothing on its disk") {
  Disk disk;
  const auto found = recover(disk);
  REQUIRE(found);
  CHECK(found->ballot.term == 0);
  CHECK(found->snapshot.index == 0);
  CHECK(found->log.last_index() == 0);
}

TEST_CASE("a server finds its vote and its log; later entries take the place of earlier ones") {
  Disk disk;
  Log log;
  REQUIRE(keep(Ballot{7, AgentId{3}}, disk));
  write(entries(1, 5, 1), log, disk);
  write(entries(4, 4, 2), log, disk);
  disk.sync();
  Random random(1, "disk");
  disk.crash(UnsyncedWrites::dropped, random);
  const auto found = recover(disk);
  REQUIRE(found);
  CHECK(found->ballot.term == 7);
  CHECK(found->ballot.vote == AgentId{3});
  CHECK(terms(found->log) == std::vector<Term>{1, 1, 1, 2});
  CHECK(encode(found->log) == encode(log));
}

TEST_CASE("whatever a crash does to what was not synced what was is there") {
  Random random(1, "crashes");
  int cut = 0;
  for (int i = 0; i < 500; ++i) {
    Disk disk;
    Log log;
    write(entries(1, 6, 1), log, disk);
    disk.sync();
    const Index first = static_cast<Index>(random.uniform(5, 7));
    const Index last = static_cast<Index>(random.uniform(7, 9));
    write(entries(first, 7, 2), log, disk);
    write(entries(last > 7 ? 8 : 7, last, 2), log, disk);
    disk.crash(static_cast<UnsyncedWrites>(random.uniform(0, 4)), random);
    const auto found = recover(disk);
    REQUIRE(found);
    REQUIRE(found->log.last_index() >= first - 1);
    for (Index index = 1; index < first; ++index) REQUIRE(found->log.term_at(index) == 1);
    cut += found->log.last_index() < last ? 1 : 0;

    // What is written behind the place where it was torn is found again.
    Log again = found->log;
    write(entries(again.last_index() + 1, again.last_index() + 2, 3), again, disk);
    disk.sync();
    const auto later = recover(disk);
    REQUIRE(later);
    REQUIRE(encode(later->log) == encode(again));
  }
  CHECK(cut > 100);
}

TEST_CASE("a log that has not the entry of the snapshot is not believed") {
  Disk disk;
  Log log;
  write(entries(1, 5, 1), log, disk);
  REQUIRE(keep(Snapshot{.index = 8, .term = 3}, disk));
  const auto found = recover(disk);
  REQUIRE(found);
  CHECK(found->log.base_index == 8);
  CHECK(found->log.base_term == 3);
  CHECK(found->log.entries.empty());

  log = found->log;
  write(entries(9, 10, 4), log, disk);
  const auto later = recover(disk);
  REQUIRE(later);
  CHECK(encode(later->log) == encode(log));
}

TEST_CASE("a log begins where a snapshot lets it begin") {
  Disk disk;
  Log log;
  write(entries(1, 9, 1), log, disk);
  REQUIRE(keep(Snapshot{.index = 7, .term = 1}, disk));
  log.compact(5);
  REQUIRE(keep(log, disk));
  const auto found = recover(disk);
  REQUIRE(found);
  CHECK(found->log.base_index == 5);
  CHECK(found->log.last_index() == 9);
}

TEST_CASE("a disk that has lied about what is not its log is not believed") {
  for (int which = 0; which < 2; ++which) {
    Disk disk;
    if (which == 0) REQUIRE(keep(Ballot{7, AgentId{3}}, disk));
    if (which == 1) REQUIRE(keep(Snapshot{.index = 7, .term = 1}, disk));
    disk.sync();
    Random random(1, "rot");
    disk.rot(1, random);
    CHECK_FALSE(recover(disk));
  }
}

TEST_CASE("a full disk says so and nothing has changed") {
  Disk disk;
  Log log;
  write(entries(1, 3, 1), log, disk);
  disk.full = true;
  CHECK_FALSE(append(entries(4, 4, 1), log, disk));
  CHECK_FALSE(keep(Ballot{1, AgentId{1}}, disk));
  CHECK_FALSE(keep(log, disk));
  const auto found = recover(disk);
  REQUIRE(found);
  CHECK(found->log.last_index() == 3);
}

TEST_CASE("a store does a command once however often it comes") {
  Store store;
  const Command first{AgentId{1}, 1, Action::put, "k", "a"};
  const Command second{AgentId{1}, 2, Action::append, "k", "b"};
  for (const Command& command : {first, first, second, first, second}) store.apply(command);
  CHECK(store.value("k") == "ab");
  CHECK(store.value("other").empty());
  store.execute(second);
  CHECK(store.value("k") == "abb");
}

}  // namespace
}  // namespace reprise::raft
