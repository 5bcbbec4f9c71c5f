#include "tools/journal_words.hpp"

#include "tools/output.hpp"

namespace reprise {

namespace {

const char* in_words(Divergence::What what) {
  switch (what) {
    case Divergence::What::events:
      return "another event was delivered";
    case Divergence::What::state:
      return "the state is another, though the events are the same";
    case Divergence::What::end:
      return "one history goes on where the other has ended";
    case Divergence::What::failure:
      return "an agent failed in one and not, or otherwise, in the other";
  }
  return "";
}

}  // namespace

std::string in_words(const Divergence& divergence) {
  return "first differing step " + std::to_string(divergence.step) + ": " +
         in_words(divergence.what) + " (recorded: " + printable(divergence.recorded) +
         "; now: " + printable(divergence.computed) + ")";
}

std::string in_words_lifted(const std::vector<std::string>& lifted) {
  std::string kinds;
  for (const std::string& kind : lifted) kinds += (kinds.empty() ? "" : ", ") + kind;
  return "lived again through upcasters (" + kinds + "); digests not comparable";
}

ExitCode complain_of(const Invocation& call, const Journal& journal, const DivergenceError& error) {
  const std::string path = printable(journal.path().string()) + ": ";
  call.complain(path + in_words(error.divergence));
  call.complain(path + "this build computes another history; see `" +
                shell_line({call.program, "verify", journal.path().string()}) + "`");
  return ExitCode::no;
}

std::vector<std::string> files_of(const Journal& journal) {
  std::vector<std::string> files;
  for (const Journal* each = &journal; each != nullptr; each = each->parent()) {
    files.push_back(each->path().string());
  }
  return files;
}

std::string where_cut(const Journal& journal) {
  if (journal.seal()) return {};
  if (journal.torn()) {
    return "cut off or damaged at offset " + std::to_string(journal.torn()->offset) + ": " +
           journal.torn()->reason;
  }
  return "cut off at offset " + std::to_string(journal.bytes()) + ": it ends without a seal";
}

}  // namespace reprise
