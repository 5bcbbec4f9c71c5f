#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <string_view>

namespace reprise {

/// What a scenario says before anything is understood: its tables and values, each with the place
/// it is from.
///
/// A path leads to a value by names and positions: "agent[3].options.limit".
class ScenarioTree {
 public:
  /// Reads TOML text. Throws InputError.
  static ScenarioTree from_toml(std::string_view text, const std::string& file);

  /// Reads what canonical() wrote: it knows no places but `origin`. Throws InputError.
  static ScenarioTree from_canonical(std::string_view text, std::string origin);

  /// The JSON text that stands for the scenario: keys sorted, a seed always there, `expect` left
  /// out.
  std::string canonical() const;

  /// Applies one override, "PATH=VALUE". In the path agents and feeds go by name or position
  /// ("agent.trader.options.size", "agent[2].count"), inputs by position. The value is JSON; what
  /// is no JSON is text. Throws InputError for what cannot be a path of a scenario, or is one of
  /// the state. Returns the path.
  std::string apply(std::string_view override_text);

  /// The whole: an object.
  const boost::json::value& root() const { return root_; }

  /// Where the value at `path` is from, or else what holds it: "file:line:column", or "--set
  /// PATH=VALUE".
  std::string place(std::string_view path) const { return nearest_place(path).text; }

  /// Whether it is from an override.
  bool changed(std::string_view path) const { return nearest_place(path).changed; }

  /// Whether it is what a journal keeps, as from_canonical() and what keep_as_of_journal() was
  /// called for: what a run was made of once is not refused later for being strange.
  bool is_of_journal() const { return of_journal_; }
  void keep_as_of_journal() { of_journal_ = true; }

  /// Where the values in the table at `path` are from, all together: "--set PATH=VALUE, with
  /// file:line:column".
  std::string places(std::string_view path) const;

 private:
  struct Place {
    std::string text;
    bool changed = false;  // by an override
  };

  Place nearest_place(std::string_view path) const;

  std::string origin_;
  bool of_journal_ = false;
  boost::json::value root_ = boost::json::object();
  std::map<std::string, Place, std::less<>> places_;  // by path
};

}  // namespace reprise
