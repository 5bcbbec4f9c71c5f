#include "tools/recording.hpp"

#include "engine/enums.hpp"
#include "tools/command.hpp"
#include "tools/output.hpp"

namespace reprise {

Recording::Recording(Simulation& world, std::unique_ptr<JournalWriter> journal,
                     const RecordOptions& options, const CommitMode& mode)
    : journal_(std::move(journal)), mode_(mode) {
  recorder_.emplace(world, *journal_, options);
  committer_.emplace(*journal_, mode_);
}

Recording::Recording(Simulation& world, const std::filesystem::path& broken, RecordOptions options,
                     const CommitMode& mode)
    : journal_(std::make_unique<JournalWriter>(broken, WorkOn::thread)), mode_(mode) {
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

bool Recording::live_again(const std::function<bool()>& interrupted) {
  if (!continuation_) return true;
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
