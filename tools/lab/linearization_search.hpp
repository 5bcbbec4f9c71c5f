#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tools/lab/linearizability.hpp"
#include "tools/lab/observed_values.hpp"

namespace reprise {

/// What a search makes of an operation.
enum class Role : std::uint8_t {
  absent,    ///< Nothing: it is as if it had never been called.
  required,  ///< It takes effect between its call and its return.
  optional,  ///< It takes effect at any time after its call, or never. No read is that.
  repeated,  ///< As optional, and any number of times. Of equal ones the first called is enough.
};

struct SearchLimits {
  std::size_t memory_bytes_max = 0;
  std::function<bool()> stop{};
  std::uint64_t configurations_max = 0;  ///< 0: any number.
};

struct SearchResult {
  Verdict verdict = Verdict::linearizable;
  bool out_of_memory = false;
  std::uint64_t configurations = 0;
  /// Where it is not linearizable: the return that no order gets beyond, and whose it is. The
  /// history up to it is the shortest prefix that is not linearizable.
  std::size_t blocked_position = 0;
  std::size_t blocked = 0;
  /// A linearization, or if asked for one that gets to `blocked_position`.
  std::vector<std::size_t> order{};
};

/// Looks for a linearization of the operations of one key.
///
/// The search is that of Wing and Gong (Testing and verifying concurrent objects, 1993): calls and
/// returns in a linked list, from which an operation is lifted when it takes effect and to which it
/// returns when that leads nowhere; an operation may be next if it was called before the first
/// return in the list. Lowe (Testing for linearizability, 2017) adds the memory: which operations
/// have taken effect, and the value of the key. Here, besides:
/// - a read that fits the value takes effect at once: it stands in nobody's way;
/// - values are told apart as far as somebody sees the difference (observed_values.hpp);
/// - an optional operation must be of use to the next one: it is not taken before a write, nor to a
///   value that nobody sees, and of equal ones the first called is taken first;
/// - a value that the next observer does not see, with nothing between that could set another, is
///   the end of a path.
class LinearizationSearch {
 public:
  /// `operations` are indices of the operations of one key in the history, which outlives this.
  LinearizationSearch(const ClientHistory& history, std::vector<std::size_t> operations);

  /// The indices in the history of the operations that roles are given for.
  const std::vector<std::size_t>& operations() const { return operations_; }

  /// What the outcomes say: ok is required, an update without an answer optional.
  std::vector<Role> roles() const;

  /// Indices in what it takes and gives are those of operations(). `keep_order` costs time in
  /// proportion to the operations at each configuration.
  SearchResult run(std::span<const Role> roles, const SearchLimits& limits,
                   bool keep_order = false) const;

  /// One operation, as the search needs it.
  struct Prepared {
    Function function = Function::read;
    std::size_t call = 0;
    std::size_t end = 0;         ///< The position of its return.
    std::uint32_t observed = 0;  ///< Of a read or a cas: what must be there.
    ObservableValue whole{};     ///< Of a write or a cas: what is there then.
    std::string text{};          ///< Of an append.
    std::size_t like = 0;        ///< The first operation that does the same.
  };

  const std::vector<Prepared>& prepared() const { return prepared_; }
  const ObservedValues& values() const { return values_; }
  ObservableValue initial() const { return initial_; }

 private:
  const ClientHistory& history_;
  std::vector<std::size_t> operations_;
  ObservedValues values_;
  std::vector<Prepared> prepared_;
  ObservableValue initial_{};
};

}  // namespace reprise
