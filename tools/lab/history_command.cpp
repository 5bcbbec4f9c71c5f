#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "engine/operation_history.hpp"
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
  options.add_options()  //
      ("output,o", po::value<std::string>()->value_name("FILE"), "write it there")  //
      ("force", "overwrite FILE if it is there");
  declare_parents(options);
}

std::string edn_text(const std::string& text) {
  return boost::json::serialize(boost::json::string(text));
}

/// An event of a client's history as a map of EDN, in the manner of Jepsen.
std::string edn_line(AgentId client, Time at, const OperationHistory::Event& event) {
  using What = OperationHistory::What;
  const bool is_call = event.what == What::call;
  const bool reads = event.function == "get" || event.function == "read";
  const bool has_value = !reads || event.what == What::ok;
  return "{:process " + std::to_string(number(client)) + ", :type :" +
         (is_call ? "invoke" : std::string(*enumerator_name(event.what))) + ", :f :" +
         event.function + ", :key " + edn_text(event.key) + ", :value " +
         (has_value ? edn_text(event.value) : "nil") +
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
    if (id == world_id) return;
    const AgentType& type = world_.type_of_agent(id);
    const void* agent = type.history_of == nullptr ? nullptr : world_.fields_of(id);
    if (agent == nullptr) return;
    const OperationHistory& history = *type.history_of(agent);
    std::uint64_t& seen = seen_[id];
    const std::uint64_t fresh = history.count - seen;
    seen = history.count;
    lost_ += fresh - std::min<std::uint64_t>(fresh, history.recent.size());
    const std::size_t kept = std::min<std::size_t>(fresh, history.recent.size());
    for (const OperationHistory::Event& event : std::span(history.recent).last(kept)) {
      add(edn_line(id, world_.now(), event));
    }
  }

  void finish() {
    flush();
    if (file_ != nullptr) file_->close();
    lines_.finish();
  }

  std::uint64_t written() const { return written_; }
  std::size_t clients() const { return seen_.size(); }

  /// Events that were noted and thrown away within one step.
  std::uint64_t lost() const { return lost_; }

 private:
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
  static constexpr std::size_t text_max = std::size_t{1} << 16;

  OutputFile* file_;
  std::string text_;  // what is not in the file yet
  OutputLines lines_;
  std::map<AgentId, std::uint64_t> seen_;
  std::uint64_t written_ = 0;
  std::uint64_t lost_ = 0;
};

/// Throws DivergenceError and Interrupted.
void live(CheckedPlayer& player, HistoryWriter& writer) {
  const InterruptGuard guard;
  Progress progress("history");
  player.observe(writer);
  player.run_to(player.journal().last_step(), time_max, [&] {
    progress.show(-1, player.world().steps());
    InterruptGuard::expect_none();
    return false;
  });
  player.forget(writer);
}

/// What keeps a history from being written; nothing if it can be.
std::optional<std::string> obstacle(const HistoryWriter& writer) {
  if (writer.clients() == 0) {
    return "no agent of this world keeps a history; one that has a field `history` of type "
           "OperationHistory does";
  }
  if (writer.lost() == 0) return std::nullopt;
  return counted(writer.lost(), "event") + " of clients are lost: one noted more than " +
         std::to_string(OperationHistory::recent_max) + " in one step";
}

ExitCode run(const Invocation& call) {
  const auto output = call.find<std::string>("output");
  const Journal journal = open_history(call, call.arguments.front());
  const std::string name = printable(journal.path().string());
  const std::vector<std::string> lifted = journal.expect_schema(call.catalog);
  if (!lifted.empty()) {
    call.complain(name + ": " + in_words_lifted(lifted) + ", so nothing was compared");
  }
  const WorldFactory factory = world_factory(call.catalog);
  CheckedPlayer player(journal, call.catalog, factory);
  std::optional<OutputFile> file;
  if (output) file.emplace(*output, call.has("force"));
  HistoryWriter writer(player.world(), file ? &*file : nullptr);
  try {
    live(player, writer);
    if (const auto what = obstacle(writer)) {
      if (file) file->discard();
      call.complain(name + ": " + *what);
      return ExitCode::no;
    }
    writer.finish();
  } catch (...) {
    if (file) file->discard();
    throw;
  }
  if (output) {
    print(printable(*output) + ": " + counted(writer.written(), "event") + " of " +
          counted(writer.clients(), "client"));
  }
  return ExitCode::yes;
}

}  // namespace

const Command history_command{
    .name = "history",
    .summary = "write down what the clients of a store saw, for `linearizable`",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details = "The history is lived again. Of each client, which is an agent with a field `history`, it\n"
               "writes every call and every return as a map of EDN, in the order in which they\n"
               "happened, as Jepsen does: to FILE, or to standard output.\n\n"
               "Example:\n"
               "  reprise history raft.rpj -o raft.edn && reprise linearizable raft.edn\n\n"
               "Exit status: 0 written; 1 no agent keeps a history; 2 bad input; 4 the journal\n"
               "cannot be read; 5 interrupted.\n",
    .declare = &declare,
    .run = &run};

}  // namespace reprise
