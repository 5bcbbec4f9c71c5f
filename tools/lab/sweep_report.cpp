#include "tools/lab/sweep_report.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <charconv>

#include "engine/enums.hpp"
#include "engine/json.hpp"
#include "tools/csv.hpp"
#include "tools/lab/junit.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/text_table.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Row = std::vector<std::string>;

/// As a person reads it: six digits that count.
std::string short_number(double value) {
  std::array<char, 32> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::general, 6);
  return {text.data(), end.ptr};
}

/// As a program reads it: the fewest digits that are this number and no other.
std::string whole_number(double value) {
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), end.ptr};
}

std::string seeds_text(const SeedRange& seeds) {
  if (seeds.count() == 1) return "seed " + std::to_string(seeds.first);
  return "seeds " + std::to_string(seeds.first) + ".." + std::to_string(seeds.last);
}

std::string value_in(const std::string& override_text) {
  return override_text.substr(override_text.find('=') + 1);
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

/// The seed of a run, and what its point of the grid changes.
std::string run_text(const SweepPlan& plan, std::uint64_t run) {
  const std::vector<std::string>& overrides = plan.points[plan.point_of(run)].overrides;
  return "seed " + std::to_string(plan.seed_of(run)) +
         (overrides.empty() ? "" : ", " + printable(joined(overrides)));
}

const char* method_of(const SweepPlan& plan) {
  return plan.measures.batches != 0 ? "batches" : "seeds";
}

/// What is reported of one measure, by the names that JSON and CSV have for it.
std::vector<std::pair<const char*, std::optional<double>>> figures_of(const Summary& summary) {
  const auto known = [&](double value) {
    return summary.count == 0 ? std::nullopt : std::optional(value);
  };
  const std::optional<Interval>& interval = summary.interval;
  return {{"mean", known(summary.mean)},
          {"low", interval ? std::optional(interval->low) : std::nullopt},
          {"high", interval ? std::optional(interval->high) : std::nullopt},
          {"deviation", summary.deviation},
          {"min", known(summary.min)},
          {"p05", known(summary.p05)},
          {"p50", known(summary.median)},
          {"p95", known(summary.p95)},
          {"max", known(summary.max)}};
}

Summary summarised(const SweepReport& report, const MeasuredValues& measured) {
  return summary_of(measured.values, report.confidence);
}

void add_groups(std::vector<std::string>& lines, const SweepReport& report) {
  for (const ReportedGroup& each : report.groups) {
    const FailureGroup& group = *each.group;
    lines.push_back(counted(group.count, "run") + (group.count == 1 ? " fails: " : " fail: ") +
                    printable(group.fingerprint));
    lines.push_back("  first      " + run_text(report.plan, group.first_run));
    lines.push_back("             " + printable(in_words(group.first)));
    if (!each.journal.empty()) lines.push_back("  journal    " + each.journal);
    lines.push_back("  reproduce  " + each.reproduce);
  }
}

/// What of the runs ought to come true in some.
void add_exercised(std::vector<std::string>& lines, const SweepReport& report) {
  for (const Exercised& each : report.progress.exercised) {
    lines.push_back("  " + in_words(each));
  }
}

json::array exercised_json(const SweepReport& report) {
  json::array all;
  for (const Exercised& each : report.progress.exercised) {
    json::object entry{{"in_code", each.in_code}, {"what", each.what}, {"runs", each.runs}};
    entry["first_seed"] =
        each.first_run ? json::value(report.plan.seed_of(*each.first_run)) : json::value();
    all.push_back(std::move(entry));
  }
  return all;
}

void add_measures(std::vector<std::string>& lines, const SweepReport& report) {
  const MeasurePlan& plan = report.plan.measures;
  for (std::size_t measure = 0; measure < plan.texts.size(); ++measure) {
    const bool batches = plan.batches != 0;
    std::string how = plan.every ? "every " + readable(*plan.every) : "at the end";
    if (plan.warmup > Duration()) how += " after " + readable(plan.warmup);
    lines.push_back(printable(plan.texts[measure]) + ", " + how + "; " +
                    short_number(report.confidence * 100) + " % interval from " +
                    (batches ? "batch means" : "seeds"));
    std::vector<Row> rows;
    Row& heading = rows.emplace_back(report.axes);
    heading.push_back(batches ? "batches" : "seeds");
    for (const auto& [name, value] : figures_of({})) heading.emplace_back(name);
    heading.emplace_back("unknown");
    for (std::size_t i = 0; i < report.progress.points.size(); ++i) {
      const MeasuredValues& measured = report.progress.points[i].measures[measure];
      const Summary summary = summarised(report, measured);
      Row& row = rows.emplace_back();
      for (const std::string& each : report.plan.points[i].overrides) {
        row.push_back(printable(value_in(each)));
      }
      row.push_back(std::to_string(summary.count));
      for (const auto& [name, value] : figures_of(summary)) {
        row.push_back(value ? short_number(*value) : "-");
      }
      row.push_back(std::to_string(measured.unknown));
    }
    for (const std::string& line : text_table(rows)) lines.push_back("  " + line);
  }
}

json::array measures_json(const SweepReport& report, const PointProgress& point) {
  json::array measures;
  for (std::size_t i = 0; i < point.measures.size(); ++i) {
    const Summary summary = summarised(report, point.measures[i]);
    json::object entry{{"measure", report.plan.measures.texts[i]},
                       {"count", summary.count},
                       {"unknown", point.measures[i].unknown},
                       {"method", method_of(report.plan)},
                       {"confidence", report.confidence}};
    for (const auto& [name, value] : figures_of(summary)) {
      entry[name] = value ? json::value(*value) : json::value();
    }
    measures.push_back(std::move(entry));
  }
  return measures;
}

json::object set_json(const std::vector<std::string>& overrides) {
  json::object set;
  for (const std::string& each : overrides) {
    set[each.substr(0, each.find('='))] = json_or_text(value_in(each));
  }
  return set;
}

json::object group_json(const SweepReport& report, const ReportedGroup& each) {
  const FailureGroup& group = *each.group;
  const RunFailure& failure = group.first;
  json::object first{
      {"seed", report.plan.seed_of(group.first_run)},
      {"set", set_json(report.plan.points[report.plan.point_of(group.first_run)].overrides)},
      {"step", failure.step},
      {"time_ns", failure.at.time_since_epoch().count()},
      {"what", failure.what},
      {"property", failure.property},
      {"agent", failure.agent},
      {"kind", failure.message},
      {"reason", failure.reason}};
  json::object entry{{"fingerprint", group.fingerprint},
                     {"count", group.count},
                     {"first", std::move(first)},
                     {"journal", nullptr},
                     {"reproduce", each.reproduce}};
  if (!each.journal.empty()) entry["journal"] = each.journal;
  return entry;
}

}  // namespace

std::vector<ReportedGroup> groups_by_size(const SweepProgress& progress) {
  std::vector<ReportedGroup> groups;
  for (const FailureGroup& group : progress.groups) groups.push_back({&group, {}, {}});
  std::ranges::stable_sort(groups, std::ranges::greater(),
                           [](const ReportedGroup& each) { return each.group->count; });
  return groups;
}

std::vector<std::string> lines_of(const SweepReport& report) {
  const SweepProgress& progress = report.progress;
  std::vector<std::string> lines;
  std::uint64_t steps = 0;
  for (const PointProgress& point : progress.points) steps += point.steps;
  const std::size_t points = report.plan.points.size();
  lines.push_back(printable(report.scenario) + ", " + seeds_text(report.plan.seeds) +
                  (report.axes.empty() ? "" : ", each at " + counted(points, "point")));
  std::string runs = "  runs     " + grouped(progress.runs);
  if (progress.runs != report.plan.runs()) runs += " of " + grouped(report.plan.runs());
  lines.push_back(runs + ", " + counted(steps, "step") +
                  (report.end == SweepEnd::until_fail ? "; ended by --until-fail" : "") +
                  (report.end == SweepEnd::interrupted ? "; interrupted" : ""));
  lines.push_back("  failed   " + grouped(progress.failed) +
                  (report.groups.empty() ? "" : ", in " + counted(report.groups.size(), "group")));
  add_exercised(lines, report);
  add_groups(lines, report);
  add_measures(lines, report);
  return lines;
}

json::object to_json(const SweepReport& report) {
  const SweepPlan& plan = report.plan;
  const SweepProgress& progress = report.progress;
  json::array groups;
  for (const ReportedGroup& each : report.groups) groups.push_back(group_json(report, each));
  json::array points;
  for (std::size_t i = 0; i < progress.points.size(); ++i) {
    const PointProgress& point = progress.points[i];
    points.push_back(json::object{{"set", set_json(plan.points[i].overrides)},
                                  {"runs", point.runs},
                                  {"failed", point.failed},
                                  {"steps", point.steps},
                                  {"measures", measures_json(report, point)}});
  }
  return {{"scenario", report.scenario},
          {"seeds", json::object{{"first", plan.seeds.first}, {"last", plan.seeds.last}}},
          {"end", *enumerator_name(report.end)},
          {"runs", progress.runs},
          {"runs_planned", plan.runs()},
          {"failed", progress.failed},
          {"exercised", exercised_json(report)},
          {"groups", std::move(groups)},
          {"points", std::move(points)}};
}

std::vector<std::string> csv_of(const SweepReport& report) {
  const auto line = [](const Row& row) {
    std::string text;
    for (std::size_t i = 0; i < row.size(); ++i) text += (i == 0 ? "" : ",") + csv_field(row[i]);
    return text;
  };
  Row heading = report.axes;
  heading.insert(heading.end(), {"measure", "method", "confidence", "count", "unknown"});
  for (const auto& [name, value] : figures_of({})) heading.emplace_back(name);
  std::vector<std::string> lines{line(heading)};
  for (std::size_t i = 0; i < report.progress.points.size(); ++i) {
    for (std::size_t measure = 0; measure < report.plan.measures.texts.size(); ++measure) {
      const MeasuredValues& measured = report.progress.points[i].measures[measure];
      const Summary summary = summarised(report, measured);
      Row row;
      for (const std::string& each : report.plan.points[i].overrides) {
        row.push_back(value_in(each));
      }
      row.insert(row.end(), {report.plan.measures.texts[measure], method_of(report.plan),
                             whole_number(report.confidence), std::to_string(summary.count),
                             std::to_string(measured.unknown)});
      for (const auto& [name, value] : figures_of(summary)) {
        row.push_back(value ? whole_number(*value) : "");
      }
      lines.push_back(line(row));
    }
  }
  return lines;
}

std::string junit_of(const SweepReport& report) {
  std::vector<JunitCase> cases;
  for (std::size_t i = 0; i < report.progress.points.size(); ++i) {
    const PointProgress& point = report.progress.points[i];
    const std::vector<std::string>& overrides = report.plan.points[i].overrides;
    JunitCase& entry = cases.emplace_back();
    entry.name = report.scenario + ", " + seeds_text(report.plan.seeds) +
                 (overrides.empty() ? "" : ", " + joined(overrides));
    if (point.failed == 0 && point.runs == report.plan.seeds.count()) continue;
    entry.element = point.failed != 0 ? "failure" : "error";
    entry.type = point.failed != 0 ? "failed" : "not run";
    entry.message = grouped(point.failed) + " of " + counted(point.runs, "run") +
                    (point.runs == 1 ? " fails" : " fail");
    if (point.failed == 0) {
      entry.message = grouped(point.runs) + " of " + counted(report.plan.seeds.count(), "run") +
                      " done, none failed";
    }
    for (const ReportedGroup& each : report.groups) {
      const auto& in = each.group->points;
      const auto here = std::ranges::find(in, i, [](const auto& pair) { return pair.first; });
      if (here == in.end()) continue;
      entry.lines.push_back(counted(here->second, "run") + ": " + each.group->fingerprint);
      entry.lines.push_back("  first: " + run_text(report.plan, each.group->first_run) + ": " +
                            in_words(each.group->first));
      entry.lines.push_back("  reproduce: " + each.reproduce);
    }
  }
  return junit_of("sweep", {}, cases);
}

}  // namespace reprise
