#include <boost/json/array.hpp>
#include <boost/json/value_from.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <sstream>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "timeline/causality.hpp"
#include "tools/command.hpp"
#include "tools/event_lines.hpp"
#include "tools/history_option.hpp"
#include "tools/input_words.hpp"
#include "tools/interrupt.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/progress.hpp"
#include "tools/readable.hpp"
#include "tools/world_factory.hpp"

namespace reprise {

namespace po = boost::program_options;
namespace json = boost::json;

namespace {

void declare(po::options_description& options) {
  options.add_options()                                                              //
      ("forward", "what it caused, instead of what caused it")                       //
      ("inputs", "the recorded inputs that it may depend on")                        //
      ("limit", po::value<std::string>()->value_name("N")->default_value("20"),      //
       "at most so many events, and so many inputs")                                 //
      ("dot", "a graph for Graphviz: `reprise why JOURNAL STEP --dot | dot -Tsvg`")  //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

/// What was asked for.
struct Answer {
  Step step = 0;
  std::optional<CausalChain> chain;
  std::optional<Consequences> forward;
  std::optional<CausalPast> past;
};

Step step_of(const std::string& text, const Journal& journal) {
  const std::optional<Step> step = parse_number<Step>(text);
  if (step) return *step;
  throw UsageError("STEP is the number of an event, from 1 to " +
                   std::to_string(journal.last_step()) + ", not '" + text +
                   "'; `reprise events` has them");
}

Answer answer_of(const Invocation& call, const RecordedHistory& history) {
  const InterruptGuard guard;
  Progress progress("why");
  const auto on_the_way = [&](Step step) {
    progress.show(-1, step);
    InterruptGuard::expect_none();
  };
  const std::size_t limit = *call.find_number("limit", 1);
  Answer answer{.step = step_of(call.arguments.back(), history.journal)};
  if (call.has("forward")) {
    answer.forward = consequences(history, answer.step, limit, on_the_way);
  }
  if (call.has("inputs")) answer.past = causal_past(history, answer.step, limit, on_the_way);
  if (!call.has("forward") && (!call.has("inputs") || call.has("dot"))) {
    answer.chain = causal_chain(history, answer.step, limit, on_the_way);
  }
  return answer;
}

bool ends_in_start(const CausalChain& chain) {
  return chain.events.back().event.kind == &message_type<Start>();
}

json::array events_json(const std::vector<KeptEvent>& events) {
  json::array all;
  for (const KeptEvent& each : events) all.push_back(event_json(each.event));
  return all;
}

json::object answer_json(const Journal& journal, const Answer& answer) {
  json::object object{{"journal", journal.path().string()}, {"step", answer.step}};
  if (answer.chain) {
    object["chain"] = events_json(answer.chain->events);
    object["length"] = answer.chain->length;
    object["root"] = ends_in_start(*answer.chain) ? "start" : "input";
  }
  if (answer.forward) {
    object["caused"] = events_json(answer.forward->events);
    object["complete"] = answer.forward->complete;
    object["under_way"] = answer.forward->under_way;
  }
  if (answer.past) {
    json::array inputs;
    for (const CausalPast::Cause& cause : answer.past->inputs) {
      json::object input = input_json(cause.number, cause.input, cause.to);
      input["edit"] = cause.input.after.has_value();
      input["step"] = cause.step;
      inputs.push_back(std::move(input));
    }
    object["inputs"] = std::move(inputs);
    object["inputs_count"] = answer.past->inputs_count;
    object["inputs_before"] = answer.past->inputs_before;
    object["events_count"] = answer.past->events_count;
    object["agents"] = json::value_from(answer.past->agents);
  }
  return object;
}

void print_chain(const CausalChain& chain) {
  print("caused by, back to " + std::string(ends_in_start(chain) ? "Start" : "an input") + ", " +
        counted(chain.length, "event") + ':');
  const EventColumns columns(chain.events);
  print("  " + table_heading(columns));
  for (std::size_t i = 0; i < chain.events.size(); ++i) {
    const bool is_last = i + 1 == chain.events.size();
    if (is_last && chain.left_out() != 0) {
      print("  ... " + counted(chain.left_out(), "event") + " left out; --limit shows more");
    }
    print("  " + table_line(chain.events[i].event, columns));
  }
}

void print_forward(const Consequences& forward) {
  const std::size_t caused = forward.events.size() - 1;
  print("caused " + (caused == 0 ? "nothing" : counted(caused, "event")) +
        (forward.complete ? std::string(caused == 0 ? "" : ", all of them")
                          : " and more; --limit shows them") +
        (forward.complete && forward.under_way != 0
             ? "; " + counted(forward.under_way, "message") + " still under way at the end"
             : "") +
        ':');
  const EventColumns columns(forward.events);
  print("  " + table_heading(columns));
  for (const KeptEvent& each : forward.events) print("  " + table_line(each.event, columns));
}

std::string input_line(const CausalPast::Cause& cause) {
  const Input& input = cause.input;
  const MessageType& type = input.payload.type();
  std::string line = "  input " + grouped(cause.number) +
                     (input.after ? ", an edit after step " : ", step ") + grouped(cause.step) +
                     " at " + readable(input.at) + ": " + std::string(type.name) + " to " +
                     cause.to + ' ' +
                     json_text(readable(*type.fields, to_json(*type.fields, input.payload.data())));
  if (!input.producer.empty()) {
    line += "  (" + input.producer +
            (input.producer_seq == 0 ? "" : " " + grouped(input.producer_seq)) + ')';
  }
  return printable(line);
}

void print_past(const CausalPast& past) {
  print("may depend on " + grouped(past.inputs_count) + " of " +
        counted(past.inputs_before, "input") + " before it, through " +
        counted(past.events_count, "event") + " to " + counted(past.agents.size(), "agent") +
        (past.inputs.empty() ? "" : ":"));
  const std::uint64_t left_out = past.inputs_count - past.inputs.size();
  if (left_out != 0) {
    print("  ... " + counted(left_out, "earlier input") + " left out; --limit shows more");
  }
  for (const CausalPast::Cause& cause : past.inputs) print(input_line(cause));
}

/// `text` inside a quoted string of the DOT language.
std::string dot_text(const std::string& text) {
  std::string quoted;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted;
}

std::string node_of(Step step) {
  return "step" + std::to_string(step);
}

std::string dot_node(const DeliveredEvent& event, bool is_asked) {
  return "  " + node_of(event.step) + " [label=\"" + std::to_string(event.step) + "  " +
         readable(event.at) + "\\n" + dot_text(event.from) + " -> " + dot_text(event.to) + "\\n" +
         dot_text(std::string(event.kind->name)) + '"' + (is_asked ? ", penwidth=2" : "") + "];";
}

void print_dot(const Answer& answer) {
  OutputLines lines;
  lines.add("digraph why {");
  lines.add("  rankdir=LR;");
  lines.add("  node [shape=box, fontname=\"monospace\"];");
  const auto& events = answer.chain ? answer.chain->events : answer.forward->events;
  for (const KeptEvent& each : events) {
    lines.add(dot_node(each.event, each.event.step == answer.step));
  }
  const bool gap = answer.chain && answer.chain->left_out() != 0;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const DeliveredEvent& event = events[i].event;
    if (!event.cause || (answer.forward && event.step == answer.step)) continue;
    if (gap && i + 2 == events.size()) {
      lines.add("  " + node_of(events.back().event.step) + " -> " + node_of(event.step) +
                " [style=dotted, label=\"" + counted(answer.chain->left_out(), "event") + "\"];");
    } else {
      lines.add("  " + node_of(*event.cause) + " -> " + node_of(event.step) + ';');
    }
  }
  if (answer.past) {
    for (const CausalPast::Cause& cause : answer.past->inputs) {
      const std::string node = "input" + std::to_string(cause.number);
      lines.add("  " + node + " [shape=ellipse, label=\"input " + std::to_string(cause.number) +
                "  " + readable(cause.input.at) + "\\n-> " + dot_text(cause.to) + "\\n" +
                dot_text(std::string(cause.input.payload.type().name)) + "\"];");
      lines.add("  " + node + " -> " + node_of(answer.step) + " [style=dashed];");
    }
  }
  lines.add("}");
  lines.finish();
}

ExitCode run(const Invocation& call) {
  if (call.has("json") && call.has("dot")) throw UsageError("--json and --dot exclude each other");
  const Journal journal = open_history(call, call.arguments.front());
  const std::vector<std::string> lifted = journal.expect_schema(call.catalog);
  if (!lifted.empty()) {
    call.complain(printable(journal.path().string()) + ": " + in_words_lifted(lifted) +
                  ", so nothing was compared");
  }
  const WorldFactory factory = world_factory(call.catalog);
  Answer answer;
  try {
    answer = answer_of(call, {journal, call.catalog, factory});
  } catch (const DivergenceError& error) {
    return complain_of(call, journal, error);
  }
  if (call.has("json")) {
    print_json(answer_json(journal, answer));
  } else if (call.has("dot")) {
    print_dot(answer);
  } else {
    print(printable(journal.path().string()) + ", step " + grouped(answer.step));
    if (answer.chain) print_chain(*answer.chain);
    if (answer.forward) print_forward(*answer.forward);
    if (answer.past) print_past(*answer.past);
  }
  return ExitCode::yes;
}

}  // namespace

const Command why_command{
    .name = "why",
    .summary = "what an event of a recorded run came from, and what came of it",
    .arguments = "JOURNAL STEP",
    .arguments_min = 2,
    .arguments_max = 2,
    .details =
        "Example: reprise why thin_market.rpj 147\n"
        "STEP is the number of an event; `reprise events` has them. Shown are the event, the one "
        "in whose\n"
        "delivery it was sent, and so on back to an input or to Start: the nearest N, and the "
        "last.\n"
        "--forward shows what was sent in its delivery, in the deliveries of that, and so on, by "
        "step.\n"
        "The chain is one line through what mattered: an agent also acts on what it heard before. "
        "--inputs\n"
        "goes through that, too: with each event it takes the one in which it was sent and all "
        "that were\n"
        "delivered to its receiver before (with a network, also what that was told before, and "
        "what came\n"
        "to others on the receiver's node), and shows the inputs (and edits) among them, the "
        "latest "
        "N. An\n"
        "input that is not among them is no cause of what came; it may have kept something else "
        "from coming.\n"
        "What is in the chain is certain, what is in this set is possible. Inputs are numbered "
        "from 1 in the\n"
        "order in which they took effect.\n"
        "--json has the keys journal step, and chain length root, or caused complete under_way, "
        "and inputs\n"
        "inputs_count inputs_before events_count agents; events have the keys that `events "
        "--json` gives them,\n"
        "inputs those of `inputs --json` and their step.\n"
        "--dot draws the chain, or what was caused, and with --inputs those as ellipses.\n"
        "The history is lived again for it, backwards from one keyframe to the next, and compared "
        "on the way\n"
        "with what the journal proves.\n"
        "Exit status: 0 done; 1 this build computes another history; 2 bad input, such as a step "
        "beyond the end;\n"
        "4 the journal is damaged or of another version, or the file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
