#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the clients of a store saw: the operations they called, and what came back.
namespace reprise {

/// What a client wrote, read or expected.
struct ClientValue {
  enum class Kind { nil, text, other };

  Kind kind = Kind::nil;
  std::string content{};  ///< What a text says; any other value as EDN writes it.

  friend bool operator==(const ClientValue&, const ClientValue&) = default;
};

/// As EDN writes it: nil, 4, "x 0 0 y".
std::string to_string(const ClientValue& value);

enum class Function { read, write, cas, append };

/// What became of an operation.
enum class Outcome {
  ok,       ///< It took effect between its call and its return.
  fail,     ///< It did not take effect.
  info,     ///< It may have taken effect at any time after its call, or never.
  pending,  ///< The history ends before its return: as `info`.
};

/// One operation of one client. Positions count the events of the history, a call or a return each,
/// from 0; lines count from 1.
struct Operation {
  std::int64_t process = 0;
  Function function = Function::read;
  std::string key{};       ///< As EDN writes it; empty where a history has no keys.
  ClientValue argument{};  ///< What was written or appended; of a cas the new value.
  ClientValue expected{};  ///< Of a cas.
  ClientValue result{};    ///< Of a read that is ok.
  Outcome outcome = Outcome::pending;
  std::size_t call_position = 0;
  std::size_t return_position = 0;  ///< Unless it is pending.
  std::uint64_t call_line = 0;
  std::uint64_t return_line = 0;  ///< 0 while it is pending.
};

/// What a key of the store is and does.
enum class Model {
  cas_register,  ///< read, write, compare-and-set; nil at first.
  key_value,     ///< get, put, append, compare-and-set; empty text at first, and nil is the same.
};

struct ClientHistory {
  Model model = Model::cas_register;
  bool keyed = false;                 ///< Each operation names a key.
  std::vector<Operation> operations;  ///< In the order of their calls.
};

/// Reads a history, whose format its text tells: EDN with a map for each event (in a vector, or one
/// after the other), or a log with the lines of `INFO jepsen.util` among others. Without a `model`
/// it is key-value if there is a get, put or append. Messages call the text `name`. Throws
/// InputError with "name:line:column" for what is no such history, for one that contradicts itself,
/// and for one without operations. Takes time and memory in proportion to the text.
ClientHistory read_history(std::string_view text, const std::string& name,
                           std::optional<Model> model = std::nullopt);

/// A key's value before its first operation.
ClientValue initial_value(Model model);

/// A key's value after an operation that takes effect on `value`.
ClientValue value_after(const Operation& operation, const ClientValue& value);

/// "read", "write", "cas", "append"; in a key-value history "get" and "put".
std::string_view function_name(Function function, Model model);

/// "register", "key-value".
std::string_view model_name(Model model);

/// The operation as it was called: "write 4", "cas 1 -> 3", "append \"x 0 0 y\"".
std::string call_words(const Operation& operation, Model model);

}  // namespace reprise
