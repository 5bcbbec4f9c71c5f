#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/program_options/options_description.hpp>
#include <filesystem>

#include "engine/json.hpp"
#include "replay/journal_reader.hpp"
#include "tools/command.hpp"
#include "tools/history_option.hpp"
#include "tools/journal_words.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

void declare(boost::program_options::options_description& options) {
  options.add_options()                                                         //
      ("check", "check every frame, the chain, the identity and every record")  //
      ("json", "answer as one JSON object");
  declare_parents(options);
}

std::string scenario_name(const Journal& journal) {
  const json::value scenario = json_or_text(journal.header().scenario);
  const json::object* table = scenario.if_object();
  const json::value* name = table == nullptr ? nullptr : table->if_contains("name");
  const bool named = name != nullptr && name->is_string() && !name->get_string().empty();
  if (named) return std::string(name->get_string());
  return std::filesystem::path(journal.source().file).stem().string();
}

std::string version_of(const Journal& journal) {
  return std::to_string(journal.header().format_major) + "." +
         std::to_string(journal.header().format_minor);
}

/// Raw bytes for each one stored, heads included.
double ratio(const StreamBytes& bytes) {
  return static_cast<double>(bytes.raw) / static_cast<double>(bytes.stored);
}

std::vector<Step> keyframe_steps(const Journal& journal) {
  std::vector<Step> steps;
  for (const FrameEntry& entry : journal.frames()) {
    if (entry.type == FrameType::keyframe) steps.push_back(entry.span.last_step);
  }
  return steps;
}

double bytes_per_step(const Journal& journal) {
  if (journal.last_step() == 0) return 0;
  return static_cast<double>(journal.bytes()) / static_cast<double>(journal.last_step());
}

json::value break_json(const Journal& journal) {
  if (journal.seal()) return nullptr;
  if (!journal.torn())
    return json::object{{"offset", journal.bytes()}, {"reason", "there is no seal"}};
  return json::object{{"offset", journal.torn()->offset}, {"reason", journal.torn()->reason}};
}

/// The journal that a branch leaves, if it is found, or else why it is not.
struct FoundParent {
  std::string file;
  std::string missing;
};

FoundParent find_parent(const Invocation& call) {
  try {
    return {open_history(call, call.arguments.front()).parent()->path().string(), ""};
  } catch (const JournalError& error) {
    return {"", error.what()};
  }
}

json::value parent_json(const Invocation& call, const Journal& journal) {
  const std::optional<ParentLink>& link = journal.header().parent;
  if (!link) return nullptr;
  const FoundParent found = find_parent(call);
  json::object parent{{"journal", nullptr},
                      {"header", to_string(link->header)},
                      {"step", link->step},
                      {"prefix", to_string(link->prefix)},
                      {"inputs", link->input_count}};
  if (!found.file.empty()) parent["journal"] = found.file;
  return parent;
}

json::object answer_json(const Invocation& call, const Journal& journal, bool checked) {
  json::object streams;
  for (const auto& [type, bytes] : journal.streams()) {
    streams[stream_name(type)] = json::object{{"frames", bytes.frames},
                                              {"records", bytes.records},
                                              {"bytes", bytes.stored},
                                              {"raw_bytes", bytes.raw},
                                              {"ratio", ratio(bytes)}};
  }
  json::array keyframes_at;
  for (const Step step : keyframe_steps(journal)) keyframes_at.push_back(step);
  json::array overrides;
  for (const std::string& each : journal.header().overrides) overrides.push_back(json::value(each));
  json::object answer{{"version", version_of(journal)},
                      {"identity", to_string(journal.identity())},
                      {"chain", to_string(journal.chain())},
                      {"schema", to_string(digest_value(journal.header().schema))},
                      {"scenario", scenario_name(journal)},
                      {"seed", journal.header().seed},
                      {"overrides", std::move(overrides)},
                      {"steps", journal.last_step()},
                      {"time_ns", journal.last_at().time_since_epoch().count()},
                      {"end", nullptr},
                      {"parent", parent_json(call, journal)},
                      {"inputs", journal.inputs()},
                      {"checkpoints", journal.checkpoints()},
                      {"keyframes", journal.keyframes()},
                      {"keyframe_steps", std::move(keyframes_at)},
                      {"events", journal.events()},
                      {"bytes", journal.bytes()},
                      {"bytes_per_step", bytes_per_step(journal)},
                      {"streams", std::move(streams)},
                      {"indexed", journal.indexed()},
                      {"checked", checked},
                      {"gaps", gaps_json(journal.gaps())},
                      {"torn", break_json(journal)}};
  if (journal.seal()) {
    answer["end"] = *enumerator_name(journal.seal()->end);
    answer["prefix"] = to_string(journal.seal()->prefix);
    if (journal.seal()->root) answer["state"] = to_string(*journal.seal()->root);
  }
  return answer;
}

void print_parent(const Invocation& call, const ParentLink& link) {
  const FoundParent found = find_parent(call);
  print("  parent       " + (found.file.empty() ? "none" : printable(found.file)) +
        ", left at step " + grouped(link.step));
  if (!found.missing.empty()) print("               " + printable(found.missing));
}

void print_text(const Invocation& call, const Journal& journal, bool checked) {
  print(printable(journal.path().string()) + ": journal of format " + version_of(journal));
  print("  scenario     " + printable(scenario_name(journal)) + ", seed " +
        std::to_string(journal.header().seed));
  for (const std::string& each : journal.header().overrides)
    print("  override     " + printable(each));
  if (journal.header().parent) print_parent(call, *journal.header().parent);
  print("  identity     " + to_string(journal.identity()));
  print("  chain        " + to_string(journal.chain()));
  print("  steps        " + grouped(journal.last_step()) + ", to " + readable(journal.last_at()));
  if (journal.seal()) {
    const Seal& seal = *journal.seal();
    print("  end          " + std::string(*enumerator_name(seal.end)));
    if (seal.failure) {
      print("  failure      step " + grouped(seal.failure->step) + ": " +
            printable(seal.failure->agent) + " on " + printable(seal.failure->kind) + ": " +
            printable(seal.failure->reason));
    }
    print("  prefix       " + to_string(seal.prefix));
    print("  state        " + (seal.root ? to_string(*seal.root) : "none: the run failed"));
  } else {
    print("  end          none: " + where_cut(journal));
    if (journal.gaps().empty()) {
      print(std::string("               ") + (journal.header().parent
                                                  ? "fork it again"
                                                  : "`reprise run --continue` goes on with it"));
    }
  }
  print("  inputs       " + grouped(journal.inputs()));
  print("  checkpoints  " + grouped(journal.checkpoints()));
  const std::vector<Step> keyframes = keyframe_steps(journal);
  print("  keyframes    " + grouped(keyframes.size()) +
        (keyframes.empty()
             ? ""
             : ", at steps " + grouped(keyframes.front()) + " to " + grouped(keyframes.back())));
  if (journal.events() != 0) print("  events       " + grouped(journal.events()));
  print("  bytes        " + grouped(journal.bytes()) + ", " + fixed(bytes_per_step(journal), 2) +
        " a step");
  print(std::string("  integrity    ") +
        (checked ? "checked: every frame, the chain, the identity, every record"
                 : "not checked; --check does") +
        (journal.indexed() || !journal.seal() ? "" : "; there is no index that holds"));
  for (const Gap& gap : journal.gaps()) print("  gap          " + in_words(gap));
  for (const auto& [type, bytes] : journal.streams()) {
    print("    " + stream_name(type) +
          std::string(13 - std::min<std::size_t>(12, stream_name(type).size()), ' ') +
          grouped(bytes.stored) + " in " + grouped(bytes.frames) +
          (bytes.frames == 1 ? " frame, " : " frames, ") + grouped(bytes.records) +
          (bytes.records == 1 ? " record, " : " records, ") + grouped(bytes.raw) + " raw, " +
          fixed(ratio(bytes), 1) + " to 1");
  }
}

ExitCode run(const Invocation& call) {
  const Journal journal(call.arguments.front());
  const bool check = call.has("check");
  if (check) journal.check();
  if (call.has("json")) {
    print_json(answer_json(call, journal, check));
  } else {
    print_text(call, journal, check);
  }
  return ExitCode::yes;
}

}  // namespace

const Command info_command{
    .name = "info",
    .summary = "what a journal holds: header, counts, sizes, end",
    .arguments = "JOURNAL",
    .arguments_min = 1,
    .arguments_max = 1,
    .details =
        "Nothing is executed. A sealed journal is read by its index; --check "
        "reads all of it.\n"
        "A journal that is cut off is read up to the cut. Of a branch, the parent is looked for; "
        "steps and\n"
        "times count from the start of its history, all else is of this file.\n"
        "Exit status: 0 done (also for a journal that is cut off); 2 bad "
        "input; 4 the journal is\n"
        "damaged or of another version, or the file is no journal.\n",
    .declare = declare,
    .run = run};

}  // namespace reprise
