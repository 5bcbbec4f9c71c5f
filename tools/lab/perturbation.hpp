#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What `reprise check` changes around a run, and what must not change the run.
namespace reprise {

enum class Perturbation : std::uint8_t {
  again,
  restore,
  recording,
  rounding,
  addresses,
  queue,
  storage,
  process,
  keyframes,
  jobs,
  heap,
  locale,
  timezone,
  directory,
  environment,
  cpu,
};

struct PerturbationFacts {
  Perturbation what;
  std::string_view name;   ///< As the command line has it.
  std::string_view about;  ///< What is done.

  /// It is done in another process; others in this one.
  bool elsewhere = false;
};

/// All of them, those in this process first.
inline constexpr std::array perturbations{
    PerturbationFacts{Perturbation::again, "again", "a second time in the same process"},
    PerturbationFacts{Perturbation::restore, "restore", "saved and restored at random steps"},
    PerturbationFacts{Perturbation::recording, "recording",
                      "with a second recording beside it, of the first 2,000,000 events"},
    PerturbationFacts{Perturbation::rounding, "rounding",
                      "entered with rounding upward and subnormals flushed to zero"},
    PerturbationFacts{Perturbation::addresses, "addresses",
                      "blocks of memory given out in another order"},
    PerturbationFacts{Perturbation::queue, "queue", "pending events in a plain heap"},
    PerturbationFacts{Perturbation::storage, "storage", "agents in another order in memory"},
    PerturbationFacts{Perturbation::process, "process", "in a process of its own", true},
    PerturbationFacts{Perturbation::keyframes, "keyframes",
                      "taken up from each of the journal's keyframes", true},
    PerturbationFacts{Perturbation::jobs, "jobs", "beside the same run in another thread", true},
    PerturbationFacts{Perturbation::heap, "heap",
                      "memory filled with patterns before use and when freed", true},
    PerturbationFacts{Perturbation::locale, "locale", "another locale, with a decimal comma", true},
    PerturbationFacts{Perturbation::timezone, "timezone", "another time zone", true},
    PerturbationFacts{Perturbation::directory, "directory", "another working directory", true},
    PerturbationFacts{Perturbation::environment, "environment", "a large environment", true},
    PerturbationFacts{Perturbation::cpu, "cpu", "a C library that does not use FMA and AVX", true},
};

using Perturbations = std::vector<Perturbation>;

const PerturbationFacts& facts_of(Perturbation perturbation);
bool has(const Perturbations& all, Perturbation perturbation);

/// Why it can do nothing here; empty if it can.
std::string without_effect(Perturbation perturbation);

/// "restore,rounding"
std::string names_of(const Perturbations& all);

/// The one of that name; throws UsageError with those that there are.
Perturbation perturbation_named(std::string_view name);

/// Those of "restore,rounding"; throws UsageError as perturbation_named() does.
Perturbations perturbations_named(std::string_view names);

/// The variables that a process is to be started with, in place of its parent's of the same names.
std::vector<std::pair<std::string, std::string>> environment_of(const Perturbations& all);

/// What of `all` is done to a process from within, as long as it lives: the heap and the locale.
class ProcessPerturbed {
 public:
  ProcessPerturbed(const Perturbations& all, std::uint64_t seed);
  ~ProcessPerturbed();
  ProcessPerturbed(const ProcessPerturbed&) = delete;
  ProcessPerturbed& operator=(const ProcessPerturbed&) = delete;

 private:
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

/// While it lives, this thread rounds upward and flushes subnormal numbers to zero, if asked to.
class RoundingPerturbed {
 public:
  explicit RoundingPerturbed(bool wanted);
  ~RoundingPerturbed();
  RoundingPerturbed(const RoundingPerturbed&) = delete;
  RoundingPerturbed& operator=(const RoundingPerturbed&) = delete;

 private:
  struct Before;
  std::unique_ptr<Before> before_;
};

}  // namespace reprise
