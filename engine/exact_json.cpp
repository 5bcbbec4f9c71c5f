#include "engine/exact_json.hpp"

#include <array>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/value_stack.hpp>
#include <charconv>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace reprise {

namespace json = boost::json;

namespace {

constexpr std::size_t depth_max = 512;
constexpr std::size_t buffer_bytes = std::size_t{64} << 10;

/// Builds the value from what the parser meets, and reads reals itself.
struct Handler {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  using Text = json::string_view;
  using Error = json::error_code;

  json::value_stack stack{};

  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t size, Error&) { return stack.push_object(size), true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t size, Error&) { return stack.push_array(size), true; }
  bool on_key_part(Text text, std::size_t, Error&) { return stack.push_chars(text), true; }
  bool on_key(Text text, std::size_t, Error&) { return stack.push_key(text), true; }
  bool on_string_part(Text text, std::size_t, Error&) { return stack.push_chars(text), true; }
  bool on_string(Text text, std::size_t, Error&) { return stack.push_string(text), true; }
  bool on_number_part(Text, Error&) { return true; }
  bool on_int64(std::int64_t value, Text, Error&) { return stack.push_int64(value), true; }
  bool on_uint64(std::uint64_t value, Text, Error&) { return stack.push_uint64(value), true; }
  bool on_double(double, Text digits, Error& error) {
    double value = 0;
    const auto [end, problem] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (problem != std::errc() || end != digits.data() + digits.size()) {
      error = json::error::exponent_overflow;
      return false;
    }
    return stack.push_double(value), true;
  }
  bool on_bool(bool value, Error&) { return stack.push_bool(value), true; }
  bool on_null(Error&) { return stack.push_null(), true; }
  bool on_comment_part(Text, Error&) { return true; }
  bool on_comment(Text, Error&) { return true; }
};

json::parse_options options() {
  json::parse_options options;
  options.max_depth = depth_max;
  return options;
}

}  // namespace

class JsonReader::Parser {
 public:
  json::value& read(std::string_view text) {
    value_.reset();
    parser_.handler().stack.reset();
    memory_.release();
    parser_.reset();
    parser_.handler().stack.reset(&memory_);
    json::error_code error;
    const std::size_t used = parser_.write_some(false, text.data(), text.size(), error);
    if (!error && used < text.size()) error = json::error::extra_data;
    if (error) {
      parser_.handler().stack.reset();
      throw JsonError("not JSON: " + error.message() + " at byte " + std::to_string(used + 1));
    }
    value_.emplace(parser_.handler().stack.release());
    return *value_;
  }

 private:
  std::array<unsigned char, buffer_bytes> buffer_{};
  json::monotonic_resource memory_{buffer_.data(), buffer_.size()};
  json::basic_parser<Handler> parser_{options()};
  std::optional<json::value> value_;
};

JsonReader::JsonReader() : parser_(std::make_unique<Parser>()) {}

JsonReader::~JsonReader() = default;

json::value& JsonReader::read(std::string_view text) {
  return parser_->read(text);
}

json::value parse_exact_json(std::string_view text) {
  JsonReader reader;
  return json::value(reader.read(text), json::storage_ptr());
}

}  // namespace reprise
