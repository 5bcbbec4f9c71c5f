#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/lab/client_history.hpp"
#include "tools/lab/edn.hpp"

/// The events of a client history as its text has them, before calls and returns are matched.
namespace reprise {

/// A call or the return from one.
struct ClientEvent {
  enum class Type { invoke, ok, fail, info };

  std::int64_t process = 0;
  Type type = Type::invoke;
  Function function = Function::read;
  bool key_value = false;           ///< The function is one of those of a key-value store.
  std::optional<EdnElement> key{};  ///< `:key`, where a map has it.
  EdnElement value{};               ///< Nil where it is left out.
  std::size_t offset = 0;           ///< Where the event begins in the text.
};

/// Something is wrong at a place of the text.
class EventError : public EdnError {
 public:
  EventError(std::size_t offset, const std::string& reason, std::string_view remedy = "")
      : EdnError(offset, reason), remedy_(remedy) {}

  const std::string& remedy() const { return remedy_; }

 private:
  std::string remedy_;
};

/// The events of clients in `text`, in its order; those of Jepsen's nemesis are left out. The text
/// outlives them. Throws EdnError.
std::vector<ClientEvent> read_client_events(std::string_view text);

}  // namespace reprise
