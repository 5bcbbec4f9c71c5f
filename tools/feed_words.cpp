#include "tools/feed_words.hpp"

#include <boost/json/array.hpp>

#include "tools/output.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace json = boost::json;

std::string in_words(const FeedReport& feed) {
  std::string words =
      feed.name + ": " + counted(feed.lines, "line") + ", " + counted(feed.inputs, "input");
  if (feed.skipped != 0) words += ", " + grouped(feed.skipped) + " skipped";
  for (const auto& [type, count] : feed.ignored) {
    words += ", " + grouped(count) + " of unknown type " + printable(type) + " ignored";
  }
  return words;
}

json::object to_json(const FeedReport& feed) {
  json::object ignored;
  for (const auto& [type, count] : feed.ignored) ignored[type] = count;
  json::array reasons;
  for (const std::string& reason : feed.reasons) reasons.push_back(json::value(reason));
  return {{"name", feed.name},
          {"file", feed.file},
          {"lines", feed.lines},
          {"inputs", feed.inputs},
          {"skipped", feed.skipped},
          {"reasons", std::move(reasons)},
          {"ignored", std::move(ignored)}};
}

}  // namespace reprise
