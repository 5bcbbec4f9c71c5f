#include "tools/lab/hunt/corpus.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/codec.hpp"
#include "replay/file.hpp"
#include "scenarios/input_error.hpp"
#include "tools/interrupt.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/lab/hunt/reproducer.hpp"
#include "tools/output.hpp"
#include "tools/scenario_run.hpp"
#include "tools/text_file.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t name_digits = 8;
constexpr const char* remedy = "keep the journal itself; `reprise verify` lives it again";

/// What a run came to, to be compared with another.
struct RunStory {
  Digest prefix;
  std::string fingerprint;
  friend bool operator==(const RunStory&, const RunStory&) = default;
};

/// Lives it. Throws Interrupted.
RunStory story_of(ScenarioLife& life, const RunLimit& limit,
                  const std::function<bool()>& interrupted) {
  if (life.run(limit, interrupted) == RunEnd::interrupted) throw Interrupted();
  const std::optional<RunFailure> failure = life.failure();
  return {life.world().prefix(), failure ? fingerprint_of(*failure) : ""};
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
  if (!fs::exists(folder_)) return files;
  std::error_code error;
  for (fs::directory_iterator each(folder_, error), end; !error && each != end;
       each.increment(error)) {
    if (each->path().extension() == ".toml") files.push_back(each->path());
  }
  if (error) throw FileError(folder_.string() + ": cannot be read: " + error.message());
  std::ranges::sort(files);
  return files;
}

fs::path Corpus::file_of(const RecordedRun& run) const {
  Digester digester;
  digester(file_text(reproducer_of(run, false), std::nullopt, {}));
  return folder_ / (to_string(digester.digest()).substr(0, name_digits) + ".toml");
}

fs::path Corpus::add(const std::string& from, const RecordedRun& run, const Catalog& catalog,
                     const std::function<bool()>& interrupted) const {
  const fs::path file = file_of(run);
  if (fs::exists(file)) {
    throw InputError(file.string(), "is there already, as the run of " + from,
                     "remove it first if it is to be replaced");
  }
  const Hunted& hunted = run.hunted;
  ScenarioLife recorded(hunted.scenario, catalog, hunted.scenario.seed, hunted.inputs);
  const RunStory was = story_of(recorded, hunted.limit, interrupted);
  const std::string told = was.fingerprint.empty() ? "It held." : "It failed: " + was.fingerprint;
  const std::string text = file_text(reproducer_of(run, false), std::nullopt,
                                     {"The run of " + printable(from) + ". " + told});
  const Scenario scenario = parse_scenario(text, file.string(), catalog);
  make_folder(folder_);
  const fs::path journal = fs::path(file).replace_extension(".rpj");
  const fs::path unfinished = journal.string() + ".part";
  try {
    ScenarioLife life(scenario, catalog);
    life.record(unfinished);
    if (story_of(life, limit_of(scenario), interrupted) != was) {
      throw InputError(from, "its run is another one where it stands in a scenario file", remedy);
    }
  } catch (...) {
    std::error_code none;
    fs::remove(unfinished, none);
    throw;
  }
  fs::rename(unfinished, journal);
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
