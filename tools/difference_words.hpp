#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <vector>

#include "timeline/difference.hpp"

namespace reprise {

/// What `reprise diff` says of a difference.
class DifferenceWords {
 public:
  /// All must outlive it. A world that `factory` can build lends its names to receivers of inputs.
  DifferenceWords(const Journal& a, const Journal& b, const Catalog& catalog,
                  const WorldFactory& factory, const Difference& difference);

  /// For a program.
  boost::json::object json() const;

  /// For a person. `at` is where the states were compared, as it was asked for.
  std::vector<std::string> lines(const std::string& at) const;

 private:
  struct Run {
    const Journal& journal;
    std::unique_ptr<Simulation> start;  ///< Its world at step 0; nothing if that cannot be built.
  };

  boost::json::value event(const Side& side) const;
  boost::json::value input(const Run& run, const std::optional<ToldInput>& input) const;
  std::string receiver(const Run& run, AgentId to) const;
  std::string kind(const Run& run, std::uint64_t id) const;
  std::optional<boost::json::value> payload(const ToldInput& input) const;
  std::string input_line(const Run& run, const ToldInput& input) const;
  void add_first(std::vector<std::string>& lines) const;
  void add_events(std::vector<std::string>& lines, const Side& a, const Side& b) const;
  void add_causes(std::vector<std::string>& lines, const char* name, const Side& side) const;
  void add_state(std::vector<std::string>& lines, const std::string& at) const;
  void add_inputs(std::vector<std::string>& lines) const;

  const Catalog& catalog_;
  const Difference& difference_;
  Run a_;
  Run b_;
};

}  // namespace reprise
