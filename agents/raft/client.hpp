#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agents/raft/messages.hpp"
#include "engine/agent.hpp"
#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"
#include "engine/ids.hpp"
#include "engine/operation_history.hpp"
#include "engine/time.hpp"

namespace reprise::raft {

/// Reads and writes the store, one operation at a time, and keeps a history of what it saw. Each
/// value that it writes is written once. It asks again, with the same number, until it has an
/// answer or has had enough: then nobody knows whether the operation has happened, or will.
struct Client {
  static constexpr std::string_view about = "reads and writes the store of a Raft cluster";

  using Handles = Messages<Start, NextOperation, AnswerDue, Reply>;

  struct Options {
    std::string servers = "server";                      ///< Their group.
    std::uint32_t keys = 4;                              ///< It works on so many.
    Duration pause = std::chrono::milliseconds(10);      ///< Between operations, on average.
    Duration patience = std::chrono::milliseconds(100);  ///< Until it asks again.
    std::uint32_t attempts = 20;                         ///< Until it gives up.
    std::uint32_t read_percent = 40;
    std::uint32_t put_percent = 20;  ///< The others append.
    REPRISE_FIELDS(servers, keys, pause, patience, attempts, read_percent, put_percent)

    static constexpr About about[] = {{"servers", "The name under which the servers are declared."},
                                      {"keys", "So many keys there are, k0 and on."},
                                      {"pause", "Between an operation and the next, on average."},
                                      {"patience", "After this it asks another server."},
                                      {"attempts", "It gives up after so many."},
                                      {"read_percent", "So many operations are reads."},
                                      {"put_percent", "So many are puts; the rest append."}};

    void validate() const;
  };

  Options options{};
  OperationHistory history;
  Command command;  ///< The last one; its number counts them.
  std::uint32_t attempt = 0;
  AgentId server{};  ///< The one it asks.
  std::uint64_t answered = 0;
  std::uint64_t unknown = 0;  ///< Those without an answer that it asks for no more.
  REPRISE_FIELDS(options, history, command, attempt, server, answered, unknown)
  REPRISE_DURABLE(history, command, unknown)

  void on(const Start&, Context& world);
  void on(const NextOperation&, Context& world);
  void on(const AnswerDue& due, Context& world);
  void on(const Reply& reply, Context& world);

 private:
  void ask(Context& world);
  void rest(Context& world);
};

/// Takes servers out of the cluster and back in.
struct Operator {
  static constexpr std::string_view about = "takes servers out of a Raft cluster and back in";

  using Handles = Messages<Start, NextChange>;

  struct Options {
    std::string servers = "server";            ///< Their group.
    Duration every = std::chrono::seconds(1);  ///< On average.
    Duration until{};
    REPRISE_FIELDS(servers, every, until)

    static constexpr About about[] = {{"servers", "The name under which they are declared."},
                                      {"every", "From one change to the next, on average."},
                                      {"until", "It changes nothing from then on; 0: it goes on."}};

    void validate() const;
  };

  Options options{};
  std::uint64_t changes = 0;
  REPRISE_FIELDS(options, changes)

  void on(const Start&, Context& world);
  void on(const NextChange&, Context& world);
};

}  // namespace reprise::raft
