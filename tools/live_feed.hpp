#pragma once

#include <functional>
#include <optional>
#include <string>

#include "engine/session.hpp"
#include "replay/commit.hpp"
#include "scenarios/live_lines.hpp"
#include "scenarios/scenario.hpp"
#include "tools/acknowledgements.hpp"
#include "tools/line_input.hpp"

namespace reprise {

/// The live door: reads inputs from standard input as they come, hands each to the world, and
/// answers when it is durable.
///
/// The world goes as far as its inputs: to the time of each line, and on to its end when there are
/// no more lines. So what is computed depends on the lines and their order, not on when they came.
class LiveFeed : public Observer {
 public:
  /// What a live feed of this name is: the scenario's declaration, if it has one.
  static FeedDeclaration declaration(const std::string& name, const Scenario& scenario);

  /// `session` brings the rest of the world's inputs. Without a committer nothing is recorded.
  /// All of it outlives the feed. `complain` is told of each line that is refused.
  LiveFeed(const FeedDeclaration& feed, const Scenario& scenario, Simulation& world,
           Session& session, Committer* committer, Acknowledgements& answers,
           std::function<void(const std::string&)> complain);
  ~LiveFeed() override;

  /// Runs to the limit, or to the end of the world if the lines end before. Throws FileError, and
  /// what Session::run() throws.
  RunEnd run(const RunLimit& limit, const std::function<bool()>& interrupted);

  const FeedReport& report() const { return report_; }

  void on_input(const Input& input, Step step) override;

 private:
  std::optional<RunEnd> take(const RunLimit& limit, const std::function<bool()>& interrupted);
  std::optional<RunEnd> hand_over(LiveRecord record, const RunLimit& limit,
                                  const std::function<bool()>& interrupted);
  Time time_of(const LiveRecord& record) const;
  void deliver(Input input, const RunLimit& limit);
  void answer(const char* status, std::optional<Time> at, std::optional<Step> step);
  void refuse(const std::string& why);
  void commit_what_is_due();
  std::chrono::nanoseconds patience() const;

  FeedDeclaration feed_;
  const Scenario& scenario_;
  Simulation& world_;
  Session& session_;
  Committer* committer_;
  Acknowledgements& answers_;
  std::function<void(const std::string&)> complain_;
  LiveLines format_;
  LineInput lines_;
  FeedReport report_;
  std::optional<Step> delivered_;  // as which step the input at hand took effect
};

}  // namespace reprise
