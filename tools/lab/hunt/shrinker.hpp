#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/lab/hunt/reproducer.hpp"
#include "tools/lab/run_failure.hpp"

/// Makes a failing run smaller: the same failure from fewer inputs, faults, agents and events.
namespace reprise {

/// What may be made smaller.
struct ShrinkScope {
  bool inputs = true;  ///< Inputs and faults are left out.
  bool agents = true;  ///< There are fewer of them.
  bool options =
      true;           ///< Options, links and what else the scenario says go back to what is usual.
  bool times = true;  ///< Things happen sooner.
  bool seed = true;   ///< Under another seed.
};

struct ShrinkPlan {
  const FailedRun& run;
  ShrinkScope scope{};
  unsigned jobs = 1;
};

/// How large a failing run is.
struct RunSize {
  std::uint64_t inputs = 0;  ///< Faults with them, and the end of each.
  std::uint64_t agents = 0;
  std::uint64_t events = 0;  ///< Up to its failure.
  Duration time{};           ///< Likewise.
};

/// A failing run, with the failure that it showed.
struct SmallRun {
  Reproducer reproducer;
  RunFailure failure;
  RunSize size;
};

struct ShrinkProgress {
  RunSize before;
  std::optional<SmallRun> best;
  std::uint64_t runs = 0;
  std::uint64_t events = 0;  ///< Delivered in them.
  std::uint64_t improvements = 0;
  std::uint64_t tries = 0;  ///< So many seeds a candidate is tried with at present.
};

enum class ShrinkEnd : std::uint8_t {
  smallest,        ///< Nothing smaller was found.
  interrupted,     ///< Asked for from outside.
  not_reproduced,  ///< The run as a scenario file would have it does not fail so.
};

/// Delta debugging (A. Zeller and R. Hildebrandt, Simplifying and isolating failure-inducing input,
/// 2002; over groups first as in G. Misherghi and Z. Su, HDD: hierarchical delta debugging, 2006)
/// over inputs and faults, then over the scenario's agents, options and times, in turns until
/// nothing helps any more.
///
/// A run is a chain of chances: what is left out changes all that comes after it. So a candidate
/// counts if it fails under any of a few seeds, of which there are more and more as less is found.
/// Each is a real run, the same one is not run twice, and what is found is the same whatever the
/// number of jobs.
class Shrinker {
 public:
  /// Is asked after each run, and ten times a second or so; true ends it.
  using Interrupted = std::function<bool(const ShrinkProgress&)>;

  explicit Shrinker(const ShrinkPlan& plan);

  ShrinkEnd run(const Interrupted& interrupted);

  const ShrinkProgress& progress() const { return progress_; }

 private:
  class Batch;
  struct Over {};
  struct Candidates {
    std::size_t count = 0;
    std::function<Reproducer(std::size_t)> make;
  };
  using Accepts = std::function<bool(const RunSize&)>;

  bool begin();
  bool depends_on_seed() const;
  bool improve();
  bool leave_out_inputs();
  bool leave_out_single_inputs();
  bool take_away_agents();
  bool say_less();
  bool seek_sooner();
  bool shorten();
  std::optional<std::size_t> try_all(const Candidates& candidates, std::uint64_t tries,
                                     const RunLimit& limit, const Accepts& accepts);
  std::optional<std::size_t> try_all(const std::vector<Reproducer>& candidates, std::uint64_t tries,
                                     const RunLimit& limit, const Accepts& accepts);
  std::vector<std::uint64_t> seeds(std::uint64_t tries) const;
  const RunSize& size() const { return progress_.best->size; }
  const Reproducer& smallest() const { return progress_.best->reproducer; }
  RunLimit first_limit() const;
  RunLimit present_limit() const;

  const ShrinkPlan& plan_;
  std::string fingerprint_;
  bool known_at_end_;  // the failure, and only there
  bool chance_;        // other seeds are other runs
  const Interrupted* interrupted_ = nullptr;
  ShrinkProgress progress_;
  RunLimit limit_;                                          // of the first run that failed
  std::map<std::pair<Digest, std::uint64_t>, Time> tried_;  // under which seed, up to when
};

}  // namespace reprise
