#include "tools/lab/hunt/shrink_report.hpp"

#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

const char* end_text(ShrinkEnd end) {
  switch (end) {
    case ShrinkEnd::smallest:
      return "nothing smaller was found";
    case ShrinkEnd::interrupted:
      return "cut short, the best so far";
    case ShrinkEnd::not_reproduced:
      return "not reproduced";
  }
  return "";
}

json::object size_json(const RunSize& size) {
  return {{"inputs", size.inputs},
          {"agents", size.agents},
          {"events", size.events},
          {"time_ns", size.time.count()}};
}

}  // namespace

std::vector<std::string> lines_of(const ShrinkReport& report) {
  const SmallRun& best = *report.progress.best;
  const RunSize& before = report.progress.before;
  const auto of = [](std::uint64_t now, std::uint64_t then) {
    return grouped(now) + " of " + grouped(then);
  };
  return {printable(in_words(best.failure)),
          "  inputs and faults  " + of(best.size.inputs, before.inputs),
          "  agents             " + of(best.size.agents, before.agents),
          "  events             " + of(best.size.events, before.events),
          "  time               " + readable(best.size.time) + " of " + readable(before.time),
          "  tried              " + counted(report.progress.runs, "run") + ", " +
              counted(report.progress.events, "event") + ", " + fixed(report.seconds, 1) + " s; " +
              end_text(report.end),
          "  journal            " + report.journal.string(),
          "  scenario           " + report.scenario.string(),
          "  reproduce          " + report.reproduce};
}

json::object to_json(const ShrinkReport& report) {
  const SmallRun& best = *report.progress.best;
  return {{"fingerprint", fingerprint_of(best.failure)},
          {"failure", in_words(best.failure)},
          {"before", size_json(report.progress.before)},
          {"after", size_json(best.size)},
          {"seed", best.reproducer.seed},
          {"runs", report.progress.runs},
          {"events", report.progress.events},
          {"seconds", report.seconds},
          {"ended", report.end == ShrinkEnd::smallest ? "smallest" : "interrupted"},
          {"journal", report.journal.string()},
          {"scenario", report.scenario.string()},
          {"reproduce", report.reproduce}};
}

}  // namespace reprise
