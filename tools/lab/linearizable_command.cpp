#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/value_semantic.hpp>
#include <chrono>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "replay/file.hpp"
#include "scenarios/input_error.hpp"
#include "tools/command.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/budget_option.hpp"
#include "tools/lab/linearizability.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/text_file.hpp"
#include "tools/text_table.hpp"

namespace reprise {

namespace json = boost::json;
namespace po = boost::program_options;

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::uint64_t memory_default_mib = 2048;
constexpr std::uint64_t memory_max_mib = std::uint64_t{1} << 24;
constexpr std::size_t value_bytes_max = 48;  // of what is printed of a value
constexpr std::size_t rows_max = 12;         // of a list of which not each row counts

void declare(po::options_description& options) {
  options.add_options()  //
      ("model", po::value<std::string>()->value_name("M"),
       "register or key-value; default: key-value if there is a get, put or append")  //
      ("budget", po::value<std::string>()->value_name("T"),
       "give up on a history after so long, such as 30s; default: never")  //
      ("memory", po::value<std::string>()->value_name("MIB"),
       "how much the search may remember, in MiB; default 2048")  //
      ("json", "answer with one JSON object for each file");
}

std::optional<Model> model_of(const Invocation& call) {
  const auto name = call.find<std::string>("model");
  if (!name) return std::nullopt;
  for (const Model model : {Model::cas_register, Model::key_value}) {
    if (model_name(model) == *name) return model;
  }
  throw UsageError("--model takes register or key-value, not '" + *name + "'");
}

const char* verdict_words(Verdict verdict) {
  switch (verdict) {
    case Verdict::linearizable:
      return "linearizable";
    case Verdict::not_linearizable:
      return "not linearizable";
    case Verdict::unknown:
      break;
  }
  return "unknown";
}

ExitCode exit_code(Verdict verdict) {
  switch (verdict) {
    case Verdict::linearizable:
      return ExitCode::yes;
    case Verdict::not_linearizable:
      return ExitCode::no;
    case Verdict::unknown:
      break;
  }
  return ExitCode::interrupted;
}

/// What an operation came to: a value read, or what its events say.
std::string result_words(const Operation& operation) {
  switch (operation.outcome) {
    case Outcome::ok:
      return operation.function == Function::read ? to_string(operation.result) : "ok";
    case Outcome::fail:
      return "fail";
    case Outcome::info:
      return "info";
    case Outcome::pending:
      break;
  }
  return "no return";
}

bool begins_character(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

/// `text`, of a long one the beginning and the end.
std::string shortened(const std::string& text) {
  if (text.size() <= value_bytes_max) return printable(text);
  std::size_t begin = value_bytes_max / 3;
  std::size_t end = text.size() - value_bytes_max / 2;
  while (!begins_character(text[begin])) --begin;
  while (!begins_character(text[end])) --end;
  return printable(text.substr(0, begin)) + "...(" + grouped(end - begin) + " bytes)..." +
         printable(text.substr(end));
}

/// One file: its history, and what is said of it.
class Report {
 public:
  Report(const std::string& file, const ClientHistory& history, const Judgement& judgement)
      : file_(file), history_(history), judgement_(judgement) {}

  json::object to_json() const {
    json::object answer{{"file", file_},
                        {"model", model_name(history_.model)},
                        {"operations", judgement_.operations},
                        {"keys", judgement_.keys},
                        {"verdict", verdict_words(judgement_.verdict)},
                        {"configurations", judgement_.configurations},
                        {"offending", nullptr}};
    if (judgement_.offending) answer["offending"] = offending_json(*judgement_.offending);
    return answer;
  }

  void print_text() const {
    OutputLines lines;
    lines.add(file_ + ": " + verdict_words(judgement_.verdict) + ": " +
              std::string(model_name(history_.model)) + ", " +
              counted(judgement_.operations, "operation") +
              (history_.keyed ? " of " + counted(judgement_.keys, "key") : ""));
    if (judgement_.offending) add_offending(lines, *judgement_.offending);
    lines.finish();
  }

 private:
  using Row = std::vector<std::string>;

  const Operation& at(std::size_t index) const { return history_.operations[index]; }

  Row row(std::size_t index) const {
    const Operation& operation = at(index);
    return {std::to_string(operation.call_line),
            operation.return_line == 0 ? "-" : std::to_string(operation.return_line),
            std::to_string(operation.process), shortened(call_words(operation, history_.model)),
            shortened(result_words(operation))};
  }

  static void add_table(OutputLines& lines, std::vector<Row> rows, const std::string& last_column) {
    rows.insert(rows.begin(), Row{"call", "return", "process", "operation", last_column});
    const std::vector<Align> sides{Align::right, Align::right, Align::right, Align::left,
                                   Align::left};
    for (const std::string& line : text_table(rows, sides)) lines.add("    " + line);
  }

  void add_offending(OutputLines& lines, const OffendingPart& part) const {
    const Operation& failing = at(part.failing);
    lines.add("  no order explains the events up to line " + std::to_string(failing.return_line) +
              (part.key.empty() ? "" : ", of key " + printable(part.key)) +
              (part.shortest ? "; without that line there is one" : ""));
    lines.add(std::string("  these contradict each other, whatever else took effect") +
              (part.minimal ? ":" : " (a limit ended the search for fewer):"));
    std::vector<Row> rows;
    for (const std::size_t index : part.operations) rows.push_back(row(index));
    add_table(lines, std::move(rows), "result");
    if (!part.context.empty()) {
      lines.add(
          "  without the result of any one of them there is an order, in which of these some "
          "take effect:");
      rows.clear();
      for (std::size_t i = 0; i < std::min(part.context.size(), rows_max); ++i) {
        rows.push_back(row(part.context[i]));
      }
      add_table(lines, std::move(rows), "result");
      if (part.context.size() > rows_max) {
        lines.add("    and " + grouped(part.context.size() - rows_max) + " more; --json has all");
      }
    }
    add_order(lines, part.longest_order);
  }

  void add_order(OutputLines& lines, const std::vector<OrderedOperation>& order) const {
    if (order.empty()) {
      lines.add("  the longest order found is empty: nothing of it can come first");
      return;
    }
    const std::size_t begin = order.size() - std::min(order.size(), rows_max);
    lines.add("  the longest order found" +
              (begin == 0 ? ":" : ", behind " + grouped(begin) + " more; --json has all:"));
    std::vector<Row> rows;
    for (std::size_t i = begin; i < order.size(); ++i) {
      rows.push_back(row(order[i].operation));
      rows.back().back() = shortened(to_string(order[i].value_after));
    }
    add_table(lines, std::move(rows), "value then");
  }

  json::object operation_json(std::size_t index) const {
    const Operation& operation = at(index);
    json::object object{{"call_line", operation.call_line},
                        {"return_line", nullptr},
                        {"process", operation.process},
                        {"operation", call_words(operation, history_.model)},
                        {"result", result_words(operation)}};
    if (operation.return_line != 0) object["return_line"] = operation.return_line;
    return object;
  }

  json::object offending_json(const OffendingPart& part) const {
    json::array operations;
    for (const std::size_t index : part.operations) operations.push_back(operation_json(index));
    json::array context;
    for (const std::size_t index : part.context) context.push_back(operation_json(index));
    json::array order;
    for (const OrderedOperation& each : part.longest_order) {
      order.push_back(json::object{{"call_line", at(each.operation).call_line},
                                   {"operation", call_words(at(each.operation), history_.model)},
                                   {"value", to_string(each.value_after)}});
    }
    json::object object{{"key", nullptr},
                        {"line", at(part.failing).return_line},
                        {"minimal", part.minimal},
                        {"operations", std::move(operations)},
                        {"context", std::move(context)},
                        {"order", std::move(order)}};
    if (!part.key.empty()) object["key"] = part.key;
    return object;
  }

  const std::string& file_;
  const ClientHistory& history_;
  const Judgement& judgement_;
};

struct Settings {
  std::optional<Model> model{};
  std::optional<Duration> budget{};
  std::size_t memory_bytes = 0;
};

Settings settings_of(const Invocation& call) {
  const std::uint64_t mib = call.find_number("memory", 1).value_or(memory_default_mib);
  return {.model = model_of(call),
          .budget = find_budget(call),
          .memory_bytes = std::min(mib, memory_max_mib) << 20};
}

std::string remedy(const Judgement& judgement, const Settings& settings) {
  if (judgement.out_of_memory) {
    return "out of memory after " + grouped(judgement.configurations) +
           " configurations; give more than --memory " +
           std::to_string(settings.memory_bytes >> 20);
  }
  return "out of time after " + grouped(judgement.configurations) +
         " configurations; give more --budget";
}

ExitCode judge_file(const Invocation& call, const std::string& path, const Settings& settings) {
  const std::string file = printable(path);
  const ClientHistory history = read_history(text_of_file(path), file, settings.model);
  const Clock::time_point begun = Clock::now();
  const Judgement judgement =
      judge(history, {.memory_bytes_max = settings.memory_bytes, .stop = [&] {
                        return InterruptGuard::asked() ||
                               (settings.budget && Clock::now() - begun > *settings.budget);
                      }});
  InterruptGuard::expect_none();
  const Report report(file, history, judgement);
  if (call.has("json")) {
    print_json(report.to_json());
  } else {
    report.print_text();
  }
  if (judgement.verdict == Verdict::unknown) {
    call.complain(file + ": no verdict: " + remedy(judgement, settings));
  }
  if (judgement.verdict != Verdict::linearizable) {
    std::vector<std::string> words = {call.program, "linearizable", path};
    for (const char* option : {"model", "memory", "budget"}) {
      const auto given = call.find<std::string>(option);
      if (given) words.insert(words.end(), {std::string("--") + option, *given});
    }
    complain("reproduce: " + shell_line(words));
  }
  return exit_code(judgement.verdict);
}

ExitCode run(const Invocation& call) {
  const InterruptGuard guard;
  const Settings settings = settings_of(call);
  const auto refuse = [&](const std::string& path, const std::exception& error) {
    if (call.has("json")) print_json(json::object{{"file", path}, {"error", error.what()}});
    call.complain(error.what());
    return ExitCode::usage;
  };
  ExitCode worst = ExitCode::yes;
  for (const std::string& path : call.arguments) {
    ExitCode code = ExitCode::usage;
    try {
      code = judge_file(call, path, settings);
    } catch (const InputError& error) {
      code = refuse(path, error);
    } catch (const FileError& error) {
      code = refuse(path, error);
    }
    worst = std::max(worst, code);
  }
  return worst;
}

constexpr OptionWords option_words[] = {{"model", "register key-value"}};

}  // namespace

const Command linearizable_command{
    .name = "linearizable",
    .summary = "whether a history of clients could come from one copy of the data",
    .arguments = "FILE...",
    .arguments_min = 1,
    .arguments_max = std::numeric_limits<std::size_t>::max(),
    .details =
        "A history has what clients called and what came back: EDN with a map for each event, as "
        "Jepsen has it,\n"
        "or a log with lines of `INFO jepsen.util`; what is in the file tells. It is linearizable "
        "if every\n"
        "operation can be given a moment between its call and its return at which it took effect "
        "at once. :fail\n"
        "did not take effect; :info, or no return, at any time after the call or never. If there "
        "is no such order,\n"
        "the answer says where the shortest prefix ends that has none, and what in it contradicts "
        "itself.\n"
        "Models: a register has read, write and cas, and nil at first; key-value has get, put, "
        "append and cas, and\n"
        "a key that is missing is the empty text. See docs/linearizability.md.\n"
        "--json has the keys file model operations keys verdict configurations offending{key line "
        "minimal\n"
        "operations[{call_line return_line process operation result}] context[...] "
        "order[{call_line operation value}]};\n"
        "for a file that cannot be read file error.\n"
        "Exit status, the worst of all files: 0 linearizable; 1 not; 2 bad input; 5 no verdict: "
        "out of --budget or\n"
        "--memory, or interrupted.\n"
        "Examples: reprise linearizable history.edn\n"
        "          reprise linearizable --budget 30s store/*/history.edn\n",
    .declare = declare,
    .run = run,
    .option_words = option_words};

}  // namespace reprise
