#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "scenarios/feed.hpp"

/// What a run says of the feeds that it read.
namespace reprise {

/// "tape: 41,249 lines, 41,249 inputs, 3 skipped".
std::string in_words(const FeedReport& feed);

/// The same as an object: name file lines inputs skipped reasons ignored.
boost::json::object to_json(const FeedReport& feed);

}  // namespace reprise
