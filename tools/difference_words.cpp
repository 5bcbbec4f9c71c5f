#include "tools/difference_words.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "engine/enums.hpp"
#include "engine/json.hpp"
#include "tools/event_lines.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

using Lines = std::vector<std::string>;

constexpr std::size_t value_width_max = 60;

std::unique_ptr<Simulation> start_of(const Journal& journal, const WorldFactory& factory) {
  try {
    return factory(journal.header());
  } catch (const JournalError&) {
    return nullptr;
  }
}

json::value or_null(const std::optional<json::value>& value) {
  return value ? *value : json::value();
}

json::array fields_json(const std::vector<FieldDifference>& fields) {
  json::array all;
  for (const FieldDifference& field : fields) {
    all.push_back(json::object{{"path", field.path},
                               {"a", or_null(field.a)},
                               {"b", or_null(field.b)},
                               {"delta", or_null(field.delta())}});
  }
  return all;
}

json::object agent_json(const AgentDifference& agent) {
  json::object object{{"agent", agent.name},
                      {"kind", agent.kind_a.empty() ? agent.kind_b : agent.kind_a},
                      {"only_in", nullptr},
                      {"retired_a", agent.retired_a},
                      {"retired_b", agent.retired_b},
                      {"fields", fields_json(agent.fields)},
                      {"fields_count", agent.fields_count}};
  if (agent.only_in_one()) object["only_in"] = agent.kind_a.empty() ? "b" : "a";
  return object;
}

std::string value_text(const FieldDifference& field, const std::optional<json::value>& value) {
  if (!value) return "(none)";
  std::string text = printable(json_text(readable(*field.type, *value)));
  if (text.size() <= value_width_max) return text;
  std::size_t end = value_width_max - 3;
  while (end != 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // in UTF-8
  return text.substr(0, end) + "...";
}

std::string delta_text(const FieldDifference& field) {
  const std::optional<json::value> delta = field.delta();
  if (!delta) return "";
  std::string text = json_text(*delta);
  const bool is_time = field.type->shape == Shape::duration || field.type->shape == Shape::time;
  const bool is_negative = text.starts_with('-');
  if (is_time && delta->is_int64()) {
    const std::int64_t nanoseconds = delta->get_int64();
    text = (is_negative ? "-" : "") + readable(Duration(is_negative ? -nanoseconds : nanoseconds));
  }
  return "  (" + std::string(is_negative ? "" : "+") + text + ')';
}

void add_fields(Lines& lines, const AgentDifference& agent, const std::string& indent) {
  std::size_t width = 0;
  for (const FieldDifference& field : agent.fields) width = std::max(width, field.path.size());
  for (const FieldDifference& field : agent.fields) {
    std::string path = field.path;
    path.resize(width, ' ');
    lines.push_back(indent + printable(path) + "  " + value_text(field, field.a) + " -> " +
                    value_text(field, field.b) + delta_text(field));
  }
  const std::uint64_t more = agent.fields_count - agent.fields.size();
  if (more != 0) lines.push_back(indent + "... and " + counted(more, "field") + " more");
}

/// "trader[3] (momentum_trader): 3 fields"
std::string agent_line(const AgentDifference& agent) {
  const std::string name = printable(agent.name) + " (";
  if (agent.kind_a.empty()) return name + agent.kind_b + "): only in b";
  if (agent.kind_b.empty()) return name + agent.kind_a + "): only in a";
  if (agent.kind_a != agent.kind_b) {
    return name + agent.kind_a + " in a, " + agent.kind_b + " in b)";
  }
  if (agent.retired_a != agent.retired_b) {
    return name + agent.kind_a + "): has retired in " + (agent.retired_a ? "a" : "b");
  }
  if (agent.fields_count == 0) {
    return name + agent.kind_a + "): not in its fields, but in its random stream, its counters, " +
           "its id or what is pending for it";
  }
  return name + agent.kind_a + "): " + counted(agent.fields_count, "field");
}

std::string run_line(const char* name, const Journal& journal) {
  std::string line = std::string(name) + "  " + printable(journal.path().string()) + ": " +
                     counted(journal.last_step(), "step") + ", to " + readable(journal.last_at()) +
                     ", seed " + std::to_string(journal.header().seed);
  if (const auto& parent = journal.header().parent) {
    line += ", a branch at step " + grouped(parent->step);
  }
  return line;
}

std::string in_words(Parted how) {
  switch (how) {
    case Parted::events:
      return "other events";
    case Parted::edits:
      return "other edits";
    case Parted::end:
      return "one ends before it";
    case Parted::clock:
      return "both end before it, at other times";
    case Parted::state:
      return "all events are the same and the states at the end are not";
  }
  return "";
}

std::string ended(const char* name, const Journal& journal) {
  std::string line = std::string(name) + " ends with step " + grouped(journal.last_step()) +
                     " at " + readable(journal.last_at());
  if (!journal.seal()) return line + ", where it is cut off";
  const Seal& seal = *journal.seal();
  line += " (" + std::string(*enumerator_name(seal.end)) + ')';
  if (seal.failure) {
    line += ": " + seal.failure->agent + " failed on " + seal.failure->kind + ": " +
            seal.failure->reason;
  }
  return printable(line);
}

}  // namespace

DifferenceWords::DifferenceWords(const Journal& a, const Journal& b, const Catalog& catalog,
                                 const WorldFactory& factory, const Difference& difference)
    : catalog_(catalog),
      difference_(difference),
      a_{a, start_of(a, factory)},
      b_{b, start_of(b, factory)} {}

json::value DifferenceWords::event(const Side& side) const {
  if (!side.event) return nullptr;
  json::object object = event_json(side.event->event);
  json::array causes;
  for (const KeptEvent& each : side.causes) causes.push_back(event_json(each.event));
  object["causes"] = std::move(causes);
  return object;
}

std::string DifferenceWords::receiver(const Run& run, AgentId to) const {
  if (to == world_id) return "world";
  if (run.start && number(to) <= run.start->agent_count()) return run.start->name_of(to);
  return "agent " + std::to_string(number(to));
}

std::string DifferenceWords::kind(const Run& run, std::uint64_t id) const {
  for (const KindSchema& schema : run.journal.header().schema) {
    if (schema.role == KindSchema::Role::message && digest64_of(schema.kind) == id) {
      return schema.kind;
    }
  }
  return "kind " + std::to_string(id);
}

/// Nothing for a kind that this program does not have so.
std::optional<json::value> DifferenceWords::payload(const ToldInput& input) const {
  const MessageType* type = catalog_.message_by_id(input.kind);
  if (type == nullptr || type->version != input.version) return std::nullopt;
  try {
    Payload message(*type);
    Decoder in(input.payload);
    type->decode(message.data(), in);
    in.expect_end();
    return to_json(*type->fields, message.data());
  } catch (const DecodeError&) {
    return std::nullopt;
  }
}

json::value DifferenceWords::input(const Run& run, const std::optional<ToldInput>& input) const {
  if (!input) return nullptr;
  json::object object{{"number", input->number},
                      {"time_ns", input->at.time_since_epoch().count()},
                      {"after", nullptr},
                      {"to", receiver(run, input->to)},
                      {"kind", kind(run, input->kind)},
                      {"payload", or_null(payload(*input))},
                      {"producer", input->producer},
                      {"producer_seq", input->producer_seq},
                      {"key", input->key}};
  if (input->after) object["after"] = *input->after;
  return object;
}

json::object DifferenceWords::json() const {
  json::object answer{{"a", a_.journal.path().string()},
                      {"b", b_.journal.path().string()},
                      {"equal", difference_.equal},
                      {"first_difference", nullptr},
                      {"digests_compared", difference_.digests_compared},
                      {"trail_compared", difference_.trail_compared},
                      {"same_scenario", difference_.same_scenario},
                      {"same_seed", difference_.same_seed},
                      {"same_start", difference_.same_start}};
  if (const auto& first = difference_.first) {
    const std::optional<KeptEvent>& event_a = first->a.event;
    const std::optional<KeptEvent>& event_b = first->b.event;
    json::object object{{"step", first->step},     {"exact", first->exact},
                        {"same", first->same},     {"what", *enumerator_name(first->how)},
                        {"time_ns", nullptr},      {"a", event(first->a)},
                        {"b", event(first->b)},    {"agent", nullptr},
                        {"fields", json::array()}, {"later", nullptr},
                        {"refusal_a", nullptr},    {"refusal_b", nullptr}};
    if (event_a || event_b) {
      const Time at = event_a && event_b ? std::min(event_a->event.at, event_b->event.at)
                                         : (event_a ? event_a : event_b)->event.at;
      object["time_ns"] = at.time_since_epoch().count();
    }
    if (first->agent) {
      object["agent"] = first->agent->name;
      object["fields"] = fields_json(first->agent->fields);
    }
    if (const auto& later = first->later) {
      object["later"] =
          json::object{{"step", later->step}, {"a", event(later->a)}, {"b", event(later->b)}};
    }
    if (!first->refusal_a.empty()) object["refusal_a"] = first->refusal_a;
    if (!first->refusal_b.empty()) object["refusal_b"] = first->refusal_b;
    answer["first_difference"] = std::move(object);
  }
  json::array agents;
  if (difference_.state) {
    for (const AgentDifference& agent : difference_.state->agents) {
      agents.push_back(agent_json(agent));
    }
    answer["at"] = json::object{{"step_a", difference_.step_a},
                                {"step_b", difference_.step_b},
                                {"time_a_ns", difference_.at_a.time_since_epoch().count()},
                                {"time_b_ns", difference_.at_b.time_since_epoch().count()}};
    answer["agents_count"] = difference_.state->agents_count;
    answer["agents_fields_differ"] = difference_.state->fields_differ;
    answer["agents_digests_compared"] = difference_.state->compared;
  }
  answer["agents"] = std::move(agents);
  json::array changed;
  for (const ChangedInput& each : difference_.inputs.inputs) {
    changed.push_back(json::object{{"a", input(a_, each.a)}, {"b", input(b_, each.b)}});
  }
  answer["inputs"] = json::object{{"only_a", difference_.inputs.only_a},
                                  {"only_b", difference_.inputs.only_b},
                                  {"changed", difference_.inputs.changed},
                                  {"complete", difference_.inputs.complete},
                                  {"first", std::move(changed)}};
  return answer;
}

Lines DifferenceWords::lines(const std::string& at) const {
  const std::string compared = counted(difference_.digests_compared, "digest") + " and " +
                               counted(difference_.trail_compared, "byte") +
                               " of the trails compared";
  if (difference_.equal) {
    return {printable(a_.journal.path().string()) + " and " +
            printable(b_.journal.path().string()) + ": equal, " +
            counted(a_.journal.last_step(), "step") + " (" + compared + ')'};
  }
  Lines lines{run_line("a", a_.journal), run_line("b", b_.journal)};
  if (!difference_.same_scenario) lines.emplace_back("they are of different scenarios");
  if (!difference_.same_start) lines.emplace_back("their worlds differ from the start");
  lines.emplace_back("");
  add_first(lines);
  lines.push_back("  " + compared);
  add_state(lines, at);
  add_inputs(lines);
  return lines;
}

void DifferenceWords::add_first(Lines& lines) const {
  const FirstDifference& first = *difference_.first;
  if (first.how == Parted::state) {
    lines.push_back(in_words(first.how));
    return;
  }
  const bool edits = first.how == Parted::edits && first.exact;  // between two steps
  const std::string place = edits ? "right after" : first.exact ? "at" : "at or before";
  lines.push_back("they part " + place + " step " + grouped(edits ? first.step - 1 : first.step) +
                  ": " + in_words(first.how));
  if (!first.exact) {
    lines.push_back("  they are the same up to step " + grouped(first.same) +
                    "; where between cannot be told without living both");
  }
  if (!first.refusal_a.empty()) lines.push_back("  a: " + printable(first.refusal_a));
  if (!first.refusal_b.empty()) lines.push_back("  b: " + printable(first.refusal_b));
  if (first.how == Parted::end || first.how == Parted::clock) {
    const bool a_ends = a_.journal.last_step() < first.step;
    const bool b_ends = b_.journal.last_step() < first.step;
    if (a_ends) lines.push_back("  " + ended("a", a_.journal));
    if (b_ends) lines.push_back("  " + ended("b", b_.journal));
  }
  if (first.agent && first.how == Parted::edits) {
    lines.push_back("  the first agent that they changed: " + agent_line(*first.agent));
    add_fields(lines, *first.agent, "    ");
  }
  if (edits && !first.later && first.refusal_a.empty() && first.refusal_b.empty()) {
    lines.push_back(first.same_later == 0 ? "  no event follows"
                                          : "  the " + counted(first.same_later, "event") +
                                                " that follow are the same");
  }
  if (first.later) {
    lines.push_back("  the first event that differs is that of step " + grouped(first.later->step));
    add_events(lines, first.later->a, first.later->b);
  } else if (first.how != Parted::edits) {
    add_events(lines, first.a, first.b);
  }
  if (first.agent && first.how != Parted::edits) {
    lines.push_back("  first agent that differs: " + agent_line(*first.agent));
    add_fields(lines, *first.agent, "    ");
  }
}

/// What each did, and what that came from.
void DifferenceWords::add_events(Lines& lines, const Side& a, const Side& b) const {
  std::vector<KeptEvent> events;
  if (a.event) events.push_back(*a.event);
  if (b.event) events.push_back(*b.event);
  if (events.empty()) return;
  const EventColumns columns(events);
  lines.push_back("     " + table_heading(columns));
  if (a.event) lines.push_back("  a  " + table_line(a.event->event, columns));
  if (b.event) lines.push_back("  b  " + table_line(b.event->event, columns));
  const bool look_alike =
      a.event && b.event && a.event->event.hop == b.event->event.hop &&
      table_line(a.event->event, columns) == table_line(b.event->event, columns);
  if (look_alike)
    lines.emplace_back("  they differ only in the number that their sender gave them");
  add_causes(lines, "a", a);
  add_causes(lines, "b", b);
}

void DifferenceWords::add_causes(Lines& lines, const char* name, const Side& side) const {
  if (side.causes.empty()) return;
  lines.push_back("  in " + std::string(name) + " it came from");
  const EventColumns columns(side.causes);
  for (const KeptEvent& each : side.causes) {
    lines.push_back("     " + table_line(each.event, columns));
  }
}

void DifferenceWords::add_state(Lines& lines, const std::string& at) const {
  if (!difference_.state) return;
  const StateDifference& state = *difference_.state;
  lines.emplace_back("");
  std::string where = at == "end" ? "at the end" : "at " + at;
  where += " (a: step " + grouped(difference_.step_a) + ", " + readable(difference_.at_a) +
           "; b: step " + grouped(difference_.step_b) + ", " + readable(difference_.at_b) + "): ";
  if (state.agents_count == 0) {
    lines.push_back(where + (state.roots_equal ? "the states are the same"
                                               : "no agent differs, only the world itself"));
    return;
  }
  const bool all = state.fields_differ == state.agents_count;
  lines.push_back(where + counted(state.agents_count, "agent") +
                  (state.agents_count == 1 ? " differs" : " differ") +
                  (all ? "" : ", " + grouped(state.fields_differ) + " of them in fields") +
                  (state.agents_count == 1 ? "" : "; most changed first"));
  for (const AgentDifference& agent : state.agents) {
    lines.push_back("  " + agent_line(agent));
    add_fields(lines, agent, "    ");
  }
  const std::uint64_t more = state.agents_count - state.agents.size();
  if (more != 0)
    lines.push_back("  ... and " + counted(more, "agent") + " more; --limit shows them");
}

std::string DifferenceWords::input_line(const Run& run, const ToldInput& input) const {
  std::string line = "input " + grouped(input.number);
  line += input.after ? ", an edit after step " + grouped(*input.after) : std::string();
  line += " at " + readable(input.at) + ": " + kind(run, input.kind) + " to " +
          receiver(run, input.to) + ' ';
  const std::optional<json::value> message = payload(input);
  const MessageType* type = catalog_.message_by_id(input.kind);
  line += message ? json_text(readable(*type->fields, *message))
                  : counted(input.payload.size(), "byte");
  if (!input.producer.empty()) {
    line += "  (" + input.producer +
            (input.producer_seq == 0 ? "" : ' ' + grouped(input.producer_seq)) + ')';
  }
  return printable(line);
}

void DifferenceWords::add_inputs(Lines& lines) const {
  const InputDifference& inputs = difference_.inputs;
  lines.emplace_back("");
  if (inputs.count() == 0) {
    lines.emplace_back("inputs: the same");
    return;
  }
  lines.push_back("inputs: " + grouped(inputs.only_a) + " only in a, " + grouped(inputs.only_b) +
                  " only in b, " + grouped(inputs.changed) + " changed" +
                  (inputs.complete ? "" : "; too many to compare them all"));
  for (const ChangedInput& each : inputs.inputs) {
    if (each.a) lines.push_back("  a  " + input_line(a_, *each.a));
    if (each.b) lines.push_back("  b  " + input_line(b_, *each.b));
  }
  const std::uint64_t more = inputs.count() - inputs.inputs.size();
  if (more != 0)
    lines.push_back("  ... and " + counted(more, "input") + " more; --limit shows them");
}

}  // namespace reprise
