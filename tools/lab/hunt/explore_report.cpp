#include "tools/lab/hunt/explore_report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <utility>

#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr std::size_t shown_in_text = 5;
constexpr std::size_t shown_in_json = 50;

/// The most interesting moments, the best first.
std::vector<std::pair<double, const KeptMoment*>> best_moments(const ExploreProgress& progress) {
  std::vector<std::pair<double, const KeptMoment*>> all;
  for (const KeptMoment& each : progress.moments) {
    all.emplace_back(interest_of(each, progress), &each);
  }
  std::ranges::stable_sort(all, std::ranges::greater(),
                           [](const auto& each) { return each.first; });
  if (all.size() > shown_in_json) all.resize(shown_in_json);
  return all;
}

std::string runs_text(const ExploreProgress& progress) {
  return counted(progress.roots, "run") + " from the start and " + grouped(progress.forks) +
         " from a moment of another";
}

std::vector<std::string> never_got(const KindCoverage& kind) {
  std::vector<std::string> names;
  for (const auto& [name, runs] : kind.messages) {
    if (runs == 0) names.push_back(name);
  }
  return names;
}

void add_coverage(std::vector<std::string>& lines, const ExploreProgress& progress) {
  for (const auto& [name, kind] : progress.kinds) {
    lines.push_back("  " + printable(name) + ": " + counted(kind.states.size(), "state") + ", " +
                    counted(kind.pairs.size(), "pair") + ", " + counted(kind.turns.size(), "turn") +
                    ", " + counted(kind.orders.size(), "order") + " of messages");
    for (const std::string& message : never_got(kind)) {
      lines.push_back("    never got " + printable(message));
    }
  }
  for (const Exercised& each : progress.exercised) {
    lines.push_back("  " + in_words(each));
  }
}

json::array reseedings_json(const Story& story) {
  json::array all;
  for (const Reseeding& each : story.reseedings) {
    all.push_back(
        json::object{{"time_ns", each.at.time_since_epoch().count()}, {"seed", each.seed}});
  }
  return all;
}

json::object story_json(const Story& story) {
  return {{"seed", story.seed}, {"reseed", reseedings_json(story)}};
}

json::array moments_json(const ExploreProgress& progress) {
  json::array all;
  for (const auto& [interest, moment] : best_moments(progress)) {
    all.push_back(json::object{{"story", story_json(moment->story)},
                               {"step", moment->step},
                               {"time_ns", moment->at.time_since_epoch().count()},
                               {"interest", interest},
                               {"rarity", rarity_of(moment->pairs, progress)},
                               {"forks", moment->forks},
                               {"found", moment->found},
                               {"events", moment->step},
                               {"near", moment->near}});
  }
  return all;
}

json::array runs_json(const ExploreProgress& progress) {
  json::array all;
  for (const ExploredRun& run : progress.runs) {
    all.push_back(json::object{{"story", story_json(run.story)},
                               {"begin", run.begin},
                               {"end", run.end},
                               {"found", run.found},
                               {"rarity", run.rarity},
                               {"near", run.near},
                               {"failed", run.failed}});
  }
  return all;
}

json::object kinds_json(const ExploreProgress& progress) {
  json::object all;
  for (const auto& [name, kind] : progress.kinds) {
    json::object messages;
    for (const auto& [message, runs] : kind.messages) messages[message] = runs;
    all[name] = json::object{{"states", kind.states.size()},
                             {"pairs", kind.pairs.size()},
                             {"turns", kind.turns.size()},
                             {"orders", kind.orders.size()},
                             {"messages", std::move(messages)}};
  }
  return all;
}

json::array groups_json(const ExploreReport& report) {
  json::array all;
  for (const ReportedFind& each : report.groups) {
    const FoundGroup& group = *each.group;
    json::object entry{
        {"fingerprint", group.fingerprint}, {"count", group.count},
        {"events", group.events},           {"story", story_json(group.story)},
        {"step", group.first.step},         {"time_ns", group.first.at.time_since_epoch().count()},
        {"what", group.first.what},         {"property", group.first.property},
        {"agent", group.first.agent},       {"kind", group.first.message},
        {"reason", group.first.reason},     {"journal", nullptr},
        {"reproduce", each.reproduce}};
    if (!each.journal.empty()) entry["journal"] = each.journal;
    all.push_back(std::move(entry));
  }
  return all;
}

json::array exercised_json(const ExploreProgress& progress) {
  json::array all;
  for (const Exercised& each : progress.exercised) {
    all.push_back(
        json::object{{"in_code", each.in_code}, {"what", each.what}, {"runs", each.runs}});
  }
  return all;
}

}  // namespace

std::string in_words(const Story& story) {
  std::string text = "seed " + std::to_string(story.seed);
  for (std::size_t i = 0; i < story.reseedings.size(); ++i) {
    text += (i == 0 ? ", anew at " : " and ") + readable(story.reseedings[i].at);
  }
  return text;
}

std::vector<std::string> lines_of(const ExploreReport& report) {
  const ExploreProgress& progress = report.progress;
  std::vector<std::string> lines;
  lines.push_back(printable(report.scenario) + ", explored from seed " +
                  std::to_string(report.plan.seed));
  std::string events = "  events   " + grouped(progress.events) + " in " + runs_text(progress);
  if (report.end == "interrupted") events += "; interrupted";
  lines.push_back(events);
  lines.push_back("  failed   " + grouped(progress.failed) +
                  (report.groups.empty() ? "" : ", in " + counted(report.groups.size(), "group")));
  add_coverage(lines, progress);
  const auto moments = best_moments(progress);
  for (std::size_t i = 0; i < std::min(moments.size(), shown_in_text); ++i) {
    const auto& [interest, moment] = moments[i];
    lines.push_back("  interest " + fixed(interest, 3) + ": step " + grouped(moment->step) + ", " +
                    readable(moment->at) + " of " + in_words(moment->story) + "; " +
                    counted(moment->forks, "fork") + " found " + grouped(moment->found));
  }
  for (const ReportedFind& each : report.groups) {
    const FoundGroup& group = *each.group;
    lines.push_back(counted(group.count, "run") + (group.count == 1 ? " fails: " : " fail: ") +
                    printable(group.fingerprint));
    lines.push_back("  first      after " + grouped(group.events) +
                    " events: " + in_words(group.story));
    lines.push_back("             " + printable(in_words(group.first)));
    if (!each.journal.empty()) lines.push_back("  journal    " + each.journal);
    lines.push_back("  reproduce  " + each.reproduce);
  }
  return lines;
}

json::object to_json(const ExploreReport& report) {
  const ExploreProgress& progress = report.progress;
  return {{"scenario", report.scenario},
          {"seed", report.plan.seed},
          {"end", report.end},
          {"rounds", progress.rounds},
          {"roots", progress.roots},
          {"forks", progress.forks},
          {"events", progress.events},
          {"failed", progress.failed},
          {"groups", groups_json(report)},
          {"kinds", kinds_json(progress)},
          {"exercised", exercised_json(progress)},
          {"moments_kept", progress.moments.size()},
          {"moments", moments_json(progress)},
          {"runs", runs_json(progress)}};
}

}  // namespace reprise
