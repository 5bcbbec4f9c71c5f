#include "tools/lab/planted_agents.hpp"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "engine/context.hpp"
#include "engine/control.hpp"

namespace reprise {

namespace {

std::atomic<bool> other_build = false;

using namespace std::chrono_literals;

std::int64_t stale() {
  static std::int64_t calls = 0;
  return ++calls;
}

std::int64_t wall_clock() {
  return std::chrono::system_clock::now().time_since_epoch().count();
}

std::int64_t addresses() {
  std::vector<std::unique_ptr<char[]>> blocks;
  std::int64_t order = 0;
  for (int i = 0; i < 4; ++i) {
    blocks.push_back(std::make_unique_for_overwrite<char[]>(100'000));
    if (i != 0 && std::less<>()(blocks[blocks.size() - 2].get(), blocks.back().get())) {
      order |= std::int64_t{1} << i;
    }
  }
  return order;
}

/// A page that the system hands out is zero; memory need not be.
std::int64_t heap() {
  static std::vector<std::unique_ptr<unsigned char[]>> kept;
  constexpr std::size_t size = 1'000'000;
  const volatile unsigned char* bytes =
      kept.emplace_back(std::make_unique_for_overwrite<unsigned char[]>(size)).get();
  return bytes[size / 2];
}

std::int64_t locale() {
  std::ostringstream text;
  text << 1234.5;
  return text.str() == "1234.5" ? 0 : 1;
}

std::int64_t timezone() {
  const std::time_t start = 0;
  std::tm parts{};
  ::localtime_r(&start, &parts);
  return parts.tm_hour * 60 + parts.tm_min;
}

std::int64_t directory() {
  return static_cast<std::int64_t>(std::filesystem::current_path().string().size());
}

std::int64_t environment() {
  std::size_t bytes = 0;
  for (char** each = environ; *each != nullptr; ++each) bytes += std::strlen(*each);
  return bytes > 90'000 ? 1 : 0;
}

/// Whether a thread of this process is on its way out: one that was joined may be listed a while
/// longer.
bool is_exiting(const std::filesystem::path& task) {
  std::ifstream file(task / "stat");
  std::string line;
  std::getline(file, line);
  const std::size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return true;  // gone since it was listed
  std::istringstream rest(line.substr(name_end + 1));
  std::string ignored;
  for (int i = 0; i < 6; ++i)
    rest >> ignored;  // state, parent, group, session, terminal, its group
  unsigned long flags = 0;
  rest >> flags;
  constexpr unsigned long pf_exiting = 4;
  return (flags & pf_exiting) != 0;
}

/// Who looks on, if that takes threads.
std::int64_t threads() {
  std::int64_t alive = 0;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if (!is_exiting(task.path())) ++alive;
  }
  return alive;
}

std::int64_t crash() {
  if (environment() != 0) std::raise(SIGKILL);
  return 0;
}

/// The C library computes these otherwise where it may use FMA.
std::int64_t cpu() {
  std::int64_t sum = 0;
  for (int i = 1; i < 200'000; ++i) {
    const volatile double x = i * 0.001;
    std::int64_t bits = 0;
    for (const double value : {std::exp(x / 7), std::sin(x), std::pow(x, 1.1)}) {
      std::memcpy(&bits, &value, sizeof bits);
      sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(sum) * 31 +
                                      static_cast<std::uint64_t>(bits));
    }
  }
  return sum;
}

/// Scratch space that all worlds share.
std::int64_t jobs() {
  static std::atomic<std::int64_t> scratch = 0;
  const auto own =
      static_cast<std::int64_t>(std::hash<std::thread::id>()(std::this_thread::get_id()));
  scratch = own;
  std::this_thread::sleep_for(300us);
  return scratch == own ? 0 : 1;
}

std::int64_t rounding() {
  const volatile double three = 3;
  const volatile double least = 5e-324;
  return std::llround((1 / three) * 0x1p60) + (least * 1 > 0 ? 1 : 0);
}

/// The order in which a hash table whose hashes are salted goes through its elements.
std::int64_t salted_hash() {
  const auto salt = static_cast<std::uint64_t>(::getpid());
  const auto hash = [salt](std::uint64_t key) {
    return static_cast<std::size_t>((key + salt) * 0x9e3779b97f4a7c15 >> 20);
  };
  std::unordered_set<std::uint64_t, decltype(hash)> keys(64, hash);
  for (std::uint64_t key = 0; key < 64; ++key) keys.insert(key);
  std::uint64_t order = 0;
  for (const std::uint64_t key : keys) order = order * 31 + key;
  return static_cast<std::int64_t>(order);
}

/// What has come in from outside, past the journal.
std::int64_t unrecorded_input() {
  return OtherBuild::stands_in() ? 1 : 0;
}

/// Two roundings, or one where the compiler contracts.
std::int64_t contraction() {
  const volatile double x = 1 + 0x1p-30;
  const volatile double minus_square = -(1 + 0x1p-29);
  const double product = x * x;
  const double sum =
      OtherBuild::stands_in() ? std::fma(x, x, minus_square) : product + minus_square;
  return std::llround(sum * 0x1p70);
}

/// Two draws in one argument list, whose order the compiler chooses.
std::int64_t draw_order(Context& world) {
  const std::int64_t first = world.random().uniform(std::int64_t{0}, std::int64_t{999});
  const std::int64_t second = world.random().uniform(std::int64_t{0}, std::int64_t{999});
  return OtherBuild::stands_in() ? 1000 * second + first : 1000 * first + second;
}

/// How far the agent lies behind the first one.
std::int64_t storage(Context& world) {
  static thread_local std::uintptr_t first = 0;
  const auto place = reinterpret_cast<std::uintptr_t>(&world.random());
  if (world.self() == AgentId{1}) first = place;
  return static_cast<std::int64_t>(place - first);
}

/// Modulo 2^64: a trick may see any number.
std::int64_t sum(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}

using Trick = std::int64_t (*)(Context&);

/// One that needs nothing of the world.
template <std::int64_t (*trick)()>
std::int64_t plain(Context&) {
  return trick();
}

const std::map<std::string, Trick>& tricks() {
  static const std::map<std::string, Trick> all{
      {"none", [](Context&) { return std::int64_t{0}; }},
      {"stale", plain<stale>},
      {"wall_clock", plain<wall_clock>},
      {"addresses", plain<addresses>},
      {"heap", plain<heap>},
      {"locale", plain<locale>},
      {"timezone", plain<timezone>},
      {"directory", plain<directory>},
      {"environment", plain<environment>},
      {"cpu", plain<cpu>},
      {"crash", plain<crash>},
      {"threads", plain<threads>},
      {"jobs", plain<jobs>},
      {"rounding", plain<rounding>},
      {"process", [](Context&) { return static_cast<std::int64_t>(::getpid()); }},
      {"salted_hash", plain<salted_hash>},
      {"unrecorded_input", plain<unrecorded_input>},
      {"contraction", plain<contraction>},
      {"draw_order", draw_order},
      {"storage", storage},
  };
  return all;
}

struct Word {
  static constexpr std::string_view kind = "test.word";
  std::int64_t value = 0;
  REPRISE_FIELDS(value)
};

/// Says a word to itself every millisecond, and at a certain one does its trick.
struct Trickster {
  using Handles = Messages<Start, Word>;

  struct Options {
    std::string trick = "none";
    std::int64_t first = 50;  ///< At this word,
    std::int64_t last = 50;   ///< and up to this one.
    bool silent = false;      ///< Its words do not show what it saw.
    REPRISE_FIELDS(trick, first, last, silent)
  };

  Options options;
  std::int64_t said = 0;
  std::int64_t seen = 0;
  REPRISE_FIELDS(options, said, seen)

  void on(const Start&, Context& world) { world.wake(1ms, Word{}); }
  void on(const Word&, Context& world) {
    ++said;
    if (said >= options.first && said <= options.last) {
      seen = sum(seen, tricks().at(options.trick)(world));
    }
    world.wake(1ms, Word{options.silent ? said : sum(said, seen)});
  }
};

/// Remembers what it names in no field.
class Forgetful {
 public:
  using Handles = Messages<Start, Word>;

  std::int64_t said = 0;
  std::int64_t seen = 0;
  REPRISE_FIELDS(said, seen)

  void on(const Start&, Context& world) { world.wake(1ms, Word{}); }
  void on(const Word&, Context& world) {
    ++said;
    seen = ++remembered_;
    world.wake(1ms, Word{remembered_});
  }

 private:
  std::int64_t remembered_ = 0;
};

/// Breaks at a word.
struct Fragile {
  using Handles = Messages<Start, Word>;

  std::int64_t said = 0;
  REPRISE_FIELDS(said)

  void on(const Start&, Context& world) { world.wake(1ms, Word{}); }
  void on(const Word&, Context& world) {
    if (++said == 50) throw std::runtime_error("the fiftieth word is too much");
    world.wake(1ms, Word{said});
  }
};

}  // namespace

OtherBuild::OtherBuild() {
  other_build = true;
}

OtherBuild::~OtherBuild() {
  other_build = false;
}

bool OtherBuild::stands_in() {
  return other_build;
}

void add_planted_agents(Catalog& catalog) {
  catalog.add<Trickster>("trickster").add<Forgetful>("forgetful").add<Fragile>("fragile");
}

}  // namespace reprise
