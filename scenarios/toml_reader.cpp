#include "scenarios/toml_reader.hpp"

#include <toml++/toml.h>
#include <algorithm>
#include <boost/json/value.hpp>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <system_error>

#include "scenarios/input_error.hpp"
#include "scenarios/utf8.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

/// Tables lie in one another once for each part of a key, and every one costs stack when they are
/// walked or freed.
constexpr std::size_t key_parts_max = 16;

std::string text_of(TextPlace place) {
  return std::to_string(place.line) + ':' + std::to_string(place.column);
}

/// The place of the byte at `offset`.
TextPlace place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto lines = std::count(before.begin(), before.end(), '\n');
  return {static_cast<std::uint32_t>(lines + 1),
          static_cast<std::uint32_t>(offset - (before.rfind('\n') + 1) + 1)};
}

InputError too_large(const std::string& file, std::uintmax_t bytes) {
  return {file, "a scenario of " + std::to_string(bytes) + " bytes; at most 16 MiB are read",
          "keep recorded data in a feed's file"};
}

/// Follows the text as far as strings and comments, and counts the parts of each key.
class KeyGuard {
 public:
  KeyGuard(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  void check() {
    while (at_ < text_.size()) next();
  }

 private:
  void next() {
    const char c = text_[at_];
    if (c == '#') return skip_to('\n');
    if (c == '"' || c == '\'') return skip_string(c);
    if (c == '.') {
      if (++dots_ >= key_parts_max) refuse();
    } else if (std::string_view(",=[]{}\n").find(c) != std::string_view::npos) {
      dots_ = 0;
    }
    ++at_;
  }

  void skip_to(char end) { at_ = std::min(text_.find(end, at_), text_.size()); }

  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool multi_line = text_.substr(at_).starts_with(three);
    const std::string_view end =
        multi_line ? std::string_view(three) : std::string_view(three).substr(2);
    for (at_ += end.size(); at_ < text_.size(); ++at_) {
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
      } else if (!multi_line && text_[at_] == '\n') {
        return;
      } else if (text_.substr(at_).starts_with(end)) {
        at_ += end.size();
        return;
      }
    }
  }

  [[noreturn]] void refuse() const {
    throw InputError(file_ + ':' + text_of(place_in(text_, at_)),
                     "a key of more than " + std::to_string(key_parts_max) + " parts");
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
  std::size_t dots_ = 0;
};

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  TomlDocument document(const toml::table& table) {
    document_.root = object(table, "");
    return std::move(document_);
  }

 private:
  json::object object(const toml::table& table, const std::string& path) {
    json::object result;
    for (const auto& [key, node] : table) {
      const std::string below =
          path.empty() ? std::string(key.str()) : path + '.' + std::string(key.str());
      document_.places[below] = place_of(key.source());
      result[key.str()] = value(node, below);
    }
    return result;
  }

  json::array array(const toml::array& elements, const std::string& path) {
    json::array result;
    result.reserve(elements.size());
    for (const toml::node& node : elements) {
      const std::string below = path + '[' + std::to_string(result.size()) + ']';
      if (node.is_table() || node.is_string()) document_.places[below] = place_of(node.source());
      result.push_back(value(node, below));
    }
    return result;
  }

  json::value value(const toml::node& node, const std::string& path) {
    switch (node.type()) {
      case toml::node_type::table:
        return object(*node.as_table(), path);
      case toml::node_type::array:
        return array(*node.as_array(), path);
      case toml::node_type::string:
        return json::value(json::string_view(node.as_string()->get()));
      case toml::node_type::integer:
        return node.as_integer()->get();
      case toml::node_type::boolean:
        return node.as_boolean()->get();
      case toml::node_type::floating_point:
        return real(node.as_floating_point()->get());
      default:
        throw InputError(file_ + ':' + text_of(place_of(node.source())),
                         "dates and times are not read",
                         "write virtual time as text with a unit, such as \"5min\"");
    }
  }

  static json::value real(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
    return value;
  }

  static TextPlace place_of(const toml::source_region& region) {
    return {region.begin.line, region.begin.column};
  }

  const std::string& file_;
  TomlDocument document_;
};

}  // namespace

TomlDocument read_toml(std::string_view text, const std::string& file) {
  if (text.size() > toml_bytes_max) throw too_large(file, text.size());
  if (const auto fault = find_utf8_fault(text)) {
    throw InputError(file + ':' + text_of(place_in(text, fault->offset)), fault->reason,
                     "save the file as UTF-8");
  }
  KeyGuard(text, file).check();
  try {
    return Converter(file).document(toml::parse(text, file));
  } catch (const toml::parse_error& error) {
    const toml::source_position begin = error.source().begin;
    throw InputError(file + ':' + text_of({begin.line, begin.column}),
                     std::string(error.description()));
  }
}

std::string read_toml_file(const std::string& file) {
  const auto refuse = [&](const std::string& reason) {
    throw InputError(file, reason, "check its name and rights");
  };
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) {
    throw InputError(file, "is a directory", "name a file in it");
  }
  struct Close {
    void operator()(std::FILE* open) const { std::fclose(open); }
  };
  const std::unique_ptr<std::FILE, Close> in(std::fopen(file.c_str(), "rb"));
  if (!in) refuse("cannot open: " + std::generic_category().message(errno));
  const std::uintmax_t bytes = std::filesystem::file_size(file, error);
  if (!error && bytes > toml_bytes_max) throw too_large(file, bytes);
  std::string text;
  char chunk[65536];
  while (const std::size_t got = std::fread(chunk, 1, sizeof chunk, in.get())) {
    text.append(chunk, got);
    // a pipe has no size beforehand
    if (text.size() > toml_bytes_max) throw too_large(file, text.size());
  }
  if (std::ferror(in.get()) != 0) refuse("cannot read: " + std::generic_category().message(errno));
  return text;
}

}  // namespace reprise
