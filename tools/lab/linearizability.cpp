#include "tools/lab/linearizability.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <utility>

#include "tools/lab/linearization_search.hpp"

namespace reprise {

namespace {

/// How many configurations a search goes through before it tries whether the answer is simple.
constexpr std::uint64_t before_shortcut = 50'000;
constexpr std::uint64_t shortcut_max = 1'000'000;

/// How many configurations a search for fewer operations may take: each one, and all together.
constexpr std::uint64_t reduction_factor = 2;
constexpr std::uint64_t reduction_more = 5'000;
constexpr std::uint64_t reduction_total = 300'000;

/// The indices of each key's operations, in the order in which the keys were first used.
std::vector<std::vector<std::size_t>> by_key(const ClientHistory& history) {
  std::map<std::string, std::size_t> numbers;
  std::vector<std::vector<std::size_t>> keys;
  for (std::size_t i = 0; i < history.operations.size(); ++i) {
    const auto [found, added] = numbers.try_emplace(history.operations[i].key, keys.size());
    if (added) keys.emplace_back();
    keys[found->second].push_back(i);
  }
  return keys;
}

/// Takes what need not hold from the operations of one key, as long as no order explains the rest.
class Reduction {
 public:
  Reduction(const ClientHistory& history, const LinearizationSearch& search,
            const SearchResult& found, const JudgementLimits& limits)
      : history_(history), search_(search), found_(found) {
    limits_ = {.memory_bytes_max = limits.memory_bytes_max,
               .stop = limits.stop,
               .configurations_max = found.configurations * reduction_factor + reduction_more};
    left_ = found.configurations * reduction_factor + reduction_total;
  }

  OffendingPart run() {
    OffendingPart part;
    part.prefix_end = found_.blocked_position;
    part.failing = search_.operations()[found_.blocked];
    part.key = history_.operations[part.failing].key;
    cut();
    const std::vector<Role> all = roles_;
    std::optional<std::vector<Role>> fewest;
    for (const Order order : {Order::reads_first, Order::updates_first, Order::late_first}) {
      roles_ = all;
      const bool minimal = reduce(order);
      keep_context();
      if (fewest && weight(roles_) >= weight(*fewest)) continue;
      fewest = roles_;
      part.minimal = minimal;
    }
    roles_ = *fewest;
    part.operations = with_role(Role::required);
    part.context = with_role(Role::optional);
    ClientValue value = initial_value(history_.model);
    for (const std::size_t i : search_.run(roles_, limits_, true).order) {
      const std::size_t index = search_.operations()[i];
      value = value_after(history_.operations[index], value);
      part.longest_order.push_back({index, value});
    }
    return part;
  }

 private:
  /// What may be said of an operation whose result is not believed.
  Role relaxed(std::size_t i, Role update = Role::optional) const {
    return search_.prepared()[i].function == Function::read ? Role::absent : update;
  }

  SearchResult run(const std::vector<Role>& roles) {
    if (left_ == 0) return {.verdict = Verdict::unknown};
    SearchResult result = search_.run(roles, limits_);
    left_ -= std::min(left_, result.configurations);
    return result;
  }

  void replace(Role before, Role after) { std::ranges::replace(roles_, before, after); }

  /// The shortest prefix that is not linearizable.
  void cut() {
    roles_ = search_.roles();
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      const LinearizationSearch::Prepared& operation = search_.prepared()[i];
      if (operation.call > found_.blocked_position) {
        roles_[i] = Role::absent;
      } else if (roles_[i] == Role::required && operation.end > found_.blocked_position) {
        roles_[i] = relaxed(i);
      }
    }
  }

  std::vector<std::size_t> with_role(Role role) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == role) found.push_back(search_.operations()[i]);
    }
    return found;
  }

  /// Which operations are relaxed first; what is left depends on it.
  enum class Order { reads_first, updates_first, late_first };

  std::vector<std::size_t> candidates(Order order) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == Role::required && i != found_.blocked) found.push_back(i);
    }
    if (order == Order::late_first) {
      std::ranges::reverse(found);
    } else {
      std::ranges::stable_partition(found, [&](std::size_t i) {
        const bool is_read = search_.prepared()[i].function == Function::read;
        return is_read == (order == Order::reads_first);
      });
    }
    return found;
  }

  /// What there is to be read of a part: first the operations, then the context.
  static std::pair<std::size_t, std::size_t> weight(const std::vector<Role>& roles) {
    return {std::ranges::count(roles, Role::required), std::ranges::count(roles, Role::optional)};
  }

  /// Relaxes as much as it can. That is quick as long as what is relaxed may be repeated: then a
  /// search need not remember what it used. The rest is relaxed so that it may happen once. True if
  /// no limit stood in the way of less.
  bool reduce(Order order) {
    const std::vector<Role> before = roles_;
    replace(Role::optional, Role::repeated);
    if (run(roles_).verdict != Verdict::not_linearizable) roles_ = before;
    relax_all(order, Role::repeated);
    replace(Role::repeated, Role::optional);
    return relax_all(order, Role::optional);
  }

  /// Relaxes halves, quarters and so on (Zeller and Hildebrandt, 2002). What can be relaxed alone
  /// could be relaxed before, too, with less relaxed besides: one pass by ones is enough.
  bool relax_all(Order order, Role update) {
    bool minimal = true;
    std::vector<std::size_t> left = candidates(order);
    for (std::size_t size = left.size(); size != 0; size = std::min(size / 2, left.size())) {
      std::vector<std::size_t> kept;
      for (std::size_t begin = 0; begin < left.size(); begin += size) {
        const std::span<const std::size_t> chunk =
            std::span(left).subspan(begin, std::min(size, left.size() - begin));
        const Verdict verdict = relax(chunk, update);
        if (verdict == Verdict::not_linearizable) continue;
        if (verdict == Verdict::unknown && size == 1) minimal = false;
        kept.insert(kept.end(), chunk.begin(), chunk.end());
      }
      left = std::move(kept);
    }
    return minimal;
  }

  /// What is left may still be not linearizable; else it leaves everything as it was.
  Verdict relax(std::span<const std::size_t> chunk, Role update) {
    std::vector<Role> before = roles_;
    for (const std::size_t i : chunk) roles_[i] = relaxed(i, update);
    const Verdict verdict = run(roles_).verdict;
    if (verdict != Verdict::not_linearizable) roles_ = std::move(before);
    return verdict;
  }

  /// Leaves out the optional operations that no order needs which is possible without the result of
  /// one of the required. Where a limit hides such an order, one that repeats operations stands for
  /// it.
  void keep_context() {
    std::set<std::size_t> needed;
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] != Role::required) continue;
      std::vector<Role> without = roles_;
      without[i] = relaxed(i);
      SearchResult possible = run(without);
      if (possible.verdict == Verdict::unknown) {
        std::ranges::replace(without, Role::optional, Role::repeated);
        possible = run(without);
      }
      needed.insert(possible.order.begin(), possible.order.end());
    }
    for (std::size_t i = 0; i < roles_.size(); ++i) {
      if (roles_[i] == Role::optional && !needed.contains(i)) roles_[i] = Role::absent;
    }
  }

  const ClientHistory& history_;
  const LinearizationSearch& search_;
  const SearchResult& found_;
  SearchLimits limits_;
  std::uint64_t left_ = 0;  // of configurations
  std::vector<Role> roles_;
};

}  // namespace

namespace {

struct KeyJudgement {
  SearchResult result{};
  bool shortest = true;  ///< Where it is blocked is the end of the shortest prefix.
};

/// What has no order though everything without an answer may have happened many times has none at
/// all, and that is often quicker to see than the other.
KeyJudgement judge_key(const LinearizationSearch& search, SearchLimits limits) {
  const std::vector<Role> roles = search.roles();
  limits.configurations_max = before_shortcut;
  SearchResult first = search.run(roles, limits);
  if (first.verdict != Verdict::unknown || first.out_of_memory) return {std::move(first)};
  std::vector<Role> generous = roles;
  std::ranges::replace(generous, Role::optional, Role::repeated);
  limits.configurations_max = shortcut_max;
  SearchResult shortcut = search.run(generous, limits);
  if (shortcut.verdict == Verdict::not_linearizable) return {std::move(shortcut), false};
  limits.configurations_max = 0;
  return {search.run(roles, limits)};
}

}  // namespace

Judgement judge(const ClientHistory& history, const JudgementLimits& limits) {
  const std::vector<std::vector<std::size_t>> keys = by_key(history);
  Judgement judgement{.operations = history.operations.size(), .keys = keys.size()};
  const SearchLimits whole{.memory_bytes_max = limits.memory_bytes_max, .stop = limits.stop};
  std::optional<SearchResult> worst;
  bool shortest = true;
  bool all_known = true;
  std::size_t worst_key = 0;
  for (std::size_t key = 0; key < keys.size(); ++key) {
    const LinearizationSearch search(history, keys[key]);
    KeyJudgement judged = judge_key(search, whole);
    SearchResult& result = judged.result;
    judgement.configurations += result.configurations;
    if (result.verdict == Verdict::unknown) {
      if (!worst) judgement.verdict = Verdict::unknown;
      all_known = false;
      judgement.out_of_memory |= result.out_of_memory;
    } else if (result.verdict == Verdict::not_linearizable &&
               (!worst || result.blocked_position < worst->blocked_position)) {
      judgement.verdict = Verdict::not_linearizable;
      worst = std::move(result);
      worst_key = key;
      shortest = judged.shortest;
    }
  }
  if (worst) {
    const LinearizationSearch search(history, keys[worst_key]);
    judgement.offending = Reduction(history, search, *worst, limits).run();
    judgement.offending->minimal &= shortest;
    judgement.offending->shortest = shortest && all_known;
  }
  return judgement;
}

ClientHistory history_of(const OffendingPart& part, const ClientHistory& history) {
  ClientHistory alone{.model = history.model, .keyed = history.keyed, .operations = {}};
  for (const std::size_t index : part.operations) {
    alone.operations.push_back(history.operations[index]);
  }
  for (const std::size_t index : part.context) {
    alone.operations.push_back(history.operations[index]);
    alone.operations.back().outcome = Outcome::info;
  }
  std::ranges::sort(alone.operations, {}, &Operation::call_position);
  return alone;
}

}  // namespace reprise
