#include "tools/lab/linearization_search.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "engine/assert.hpp"
#include "tools/lab/linked_nodes.hpp"
#include "tools/lab/visited_configurations.hpp"

namespace reprise {

namespace {

using Prepared = LinearizationSearch::Prepared;

constexpr std::uint64_t configurations_between_questions = 256;

/// No text of a history has this byte, since it is UTF-8.
constexpr char no_text = '\xFF';

/// The same text for equal values and for no others.
std::string text_of(const ClientValue& value, Model model) {
  if (value.kind == ClientValue::Kind::text) return value.content;
  if (value.kind == ClientValue::Kind::other) return no_text + value.content;
  return model == Model::key_value ? std::string() : no_text + std::string("nil");
}

const ClientValue& observed_value(const Operation& operation) {
  return operation.function == Function::cas ? operation.expected : operation.result;
}

bool observes(const Operation& operation) {
  return operation.function == Function::cas ||
         (operation.function == Function::read && operation.outcome == Outcome::ok);
}

std::vector<std::string> observed_texts(const ClientHistory& history,
                                        const std::vector<std::size_t>& operations) {
  std::vector<std::string> texts;
  for (const std::size_t index : operations) {
    const Operation& operation = history.operations[index];
    if (observes(operation)) texts.push_back(text_of(observed_value(operation), history.model));
  }
  return texts;
}

/// Optional operations that do the same, in the order of their calls.
struct Alike {
  std::size_t next = 0;  ///< The first that is not taken.
  std::size_t end = 0;
  bool repeated = false;  ///< One that is never used up.
};

class Search {
 public:
  Search(const LinearizationSearch& key, std::span<const Role> roles, const SearchLimits& limits,
         bool keep_order)
      : key_(key),
        limits_(limits),
        keep_order_(keep_order),
        required_(with_role(roles, Role::required)),
        optional_(grouped(roles)),
        entries_(2 * required_.size()),
        observers_(required_.size()),
        setters_(required_.size() + optional_.size()),
        calls_before_(required_.size()),
        done_(required_.size() / 64 + 1),
        used_((optional_.size() + 63) / 64),
        visited_(used_.size(), limits.memory_bytes_max),
        value_(key.initial()) {
    link();
  }

  SearchResult run() {
    for (enter(); verdict_ == Verdict::unknown && !ended_;) {
      if (const std::optional<Move> move = next_move()) {
        try_out(*move);
      } else {
        go_back();
      }
    }
    result_.verdict = verdict_;
    if (verdict_ == Verdict::linearizable) result_.order = taken();
    return std::move(result_);
  }

 private:
  struct Cursor {
    std::size_t node = 0;   // 0: the required ones are through
    std::size_t group = 0;  // of the optional ones
  };

  struct Move {
    bool optional = false;
    std::size_t index = 0;  // in required_ or optional_
    std::size_t group = 0;
    ObservableValue value{};
  };

  /// How it came to a configuration, and what to take up again without it.
  struct Frame {
    Move move{};
    bool only = false;  // no other move need be tried
    ObservableValue value_before{};
    bool owes_use_before = false;
    std::size_t first_return_before = 0;
    Cursor cursor{};
  };

  // An entry is the call (odd) or the return (even, not 0) of a required operation.
  static std::size_t call_node(std::size_t index) { return 2 * index + 1; }
  static std::size_t return_node(std::size_t index) { return 2 * index + 2; }
  static bool is_return(std::size_t node) { return node % 2 == 0; }
  static std::size_t index_of(std::size_t node) { return (node - 1) / 2; }

  const Prepared& required(std::size_t index) const { return key_.prepared()[required_[index]]; }
  const Prepared& optional(std::size_t index) const { return key_.prepared()[optional_[index]]; }

  static bool sets(const Prepared& operation) {
    return operation.function == Function::write || operation.function == Function::cas;
  }

  static std::vector<std::size_t> with_role(std::span<const Role> roles, Role role) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < roles.size(); ++i) {
      if (roles[i] == role) found.push_back(i);
    }
    return found;
  }

  /// The optional operations with equal ones side by side, without those to values that nobody
  /// sees; of those that may be repeated, one of each.
  std::vector<std::size_t> grouped(std::span<const Role> roles) {
    std::vector<std::size_t> sorted;
    for (const Role role : {Role::optional, Role::repeated}) {
      std::map<std::size_t, std::vector<std::size_t>> groups;
      for (const std::size_t i : with_role(roles, role)) {
        const Prepared& operation = key_.prepared()[i];
        if (sets(operation) && operation.whole.lost()) continue;
        std::vector<std::size_t>& group = groups[operation.like];
        if (role == Role::optional || group.empty()) group.push_back(i);
      }
      for (const auto& [first, members] : groups) {
        groups_.push_back({sorted.size(), sorted.size() + members.size(), role == Role::repeated});
        sorted.insert(sorted.end(), members.begin(), members.end());
      }
    }
    return sorted;
  }

  void link() {
    struct Placed {
      std::size_t position;
      std::size_t node;
    };
    const auto fill = [](LinkedNodes& list, std::vector<Placed>& nodes) {
      std::ranges::sort(nodes, {}, &Placed::position);
      for (const Placed& placed : nodes) list.append(placed.node);
    };
    std::vector<Placed> entries;
    std::vector<Placed> observers;
    std::vector<Placed> setters;
    for (std::size_t i = 0; i < required_.size(); ++i) {
      const Prepared& operation = required(i);
      entries.push_back({operation.call, call_node(i)});
      entries.push_back({operation.end, return_node(i)});
      if (is_observer(operation)) observers.push_back({operation.end, i + 1});
      if (sets(operation)) setters.push_back({operation.call, i + 1});
      appends_ = appends_ || operation.function == Function::append;
    }
    for (std::size_t i = 0; i < optional_.size(); ++i) {
      const Prepared& operation = optional(i);
      if (sets(operation)) setters.push_back({operation.call, required_.size() + i + 1});
      appends_ = appends_ || operation.function == Function::append;
    }
    fill(entries_, entries);
    std::size_t calls = 0;
    for (std::size_t node = entries_.first(); node != 0; node = entries_.next(node)) {
      if (is_return(node)) {
        calls_before_[index_of(node)] = calls;
      } else {
        ++calls;
      }
    }
    fill(observers_, observers);
    fill(setters_, setters);
  }

  static bool is_observer(const Prepared& operation) {
    return operation.function == Function::read || operation.function == Function::cas;
  }

  std::size_t first_return_position() const { return required(index_of(first_return_)).end; }

  /// Looks around in a configuration that was not seen before.
  void enter() {
    for (;;) {
      first_return_ = 0;
      std::size_t fitting = 0;
      for (std::size_t node = entries_.first(); node != 0; node = entries_.next(node)) {
        if (is_return(node)) {
          first_return_ = node;
          break;
        }
        const Prepared& operation = required(index_of(node));
        if (fitting == 0 && operation.function == Function::read &&
            key_.values().is(value_, operation.observed)) {
          fitting = node;
        }
      }
      if (first_return_ == 0) {
        verdict_ = Verdict::linearizable;
        return;
      }
      cursor_ = {entries_.first(), 0};
      ++result_.configurations;
      note_progress(index_of(first_return_), false);
      if (fitting == 0) return;
      take({.index = index_of(fitting), .value = value_}, true);
    }
  }

  std::optional<ObservableValue> value_after(const Prepared& operation) const {
    switch (operation.function) {
      case Function::read:
        return std::nullopt;  // those that fit are taken at once
      case Function::write:
        if (owes_use_) return std::nullopt;
        return operation.whole;
      case Function::cas:
        if (!key_.values().is(value_, operation.observed)) return std::nullopt;
        return operation.whole;
      case Function::append:
        break;
    }
    return key_.values().extended(value_, operation.text);
  }

  std::optional<Move> next_move() {
    while (cursor_.node != 0) {
      const std::size_t node = std::exchange(cursor_.node, entries_.next(cursor_.node));
      if (is_return(node)) {
        cursor_.node = 0;
        break;
      }
      const std::size_t index = index_of(node);
      if (const auto value = value_after(required(index))) {
        return Move{.index = index, .value = *value};
      }
    }
    while (cursor_.group < groups_.size()) {
      const std::size_t group = cursor_.group++;
      const std::size_t index = groups_[group].next;
      if (index == groups_[group].end || optional(index).call > first_return_position()) continue;
      const auto value = value_after(optional(index));
      if (!value || value->lost() || *value == value_) continue;
      return Move{.optional = true, .index = index, .group = group, .value = *value};
    }
    return std::nullopt;
  }

  void take(const Move& move, bool only) {
    frames_.push_back({.move = move,
                       .only = only,
                       .value_before = value_,
                       .owes_use_before = owes_use_,
                       .first_return_before = first_return_,
                       .cursor = cursor_});
    value_ = move.value;
    owes_use_ = move.optional;
    const std::uint64_t bit = std::uint64_t{1} << move.index % 64;
    if (move.optional) {
      if (groups_[move.group].repeated) return;
      used_[move.index / 64] |= bit;
      ++groups_[move.group].next;
      if (sets(optional(move.index))) setters_.lift(required_.size() + move.index + 1);
      return;
    }
    done_[move.index / 64] |= bit;
    entries_.lift(call_node(move.index));
    entries_.lift(return_node(move.index));
    if (is_observer(required(move.index))) observers_.lift(move.index + 1);
    if (sets(required(move.index))) setters_.lift(move.index + 1);
  }

  void undo() {
    const Frame& frame = frames_.back();
    const Move& move = frame.move;
    value_ = frame.value_before;
    owes_use_ = frame.owes_use_before;
    first_return_ = frame.first_return_before;
    cursor_ = frame.cursor;
    const std::uint64_t bit = std::uint64_t{1} << move.index % 64;
    if (move.optional) {
      if (!groups_[move.group].repeated) {
        used_[move.index / 64] &= ~bit;
        --groups_[move.group].next;
        if (sets(optional(move.index))) setters_.put_back(required_.size() + move.index + 1);
      }
    } else {
      done_[move.index / 64] &= ~bit;
      entries_.put_back(return_node(move.index));
      entries_.put_back(call_node(move.index));
      if (is_observer(required(move.index))) observers_.put_back(move.index + 1);
      if (sets(required(move.index))) setters_.put_back(move.index + 1);
    }
    frames_.pop_back();
  }

  void try_out(const Move& move) {
    take(move, false);
    if (is_hopeless() || !is_fresh()) {
      undo();
    } else {
      enter();
    }
  }

  void go_back() {
    while (!frames_.empty() && frames_.back().only) undo();
    if (frames_.empty()) {
      verdict_ = Verdict::not_linearizable;
      ended_ = true;
    } else {
      undo();
    }
  }

  /// Whether the next observer to return will not see what it saw, whatever is done.
  bool is_hopeless() {
    const std::size_t observer = observers_.first();
    if (observer == 0) return false;
    const Prepared& next = required(observer - 1);
    const std::size_t setter = setters_.first();
    if (setter != 0) {
      const Prepared& operation = setter > required_.size()
                                      ? optional(setter - required_.size() - 1)
                                      : required(setter - 1);
      if (operation.call < next.end) return false;
    }
    const bool fits = appends_ ? key_.values().begins(value_, next.observed)
                               : key_.values().is(value_, next.observed);
    if (fits) return false;
    note_progress(observer - 1, true);
    return true;
  }

  bool is_fresh() {
    if (++asked_ % configurations_between_questions == 0 && limits_.stop && limits_.stop()) {
      ended_ = true;
    }
    if (limits_.configurations_max != 0 && result_.configurations > limits_.configurations_max) {
      ended_ = true;
    }
    if (entries_.first() == 0) return true;
    // which are done: all before the first in the list, none that was called behind the first
    // return
    std::size_t node = entries_.first();
    const std::size_t begin = index_of(node) / 64;
    while (!is_return(node)) node = entries_.next(node);
    const std::size_t last = (calls_before_[index_of(node)] - 1) / 64;
    configuration_.assign({value_.begin, value_.length, owes_use_ ? 1U : 0U, begin});
    configuration_.insert(configuration_.end(), done_.begin() + static_cast<std::ptrdiff_t>(begin),
                          done_.begin() + static_cast<std::ptrdiff_t>(last) + 1);
    const auto answer = visited_.add(configuration_, used_);
    if (answer == VisitedConfigurations::Answer::full) {
      result_.out_of_memory = true;
      ended_ = true;
    }
    return answer == VisitedConfigurations::Answer::fresh;
  }

  /// An order gets to the return of `blocked`. Where `freely`, nothing that returns before it needs
  /// more than to be appended.
  void note_progress(std::size_t blocked, bool freely) {
    const std::size_t position = required(blocked).end;
    if (position < result_.blocked_position) return;
    if (keep_order_) {
      std::vector<std::size_t> order = taken();
      if (freely) append_returned_before(position, order);
      const bool longer = order.size() > result_.order.size();
      if (position > result_.blocked_position || longer) result_.order = std::move(order);
    }
    result_.blocked_position = position;
    result_.blocked = required_[blocked];
  }

  std::vector<std::size_t> taken() const {
    std::vector<std::size_t> order;
    for (const Frame& frame : frames_) {
      order.push_back((frame.move.optional ? optional_ : required_)[frame.move.index]);
    }
    return order;
  }

  void append_returned_before(std::size_t position, std::vector<std::size_t>& order) const {
    for (std::size_t node = entries_.first(); node != 0; node = entries_.next(node)) {
      if (!is_return(node)) continue;
      if (required(index_of(node)).end >= position) return;
      order.push_back(required_[index_of(node)]);
    }
  }

  const LinearizationSearch& key_;
  const SearchLimits& limits_;
  bool keep_order_;
  std::vector<Alike> groups_;
  std::vector<std::size_t> required_;  // by call
  std::vector<std::size_t> optional_;  // equal ones side by side, by call
  LinkedNodes entries_;
  LinkedNodes observers_;  // returns of required reads and cas
  LinkedNodes setters_;    // calls of writes and cas
  bool appends_ = false;
  std::vector<std::size_t> calls_before_;  // the return of each required operation
  std::vector<std::uint64_t> done_;
  std::vector<std::uint64_t> used_;
  std::vector<std::uint64_t> configuration_;
  VisitedConfigurations visited_;
  ObservableValue value_;
  bool owes_use_ = false;  // an optional operation was taken, and nobody has seen what it did
  std::size_t first_return_ = 0;
  Cursor cursor_{};
  std::vector<Frame> frames_;
  std::uint64_t asked_ = 0;
  bool ended_ = false;
  Verdict verdict_ = Verdict::unknown;
  SearchResult result_;
};

}  // namespace

LinearizationSearch::LinearizationSearch(const ClientHistory& history,
                                         std::vector<std::size_t> operations)
    : history_(history),
      operations_(std::move(operations)),
      values_(observed_texts(history, operations_)) {
  using Action = std::tuple<Function, std::string, std::string>;
  std::map<Action, std::size_t> first_alike;
  prepared_.reserve(operations_.size());
  for (const std::size_t index : operations_) {
    const Operation& operation = history.operations[index];
    Prepared prepared{.function = operation.function,
                      .call = operation.call_position,
                      .end = operation.return_position};
    const std::string text = text_of(operation.argument, history.model);
    std::string observed;
    if (observes(operation)) {
      observed = text_of(observed_value(operation), history.model);
      prepared.observed = values_.index_of(observed);
    }
    if (operation.function == Function::append) {
      REPRISE_ASSERT(operation.argument.kind == ClientValue::Kind::text);
      REPRISE_ASSERT(history.model == Model::key_value);
      prepared.text = text;
    } else if (operation.function != Function::read) {
      prepared.whole = values_.whole(text);
    }
    prepared.like =
        first_alike.try_emplace({operation.function, text, std::move(observed)}, prepared_.size())
            .first->second;
    prepared_.push_back(std::move(prepared));
  }
  initial_ = values_.whole(text_of(initial_value(history.model), history.model));
}

std::vector<Role> LinearizationSearch::roles() const {
  std::vector<Role> roles;
  for (const std::size_t index : operations_) {
    const Operation& operation = history_.operations[index];
    const bool unanswered =
        operation.outcome == Outcome::info || operation.outcome == Outcome::pending;
    roles.push_back(operation.outcome == Outcome::ok                     ? Role::required
                    : unanswered && operation.function != Function::read ? Role::optional
                                                                         : Role::absent);
  }
  return roles;
}

SearchResult LinearizationSearch::run(std::span<const Role> roles, const SearchLimits& limits,
                                      bool keep_order) const {
  return Search(*this, roles, limits, keep_order).run();
}

}  // namespace reprise
