#include "tools/recording.hpp"

#include "engine/enums.hpp"
#include "tools/command.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace {

/// Takes from a source what the world takes from the journal, apart from what came live.
class FromSource final : public Observer {
 public:
  FromSource(Simulation& world, InputSource& inputs, const Journal& journal)
      : world_(world), inputs_(inputs), journal_(journal) {
    world_.observe(*this);
  }
  ~FromSource() override { world_.forget(*this); }

  bool wants_checkpoints() const override { return false; }

  void on_input(const Input& recorded, Step step) override {
    if (recorded.resendable) return;
    const std::optional<Input> again = inputs_.next();
    if (again && is_same(*again, recorded)) return;
    const std::string name =
        "number " + std::to_string(recorded.producer_seq) + " of '" + recorded.producer + "'";
    throw UsageError("--continue " + shell_word(journal_.path().string()) + ": the input of step " +
                     std::to_string(step) + " (" + name + ") " +
                     (again ? "is another in" : "is not in") +
                     " the feeds of this run; name the files that it was recorded from, with "
                     "--feed NAME=FILE and the same --feed-errors");
  }

 private:
  static bool is_same(const Input& one, const Input& other) {
    return one.at == other.at && one.to == other.to && one.producer == other.producer &&
           one.producer_seq == other.producer_seq &&
           one.payload.type().id == other.payload.type().id &&
           bytes_of(one.payload) == bytes_of(other.payload);
  }

  static Bytes bytes_of(const Payload& payload) {
    Bytes bytes;
    Encoder out(bytes);
    payload.type().encode(payload.data(), out);
    return bytes;
  }

  Simulation& world_;
  InputSource& inputs_;
  const Journal& journal_;
};

}  // namespace

Recording::Recording(Simulation& world, std::unique_ptr<JournalWriter> journal,
                     const RecordOptions& options, const CommitMode& mode)
    : world_(world), journal_(std::move(journal)), mode_(mode) {
  recorder_.emplace(world, *journal_, options);
  committer_.emplace(*journal_, mode_);
}

Recording::Recording(Simulation& world, const std::filesystem::path& broken, RecordOptions options,
                     const CommitMode& mode)
    : world_(world),
      journal_(std::make_unique<JournalWriter>(broken, WorkOn::thread)),
      mode_(mode) {
  if (journal_->moved_aside()) {
    complain("the end of " + broken.string() + " was torn; its bytes are now in " +
             journal_->moved_aside()->string());
  }
  broken_.emplace(broken);
  continuation_.emplace(*broken_, world);
  options.events = options.events || broken_->events() != 0;
  recorder_.emplace(world, *journal_, options);
  committer_.emplace(*journal_, mode_);
}

bool Recording::live_again(InputSource& inputs, const std::function<bool()>& interrupted) {
  if (!continuation_) return true;
  const FromSource from_source(world_, inputs, *broken_);
  if (!continuation_->live_again(interrupted)) return false;
  continuation_.reset();
  committer_.emplace(*journal_, mode_);
  return true;
}

Journal broken_journal(const std::filesystem::path& path) {
  Journal journal(path);
  if (journal.header().parent) {
    throw UsageError("--continue " + shell_word(path.string()) +
                     ": is a branch, and `run` knows no parents; fork it again");
  }
  if (!journal.seal()) return journal;
  throw UsageError("--continue " + shell_word(path.string()) +
                   ": is sealed: its run ended at step " + std::to_string(journal.seal()->step) +
                   " (" + std::string(*enumerator_name(journal.seal()->end)) +
                   "), and a sealed journal is never added to; run the scenario anew into another "
                   "journal, and let its producers send everything again");
}

}  // namespace reprise
