#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/enums.hpp"
#include "engine/operation_history.hpp"
#include "engine/simulation.hpp"
#include "replay/checked_player.hpp"
#include "replay/file.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                             //
      ("output,o", po::value<std::string>()->value_name("FILE"), "write it there")  //
      ("force", "overwrite FILE if it is there");
  declare_parents(options);
}

std::string edn_text(const std::string& text) {
  return boost::json::serialize(boost::json::string(text));
}

/// An event of a client's history as a map of EDN, in the manner of Jepsen.
std::string edn_line(std::uint64_t process, const std::string& client, Time at,
                     const OperationHistory::Event& event) {
  using What = OperationHistory::What;
  const bool is_call = event.what == What::call;
  const bool reads = event.function == "get" || event.function == "read";
  const bool has_value = !reads || event.what == What::ok;
  return "{:process " + std::to_string(process) +
         ", :type :" + (is_call ? "invoke" : std::string(*enumerator_name(event.what))) +
         ", :f :" + event.function + ", :key " + edn_text(event.key) + ", :value " +
         (has_value ? edn_text(event.value) : "nil") + ", :client " + edn_text(client) +
         ", :time " + std::to_string(at.time_since_epoch().count()) + '}';
}

/// Writes down what clients note while a history is lived.
class HistoryWriter final : public Observer {
 public:
  HistoryWriter(const Simulation& world, OutputFile* file) : world_(world), file_(file) {}

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }

  void on_delivery(const Delivery& delivery) override {
    const AgentId id = delivery.event.to;
    if (id == world_id || obstacle_) return;
    const AgentType& type = world_.type_of_agent(id);
    const void* agent = type.history_of == nullptr ? nullptr : world_.fields_of(id);
    if (agent != nullptr) take(id, *type.history_of(agent));
  }

  void finish() {
    flush();
    if (file_ != nullptr) file_->close();
    lines_.finish();
  }

  std::uint64_t written() const { return written_; }
  std::size_t clients() const { return clients_.size(); }

  /// What keeps the history from being whole; nothing if it is.
  const std::optional<std::string>& obstacle() const { return obstacle_; }

  /// Whether anybody still reads.
  bool wanted() const { return lines_.wanted(); }

 private:
  static constexpr std::size_t text_max = std::size_t{1} << 16;

  struct Client {
    std::uint64_t seen = 0;     // of its events
    std::uint64_t process = 0;  // as Jepsen has them: another after one whose end is not known
  };

  void take(AgentId id, const OperationHistory& history) {
    const auto [found, is_new] = clients_.try_emplace(id);
    Client& client = found->second;
    if (is_new) client.process = processes_++;
    const std::string name = world_.name_of(id);
    if (history.count < client.seen) {
      obstacle_ = name +
                  " has lost its history in a crash of its node; name the field `history` "
                  "in its REPRISE_DURABLE";
      return;
    }
    const std::uint64_t fresh = history.count - client.seen;
    if (fresh > history.recent.size()) {
      obstacle_ = name + " has noted more than " + std::to_string(OperationHistory::recent_max) +
                  " events in one step, of which the first are lost";
      return;
    }
    client.seen = history.count;
    for (const OperationHistory::Event& event :
         std::span(history.recent).last(static_cast<std::size_t>(fresh))) {
      add(edn_line(client.process, name, world_.now(), event));
      if (event.what == OperationHistory::What::info) client.process = processes_++;
    }
  }

  void add(const std::string& line) {
    ++written_;
    if (file_ == nullptr) {
      lines_.add(line);
    } else {
      text_ += line + '\n';
      if (text_.size() > text_max) flush();
    }
  }

  void flush() {
    if (file_ != nullptr) file_->append(std::as_bytes(std::span(text_)));
    text_.clear();
  }

  const Simulation& world_;
  OutputFile* file_;
  std::string text_;  // what is not in the file yet
  OutputLines lines_;
  std::map<AgentId, Client> clients_;
  std::uint64_t processes_ = 0;
  std::uint64_t written_ = 0;
  std::optional<std::string> obstacle_;
};

/// Throws DivergenceError and Interrupted.
void live(CheckedPlayer& player, HistoryWriter& writer) {
  const InterruptGuard guard;
  Progress progress("history");
  player.observe(writer);
  player.run_to(player.journal().last_step(), time_max, [&] {
    progress.show(-1, player.world().steps());
    InterruptGuard::expect_none();
    return writer.obstacle().has_value() || !writer.wanted();
  });
  player.forget(writer);
}

bool has_client(const Simulation& world) {
  for (std::uint32_t id = 1; id <= world.agent_count(); ++id) {
    if (world.type_of_agent(AgentId{id}).history_of != nullptr) return true;
  }
  return false;
}

/// Throws what live() does.
ExitCode write(const Invocation& call, CheckedPlayer& player, std::optional<OutputFile>& file) {
  HistoryWriter writer(player.world(), file ? &*file : nullptr);
  live(player, writer);
  std::optional<std::string> obstacle = writer.obstacle();
  if (!has_client(player.world())) {
    obstacle =
        "no agent of this world keeps a history; one that has a field `history` of type "
        "OperationHistory does";
  }
  if (obstacle) {
    if (file) file->discard();
    call.complain(printable(player.journal().path().string()) + ": " + *obstacle);
    return ExitCode::no;
  }
  writer.finish();
  if (file) {
    print(printable(file->path().string()) + ": " + counted(writer.written(), "event") + " of " +
          counted(writer.clients(), "client"));
  }
  return ExitCode::yes;
}

ExitCode run(const Invocation& call) {
  const Journal journal = open_history(call, call.arguments.front());
  const std::vector<std::string> lifted = journal.expect_schema(call.catalog);
  if (!lifted.empty()) {
    call.complain(printable(journal.path().string()) + ": " + in_words_lifted(lifted) +
                  ", so nothing was compared");
  }
  tell_of_cut(call, journal, "written");
  const WorldFactory factory = world_factory(call.catalog);
  CheckedPlayer player(journal, call.catalog, factory);
  std::optional<OutputFile> file;
  if (const auto output = call.find<std::string>("output")) {
    file.emplace(*output, call.has("force"));
  }
  try {
    return write(call, player, file);
  } catch (const DivergenceError& error) {
    if (file) file->discard();
    return complain_of(call, journal, error);
  } catch (...) {
    if (file) file->discard();
    throw;
  }
}

}  // namespace

const Command history_command{
    .name = "history",
    .summary = "write down what the clients of a store saw, for `linearizable`",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "The history is lived again. Of each client, which is an agent with a field `history`, it\n"
        "writes every call and every return as a map of EDN, in the order in which they\n"
        "happened: to FILE, or to standard output.\n\n"
        "Example:\n"
        "  reprise history raft.rpj -o raft.edn && reprise linearizable raft.edn\n\n"
        "Exit status: 0 written; 1 no agent keeps a history, or this program computes another\n"
        "one than was recorded; 2 bad input; 4 the journal cannot be read; 5 interrupted.\n",
    .declare = &declare,
    .run = &run};

}  // namespace reprise
