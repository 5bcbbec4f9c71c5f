#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace reprise {

/// A text that is no JSON. The message is a clause: "not JSON: syntax error at byte 12".
class JsonError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads JSON texts one after the other in the same memory. A real is the double nearest to its
/// digits: the parser that Boost.JSON 1.81 brings misses it by a bit in every tenth, and then a run
/// would not live again.
class JsonReader {
 public:
  JsonReader();
  ~JsonReader();
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// The value of `text`, valid until the next call. Throws JsonError for what is no JSON, is
  /// nested more than 512 deep or holds a number that no double comes near.
  boost::json::value& read(std::string_view text);

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

/// The value of `text`, as JsonReader reads it.
boost::json::value parse_exact_json(std::string_view text);

}  // namespace reprise
