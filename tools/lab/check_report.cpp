#include "tools/lab/check_report.hpp"

#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <ctime>

#include "engine/enums.hpp"
#include "engine/json.hpp"
#include "tools/lab/junit.hpp"
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
      return "one goes on where the other has ended";
    case Divergence::What::failure:
      return "one failed there";
  }
  return "";
}

std::string field_text(const FieldDifference& field) {
  const auto side = [](const std::optional<json::value>& value) {
    return value ? printable(json_text(*value)) : std::string("nothing");
  };
  return field.path + " is " + side(field.a) + " in one and " + side(field.b) + " in the other";
}

std::string listed(const CheckedTarget& checked, Perturbed wanted) {
  std::string names;
  for (const auto& [what, verdict] : checked.determinism.perturbations) {
    if (verdict != wanted) continue;
    names += (names.empty() ? "" : ", ") + std::string(facts_of(what).name);
  }
  return names;
}

void add_difference(std::vector<std::string>& lines, const CheckedTarget& checked) {
  const FoundDifference& found = *checked.determinism.difference;
  std::string who;
  for (const Perturbation each : found.culprits) {
    who += (who.empty() ? "" : ", ") + std::string(facts_of(each).name) + " (" +
           std::string(facts_of(each).about) + ')';
  }
  const bool several = found.culprits.size() > 1;
  lines.push_back(
      (several ? "changed by several together, by none of them alone: " : "changed by ") + who);
  lines.push_back("first differing step " + std::to_string(found.where.step) + ": " +
                  in_words(found.where.what) + " (recorded: " + printable(found.where.recorded) +
                  "; now: " + printable(found.where.computed) + ")");
  if (found.where.what == Divergence::What::state && found.same + 1 < found.where.step) {
    lines.push_back("or an earlier step, after " + std::to_string(found.same));
  }
  if (!found.agent) {
    lines.push_back(
        "which agent differs there could not be seen: the run did not come there again");
    return;
  }
  if (found.agent->fields.empty()) {
    lines.push_back("agent " + found.agent->name +
                    ": what is pending for it, its stream or its counters");
  }
  for (const FieldDifference& field : found.agent->fields) {
    lines.push_back("agent " + found.agent->name + ": " + field_text(field));
  }
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  return text.data();
}

std::string host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') return "localhost";
  return name.data();
}

JunitCase case_of(const CheckedTarget& checked) {
  JunitCase entry{.name = checked.target, .seconds = checked.seconds};
  if (checked.code == ExitCode::yes) return entry;
  const std::vector<std::string> lines = lines_of(checked);
  entry.element = checked.code == ExitCode::no ? "failure" : "error";
  entry.type = verdict_of(checked);
  entry.message = lines.front();
  entry.lines.assign(lines.begin() + 1, lines.end());
  if (!checked.reproduce.empty()) entry.lines.push_back("reproduce: " + checked.reproduce);
  return entry;
}

}  // namespace

std::string verdict_of(const CheckedTarget& checked) {
  switch (checked.code) {
    case ExitCode::yes:
      return "ok";
    case ExitCode::no:
      return "failed";
    case ExitCode::not_deterministic:
      return "not deterministic";
    default:
      return "error";
  }
}

std::vector<std::string> lines_of(const CheckedTarget& checked) {
  const std::string name = printable(checked.target) + ": ";
  if (!checked.refusal.empty()) return {printable(checked.refusal)};
  std::vector<std::string> lines;
  lines.push_back(name + verdict_of(checked) + ", " + counted(checked.steps, "step") + ", " +
                  counted(checked.determinism.compared, "checkpoint") + " compared in " +
                  fixed(checked.seconds, 2) + " s");
  for (const std::string& note : checked.notes) lines.push_back("  " + printable(note));
  if (checked.expect) {
    for (const std::string& line : checked.expect->lines) {
      lines.push_back("  expect: " + printable(line));
    }
  }
  if (checked.determinism.difference) {
    std::vector<std::string> more;
    add_difference(more, checked);
    for (const std::string& line : more) lines.push_back("  " + line);
  }
  for (const Perturbed each :
       {Perturbed::same, Perturbed::idle, Perturbed::differs, Perturbed::not_needed,
        Perturbed::not_done, Perturbed::out_of_time, Perturbed::left_out}) {
    const std::string names = listed(checked, each);
    if (!names.empty()) lines.push_back("  " + std::string(in_words(each)) + ": " + names);
  }
  return lines;
}

json::object to_json(const CheckedTarget& checked) {
  json::object answer{{"target", checked.target},
                      {"verdict", verdict_of(checked)},
                      {"compared", checked.determinism.compared},
                      {"steps", checked.steps},
                      {"perturbations", json::array()},
                      {"difference", nullptr},
                      {"expect", nullptr},
                      {"notes", json::array()},
                      {"reproduce", nullptr},
                      {"wall_s", checked.seconds}};
  json::array& all = answer["perturbations"].as_array();
  for (const auto& [what, verdict] : checked.determinism.perturbations) {
    all.push_back(json::object{{"name", facts_of(what).name}, {"verdict", in_words(verdict)}});
  }
  json::array& notes = answer["notes"].as_array();
  for (const std::string& note : checked.notes) notes.push_back(json::value(note));
  if (checked.expect) answer["expect"] = to_json(*checked.expect);
  json::array kinds;
  for (const json::object& kind : checked.kinds) kinds.push_back(kind);
  if (!kinds.empty()) answer["kinds"] = std::move(kinds);
  if (!checked.reproduce.empty()) answer["reproduce"] = checked.reproduce;
  if (!checked.refusal.empty()) answer["error"] = checked.refusal;
  if (!checked.determinism.difference) return answer;
  const FoundDifference& found = *checked.determinism.difference;
  json::object difference{{"perturbations", names_of(found.culprits)},
                          {"step", found.where.step},
                          {"same", found.same},
                          {"what", *enumerator_name(found.where.what)},
                          {"recorded", found.where.recorded},
                          {"computed", found.where.computed},
                          {"agent", nullptr},
                          {"fields", json::array()}};
  if (found.agent) {
    difference["agent"] = found.agent->name;
    for (const FieldDifference& field : found.agent->fields) {
      difference["fields"].as_array().push_back(
          json::object{{"path", field.path},
                       {"a", field.a ? *field.a : json::value()},
                       {"b", field.b ? *field.b : json::value()}});
    }
  }
  answer["difference"] = std::move(difference);
  return answer;
}

std::string junit_of(std::span<const CheckedTarget> all) {
  std::vector<JunitCase> cases;
  for (const CheckedTarget& each : all) cases.push_back(case_of(each));
  return junit_of("check", {now_text(), host_name()}, cases);
}

}  // namespace reprise
