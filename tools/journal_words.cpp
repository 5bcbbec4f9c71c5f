#include "tools/journal_words.hpp"

#include <boost/json/object.hpp>

#include "engine/enums.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

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

void tell_of_cut(const Invocation& call, const Journal& journal) {
  if (journal.seal()) return;
  call.complain(printable(journal.path().string()) + ": " + where_cut(journal) +
                "; it is whole up to step " + std::to_string(journal.last_step()) + " at " +
                readable(journal.last_at()));
}

std::string stream_name(FrameType type) {
  const auto name = enumerator_name(type);
  return name ? std::string(*name) : "type " + std::to_string(static_cast<unsigned>(type));
}

std::string in_words(const Gap& gap) {
  std::string text = grouped(gap.bytes) + " bytes at offset " + std::to_string(gap.offset) + ": ";
  bool first = true;
  for (const LostFrame& lost : gap.lost) {
    if (!first) text += ", ";
    first = false;
    text += lost.type == 0 ? "unknown records" : stream_name(static_cast<FrameType>(lost.type));
    text += " of the steps " + grouped(lost.first_step) + " to " + grouped(lost.last_step);
    if (lost.type == 0) continue;
    text += " (" + grouped(lost.records) + (lost.records == 1 ? " record)" : " records)");
  }
  return text;
}

json::array gaps_json(std::span<const Gap> gaps) {
  json::array all;
  for (const Gap& gap : gaps) {
    json::array frames;
    for (const LostFrame& lost : gap.lost) {
      json::object frame{{"stream", nullptr},
                         {"records", nullptr},
                         {"first_step", lost.first_step},
                         {"last_step", lost.last_step}};
      if (lost.type != 0) {
        frame["stream"] = stream_name(static_cast<FrameType>(lost.type));
        frame["records"] = lost.records;
      }
      frames.push_back(std::move(frame));
    }
    all.push_back(
        json::object{{"offset", gap.offset}, {"bytes", gap.bytes}, {"lost", std::move(frames)}});
  }
  return all;
}

}  // namespace reprise
