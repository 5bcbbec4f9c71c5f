#include "tools/lab/expect_update.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "scenarios/input_error.hpp"

namespace reprise {

namespace {

constexpr std::string_view blanks = " \t";

/// The lines of a text, each with its end.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    lines.push_back(text.substr(at, end - at));
    at = end;
  }
  return lines;
}

std::string_view without_blanks(std::string_view line) {
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  return line;
}

bool is_header(std::string_view line) {
  return without_blanks(line).starts_with('[');
}

bool is_expect(std::string_view line) {
  line = without_blanks(line);
  if (!line.starts_with('[')) return false;
  line = without_blanks(line.substr(1));
  if (!line.starts_with("expect")) return false;
  return without_blanks(line.substr(6)).starts_with(']');
}

/// 12345 as "12_345".
std::string with_underscores(std::uint64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t place = text.size(); place > 3; place -= 3) text.insert(place - 3, 1, '_');
  return text;
}

/// Where the value of `key` stands in a line "key = value # why"; nothing if that is another line.
std::optional<std::pair<std::size_t, std::size_t>> value_of(std::string_view line,
                                                            std::string_view key) {
  const std::size_t begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos || !line.substr(begin).starts_with(key)) return std::nullopt;
  std::size_t at = line.find_first_not_of(blanks, begin + key.size());
  if (at == std::string_view::npos || line[at] != '=') return std::nullopt;
  at = line.find_first_not_of(blanks, at + 1);
  if (at == std::string_view::npos) return std::nullopt;
  const char quote = line[at];
  std::size_t end = std::string_view::npos;
  if (quote == '"' || quote == '\'') {
    end = line.find(quote, at + 1);
    if (end != std::string_view::npos) ++end;
  } else {
    end = std::min(line.find_first_of(" \t#\r\n", at), line.size());
  }
  if (end == std::string_view::npos) return std::nullopt;
  return std::pair(at, end - at);
}

struct Figure {
  std::string_view key;
  std::string text;  // a number, or a digest
  bool quoted = true;
};

std::array<Figure, 3> figures_of(const RunFigures& run) {
  return {Figure{"steps", with_underscores(run.steps), false},
          Figure{"prefix", to_string(run.prefix)},
          Figure{"state", run.root ? to_string(*run.root) : ""}};
}

/// Writes a figure over the value in its line, in the way in which that is written.
void write_over(std::string& line, std::pair<std::size_t, std::size_t> value,
                const Figure& figure) {
  const std::string before = line.substr(value.first, value.second);
  std::string text = figure.text;
  if (figure.quoted) {
    text = before.front() + text + before.front();
  } else if (before.find('_') == std::string::npos) {
    std::erase(text, '_');
  }
  line.replace(value.first, value.second, text);
}

}  // namespace

std::string with_expectations(const Scenario& scenario, const RunFigures& run,
                              const Catalog& catalog) {
  std::vector<std::string> lines = lines_of(scenario.source);
  const std::string end = scenario.source.find("\r\n") == std::string::npos ? "\n" : "\r\n";
  const std::array<Figure, 3> figures = figures_of(run);
  const bool some = scenario.expect.steps || scenario.expect.prefix || scenario.expect.state;
  auto table = std::ranges::find_if(lines, is_expect);
  if (table == lines.end() && !some) {
    if (!lines.empty() && !lines.back().ends_with('\n')) lines.back() += end;
    lines.push_back(end);
    lines.push_back("[expect]" + end);
    table = lines.end() - 1;
  }
  if (table != lines.end() && !some) {
    if (!table->ends_with('\n')) *table += end;
    std::string added;
    for (const Figure& each : figures) {
      const std::string name = std::string(each.key) + std::string(7 - each.key.size(), ' ');
      added += name + "= " + (each.quoted ? '"' + each.text + '"' : each.text) + end;
    }
    lines.insert(table + 1, added);
  } else if (table != lines.end()) {
    for (auto line = table + 1; line != lines.end() && !is_header(*line); ++line) {
      for (const Figure& each : figures) {
        if (const auto value = value_of(*line, each.key)) write_over(*line, *value, each);
      }
    }
  }
  std::string text;
  for (const std::string& line : lines) text += line;
  const auto refuse = [&] {
    return InputError(scenario.file, "--update cannot find its way in how [expect] is written",
                      "write a line for each figure below [expect], or change it by hand");
  };
  try {
    const Scenario now = parse_scenario(text, scenario.file, catalog);
    const Expectations& expect = now.expect;
    const bool there = (!expect.steps || *expect.steps == run.steps) &&
                       (!expect.prefix || *expect.prefix == run.prefix) &&
                       (!expect.state || expect.state == run.root) &&
                       (expect.steps || expect.prefix || expect.state);
    if (!there || now.canonical != scenario.canonical) throw refuse();
  } catch (const InputError&) {
    throw refuse();
  }
  return text;
}

}  // namespace reprise
