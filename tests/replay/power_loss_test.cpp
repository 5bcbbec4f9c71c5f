#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <random>

#include "replay/continuation.hpp"
#include "tests/support/recording.hpp"
#include "tests/support/sizes.hpp"
#include "tests/support/temp_dir.hpp"

namespace reprise {
namespace {

using namespace test;
using namespace std::chrono_literals;

constexpr std::size_t block_bytes = 512;
constexpr RunLimit limit{.until = Time(400ms)};

/// Keeps what was written and what was synchronised, in order.
class RememberedFiles : public FileLayer {
 public:
  struct Call {
    std::string bytes;               ///< Written; empty: synchronised.
    std::uint64_t acknowledged = 0;  ///< Inputs that were acknowledged before.
  };
  std::vector<Call> calls;
  std::uint64_t acknowledged = 0;

  ssize_t write(int descriptor, std::span<const std::byte> bytes) override {
    const ssize_t written = FileLayer::write(descriptor, bytes);
    calls.push_back({std::string(reinterpret_cast<const char*>(bytes.data()),
                                 static_cast<std::size_t>(written)),
                     acknowledged});
    return written;
  }

  int sync(int descriptor) override {
    calls.push_back({"", acknowledged});
    return FileLayer::sync(descriptor);
  }
};

Seal record_live(const std::filesystem::path& path, const Catalog& catalog,
                 RememberedFiles& files) {
  const auto world = meadow(catalog);
  InputList inputs(meadow_inputs());
  JournalWriter journal(path, header_of(*world), {"meadow.toml", ""}, false, WorkOn::caller, files);
  Recorder recorder(*world, journal);
  Session session(*world, inputs);
  journal.commit();
  while (session.step(limit.until)) {
    if (journal.inputs() < files.acknowledged + 3) continue;
    journal.commit();
    files.acknowledged = journal.inputs();
  }
  world->stand_at(limit.until);
  return recorder.finish(RunEnd::until, limit);
}

/// What the device holds after the power went at call `last`: of what was not synchronised, each
/// block as it was written, or as zeros, or as anything; and no more than some length of it.
std::string after_power_loss(const RememberedFiles& files, std::size_t last, std::mt19937& random) {
  std::string durable;
  std::string written;
  for (std::size_t i = 0; i <= last; ++i) {
    written += files.calls[i].bytes;
    if (files.calls[i].bytes.empty() && i < last) durable = written;
  }
  std::string left =
      written.substr(0, durable.size() + random() % (written.size() - durable.size() + 1));
  for (std::size_t at = durable.size(); at < left.size();) {
    const std::size_t end = std::min(left.size(), (at / block_bytes + 1) * block_bytes);
    const auto fate = random() % 4;
    for (; at < end; ++at) {
      if (fate == 1) left[at] = 0;
      if (fate == 2) left[at] = static_cast<char>(random());
    }
  }
  return left;
}

TEST_CASE("a power loss takes nothing that was acknowledged and leaves no damage") {
  const int seeds = cases(3'000, 100'000);
  const TempDir folder;
  const Catalog catalog = test_catalog();
  RememberedFiles files;
  const Seal seal = record_live(folder.path() / "a.rpj", catalog, files);
  std::size_t first = 0;  // before it nothing is promised
  while (!files.calls[first].bytes.empty()) ++first;
  const std::filesystem::path path = folder.path() / "left.rpj";
  int torn = 0;
  for (int seed = 0; seed < seeds; ++seed) {
    std::mt19937 random(static_cast<std::uint32_t>(seed));
    const std::size_t last = first + 1 + random() % (files.calls.size() - first - 1);
    INFO("seed " << seed << ", call " << last);
    write_bytes(path, after_power_loss(files, last, random));
    {
      const Journal journal(path);
      torn += journal.torn() ? 1 : 0;
      REQUIRE(journal.inputs() >= files.calls[last].acknowledged);
      if (journal.seal() || seed % 50 != 0) continue;
    }
    const auto world = meadow(catalog);
    JournalWriter writer(path);
    const Journal broken(path);
    Continuation continuation(broken, *world);
    Recorder recorder(*world, writer);
    REQUIRE(continuation.live_again());
    InputList inputs(meadow_inputs());
    Session session(*world, inputs);
    const Seal again = recorder.finish(session.run(limit), limit);
    CHECK(again.identity == seal.identity);
    CHECK(again.root == seal.root);
  }
  WARN("ran: " << seeds << " losses of power, " << torn << " torn ends");
  CHECK(torn > seeds / 10);
}

}  // namespace
}  // namespace reprise
