#include "tools/lab/hunt/corpus.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "replay/file.hpp"
#include "scenarios/input_error.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/lab/hunt/reproducer.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

constexpr const char* remedy = "keep the journal itself; `reprise verify` lives it again";

/// How a run ended, as far as it has to be the same from a file.
struct RunStory {
  Step steps = 0;
  std::string fingerprint;
  friend bool operator==(const RunStory&, const RunStory&) = default;
};

RunStory story_of(ScenarioLife& life, const RunLimit& limit) {
  life.run(limit);
  const std::optional<RunFailure> failure = life.failure();
  return {life.world().steps(), failure ? fingerprint_of(*failure) : ""};
}

RunLimit limit_of(const Scenario& scenario) {
  RunLimit limit{.until = scenario.until.value_or(time_max)};
  if (scenario.steps) limit.steps = *scenario.steps;
  return limit;
}

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) throw FileError(file.string() + ": cannot be removed: " + error.message());
}

}  // namespace

Corpus::Corpus(fs::path folder) : folder_(std::move(folder)) {
  expect_folder(folder_, "corpus");
}

std::vector<fs::path> Corpus::scenarios() const {
  std::vector<fs::path> files;
  std::error_code none;
  for (fs::directory_iterator each(folder_, none), end; !none && each != end;
       each.increment(none)) {
    if (each->path().extension() == ".toml") files.push_back(each->path());
  }
  std::ranges::sort(files);
  return files;
}

fs::path Corpus::add(const std::string& name, const std::string& from, const RecordedRun& run,
                     const Catalog& catalog) const {
  const Hunted& hunted = run.hunted;
  ScenarioLife recorded(hunted.scenario, catalog, hunted.scenario.seed, hunted.inputs);
  const RunStory was = story_of(recorded, hunted.limit);
  Reproducer reproducer = reproducer_of(run, false);
  const std::string told = was.fingerprint.empty() ? "It held." : "It failed: " + was.fingerprint;
  const std::string text =
      file_text(reproducer, std::nullopt, {"The run of " + printable(from) + ". " + told});
  const fs::path file = folder_ / (name + ".toml");
  const Scenario scenario = parse_scenario(text, file.string(), catalog);
  ScenarioLife life(scenario, catalog);
  make_folder(folder_);
  const fs::path journal = folder_ / (name + ".rpj");
  life.record(journal);
  if (story_of(life, limit_of(scenario)) != was) {
    remove_file(journal);
    throw InputError(from, "its run is another one where it stands in a scenario file", remedy);
  }
  write_file(file, text);
  return file;
}

void Corpus::remove(const fs::path& scenario) {
  remove_file(scenario);
  remove_file(fs::path(scenario).replace_extension(".rpj"));
}

Contender contender_of(const fs::path& file, const Catalog& catalog) {
  Scenario scenario = load_scenario(file, catalog);
  const RunLimit limit = limit_of(scenario);
  InputList inputs = read_inputs(scenario, catalog, {});
  return {.name = file.string(),
          .identity = {},
          .hunted = {.scenario = std::move(scenario),
                     .catalog = catalog,
                     .feeds = {},
                     .limit = limit,
                     .inputs = std::move(inputs)}};
}

}  // namespace reprise
