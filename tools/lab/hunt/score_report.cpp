#include "tools/lab/hunt/score_report.hpp"

#include <algorithm>

#include "tools/csv.hpp"
#include "tools/interrupt.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/text_table.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

std::string failure_name(const RunScore& score) {
  return score.failure ? short_name(fingerprint_of(*score.failure)) : "-";
}

std::vector<std::string> cells_of(std::size_t rank, const RunScore& score) {
  return {std::to_string(rank),
          printable(score.name),
          score.identity.empty() ? "-" : score.identity.substr(0, 8),
          failure_name(score),
          grouped(score.complexity),
          grouped(score.coverage),
          grouped(score.coverage_value),
          fixed(score.replay_value(), 1),
          fixed(score.rarity, 3),
          grouped(score.fork_potential)};
}

}  // namespace

std::vector<RunScore> scored(const std::vector<Contender>& contenders, const ScorePlan& plan) {
  Progress progress("score", "runs");
  const double all = static_cast<double>(contenders.size());
  std::vector<RunScore> scores = score(
      contenders, plan,
      [&](std::uint64_t done) { progress.show(static_cast<double>(done) / all, done); },
      [] { return InterruptGuard::asked(); });
  InterruptGuard::expect_none();
  return scores;
}

std::vector<std::string> lines_of(const std::vector<RunScore>& scores) {
  std::vector<std::vector<std::string>> table = {{"rank", "run", "identity", "failure",
                                                  "complexity", "coverage", "new", "replay value",
                                                  "rarity", "fork potential"}};
  for (const RunScore& each : scores) table.push_back(cells_of(table.size(), each));
  std::vector<std::string> lines =
      text_table(table, {Align::right, Align::left, Align::left, Align::left});
  const auto kept = std::ranges::count_if(scores, &RunScore::worth_keeping);
  const std::size_t others = scores.size() - static_cast<std::size_t>(kept);
  lines.push_back("worth keeping: " + grouped(static_cast<std::uint64_t>(kept)) + " of " +
                  counted(scores.size(), "run") +
                  (others == 0 ? "" : "; the others show nothing that these do not"));
  return lines;
}

json::object to_json(const RunScore& score) {
  json::object object{{"run", score.name},
                      {"identity", nullptr},
                      {"fingerprint", nullptr},
                      {"complexity", score.complexity},
                      {"coverage", score.coverage},
                      {"coverage_value", score.coverage_value},
                      {"replay_value", score.replay_value()},
                      {"rarity", score.rarity},
                      {"fork_potential", score.fork_potential},
                      {"new_failure", score.new_failure},
                      {"worth_keeping", score.worth_keeping()}};
  if (!score.identity.empty()) object["identity"] = score.identity;
  if (score.failure) object["fingerprint"] = fingerprint_of(*score.failure);
  return object;
}

json::array to_json(const std::vector<RunScore>& scores) {
  json::array all;
  for (const RunScore& each : scores) all.push_back(to_json(each));
  return all;
}

std::vector<std::string> csv_of(const std::vector<RunScore>& scores) {
  std::vector<std::string> lines{
      "rank,run,identity,fingerprint,complexity,coverage,coverage_value,replay_value,rarity,fork_"
      "potential,worth_keeping"};
  for (const RunScore& each : scores) {
    lines.push_back(std::to_string(lines.size()) + ',' + csv_field(each.name) + ',' +
                    each.identity + ',' +
                    csv_field(each.failure ? fingerprint_of(*each.failure) : "") + ',' +
                    std::to_string(each.complexity) + ',' + std::to_string(each.coverage) + ',' +
                    std::to_string(each.coverage_value) + ',' + fixed(each.replay_value(), 3) +
                    ',' + fixed(each.rarity, 6) + ',' + std::to_string(each.fork_potential) + ',' +
                    (each.worth_keeping() ? "true" : "false"));
  }
  return lines;
}

}  // namespace reprise
