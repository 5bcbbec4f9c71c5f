#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tools/lab/linearizability.hpp"

/// Histories for tests, written in a line or drawn from numbers.
namespace reprise::test {

inline ClientValue number_value(int number) {
  return {ClientValue::Kind::other, std::to_string(number)};
}

inline ClientValue text_value(std::string text) {
  return {ClientValue::Kind::text, std::move(text)};
}

/// What an operation does to `value`, or nothing if it cannot take effect on it with the result
/// that it had: the definition, which shares nothing with the checker.
inline std::optional<ClientValue> effect(const Operation& operation, const ClientValue& value,
                                         Model model) {
  const auto same = [&](const ClientValue& a, const ClientValue& b) {
    const auto text = [&](const ClientValue& v) {
      return model == Model::key_value && v.kind == ClientValue::Kind::nil ? text_value("") : v;
    };
    return text(a) == text(b);
  };
  switch (operation.function) {
    case Function::read:
      if (operation.outcome == Outcome::ok && !same(operation.result, value)) return std::nullopt;
      return value;
    case Function::write:
      return operation.argument;
    case Function::cas:
      if (!same(operation.expected, value)) return std::nullopt;
      return operation.argument;
    case Function::append:
      break;
  }
  return text_value(value.content + operation.argument.content);
}

/// Tries every order of every choice of the operations that may or may not have happened.
class EveryOrder {
 public:
  explicit EveryOrder(const ClientHistory& history) : history_(history) {
    for (const Operation& operation : history.operations) {
      if (operation.outcome != Outcome::fail) operations_.push_back(operation);
    }
    taken_.resize(operations_.size());
  }

  bool one_fits() {
    return go_on(history_.model == Model::key_value ? text_value("") : ClientValue{});
  }

 private:
  static bool has_returned(const Operation& operation) { return operation.outcome == Outcome::ok; }

  bool go_on(const ClientValue& value) {
    bool all = true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      all = all && (taken_[i] || !has_returned(operations_[i]));
    }
    if (all) return true;
    for (std::size_t i = 0; i < operations_.size(); ++i) {
      if (taken_[i] || !may_be_next(i)) continue;
      const auto after = effect(operations_[i], value, history_.model);
      if (!after) continue;
      taken_[i] = true;
      if (go_on(*after)) return true;
      taken_[i] = false;
    }
    return false;
  }

  bool may_be_next(std::size_t i) const {
    for (std::size_t k = 0; k < operations_.size(); ++k) {
      if (!taken_[k] && has_returned(operations_[k]) &&
          operations_[k].return_position < operations_[i].call_position) {
        return false;
      }
    }
    return true;
  }

  const ClientHistory& history_;
  std::vector<Operation> operations_;
  std::vector<bool> taken_;
};

inline bool some_order_fits(const ClientHistory& history) {
  return EveryOrder(history).one_fits();
}

/// The history up to and with the event at `position`, without what failed at any time.
inline ClientHistory prefix(const ClientHistory& history, std::size_t position) {
  ClientHistory before{.model = history.model, .keyed = history.keyed, .operations = {}};
  for (Operation operation : history.operations) {
    if (operation.call_position > position) continue;
    const bool answered = operation.outcome == Outcome::ok || operation.outcome == Outcome::info;
    if (answered && operation.return_position > position) operation.outcome = Outcome::pending;
    before.operations.push_back(operation);
  }
  return before;
}

/// The history without what is known of one operation's result: a read is left out, an update may
/// have happened.
inline ClientHistory relaxed(ClientHistory history, std::size_t index) {
  Operation& operation = history.operations[index];
  if (operation.function == Function::read) {
    history.operations.erase(history.operations.begin() + static_cast<std::ptrdiff_t>(index));
  } else {
    operation.outcome = Outcome::info;
  }
  return history;
}

struct Shape {
  Model model = Model::cas_register;
  std::size_t operations = 6;
  std::size_t processes = 3;
  int values = 3;
  double info = 0.2;
  double fail = 0.1;
};

/// Clients of a store that does everything at once, at a moment drawn between call and return; what
/// has no return did it or did not. Linearizable, whatever is drawn.
class AtomicStore {
 public:
  AtomicStore(const Shape& shape, std::uint64_t seed) : shape_(shape), random_(seed) {
    history_.model = shape.model;
  }

  ClientHistory run() {
    struct Client {
      std::size_t operation = 0;
      bool busy = false;
      bool done = false;
    };
    std::vector<Client> clients(shape_.processes);
    std::int64_t next_process = static_cast<std::int64_t>(shape_.processes);
    std::vector<std::int64_t> processes;
    for (std::size_t i = 0; i < clients.size(); ++i) processes.push_back(static_cast<int>(i));
    std::size_t called = 0;
    while (called < shape_.operations ||
           std::ranges::any_of(clients, [](const Client& client) { return client.busy; })) {
      const std::size_t i = below(clients.size());
      Client& client = clients[i];
      if (!client.busy) {
        if (called == shape_.operations) continue;
        ++called;
        client = {history_.operations.size(), true, false};
        history_.operations.push_back(drawn());
        history_.operations.back().process = processes[i];
        history_.operations.back().call_position = position_++;
        continue;
      }
      Operation& operation = history_.operations[client.operation];
      if (!client.done) {
        client.done = true;
        take_effect(operation);
        continue;
      }
      client.busy = false;
      operation.return_position = position_++;
      if (operation.outcome == Outcome::info) processes[i] = next_process++;
    }
    return std::move(history_);
  }

 private:
  std::size_t below(std::size_t end) { return static_cast<std::size_t>(random_() % end); }
  bool chance(double p) { return static_cast<double>(random_() >> 11) * 0x1p-53 < p; }

  ClientValue drawn_value() {
    const int number = static_cast<int>(below(static_cast<std::size_t>(shape_.values)));
    if (shape_.model == Model::cas_register) return number_value(number);
    return text_value(std::string(1, static_cast<char>('a' + number)));
  }

  Operation drawn() {
    Operation operation;
    const std::size_t kind = below(8);
    if (kind < 3) return operation;
    operation.argument = drawn_value();
    const bool key_value = shape_.model == Model::key_value;
    operation.function = kind < 5 ? Function::write : Function::cas;
    if (key_value) operation.function = kind < 7 ? Function::append : Function::write;
    if (operation.function == Function::cas) operation.expected = drawn_value();
    return operation;
  }

  void take_effect(Operation& operation) {
    operation.outcome = Outcome::ok;
    if (chance(shape_.info)) operation.outcome = Outcome::info;
    if (chance(shape_.fail)) operation.outcome = Outcome::fail;
    if (operation.outcome == Outcome::fail) return;
    if (operation.outcome == Outcome::info && chance(0.5)) return;
    if (operation.function == Function::read) {
      operation.result = value_;
      return;
    }
    const auto after = effect(operation, value_, shape_.model);
    if (after) {
      value_ = *after;
    } else if (operation.outcome == Outcome::ok) {
      operation.outcome = Outcome::fail;  // a cas that met another value
    }
  }

  Shape shape_;
  std::mt19937_64 random_;
  ClientHistory history_;
  ClientValue value_ = shape_.model == Model::key_value ? text_value("") : ClientValue{};
  std::size_t position_ = 0;
};

}  // namespace reprise::test
