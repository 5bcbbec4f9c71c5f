#include "tools/feed_choice.hpp"

#include "tools/live_feed.hpp"

namespace reprise {

namespace {

std::map<std::string, std::string> feed_files(const std::vector<std::string>& values) {
  std::map<std::string, std::string> files;
  for (const std::string& value : values) {
    const std::size_t equals = value.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == value.size()) {
      throw UsageError("--feed takes NAME=FILE, not '" + value + "'");
    }
    if (!files.emplace(value.substr(0, equals), value.substr(equals + 1)).second) {
      throw UsageError("--feed names '" + value.substr(0, equals) + "' twice");
    }
  }
  return files;
}

bool skips_errors(const std::string& mode) {
  if (mode != "stop" && mode != "skip") {
    throw UsageError("--feed-errors takes stop or skip, not '" + mode + "'");
  }
  return mode == "skip";
}

}  // namespace

FeedChoice choose_feeds(const Invocation& call, const Scenario& scenario) {
  FeedChoice choice;
  choice.files.skip_errors = skips_errors(call.get<std::string>("feed-errors"));
  choice.files.files = feed_files(call.list("feed"));
  std::string taken;
  for (auto& [name, file] : choice.files.files) {
    if (file != "-") continue;
    if (name == "scenario") throw UsageError("--feed scenario=-: no feed has this name");
    if (!taken.empty()) {
      throw UsageError("--feed " + taken + "=- and " + name +
                       "=-: only one can read standard input");
    }
    taken = name;
    const FeedDeclaration feed = LiveFeed::declaration(name, scenario);
    if (feed.format == "jsonl") {
      choice.live = feed;
      choice.files.live = name;
    } else {
      file = "/dev/stdin";
    }
  }
  choice.files.files.erase(choice.files.live);
  return choice;
}

}  // namespace reprise
