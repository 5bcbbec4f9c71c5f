#include "tools/lab/hunt/odds_report.hpp"

#include <algorithm>
#include <boost/json/array.hpp>

#include "tools/csv.hpp"
#include "tools/lab/xml_text.hpp"
#include "tools/output.hpp"
#include "tools/readable.hpp"
#include "tools/text_table.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr int bar_columns = 20;

std::string percent(double share) {
  return fixed(100 * share, 1);
}

/// "from step 812, 3.1s, on: raft.vote from server[1] to server[2]"
std::string place_text(const Odds& odds, std::size_t place) {
  const PositionOdds& at = odds.positions[place];
  std::string text =
      "step " + grouped(at.step) + ", " + readable(at.at) + ": " + printable(at.delivered);
  if (place == 0) return text;
  const PositionOdds& before = odds.positions[place - 1];
  return text + " (" + percent(before.share()) + " % after step " + grouped(before.step) + ")";
}

json::value place_json(const Odds& odds, std::optional<std::size_t> place) {
  if (!place) return nullptr;
  return odds.positions[*place].step;
}

/// Where things are in the image.
class Plot {
 public:
  Plot(const Odds& odds, Time end) : first_(odds.positions.front().at), end_(end) {}

  std::string x(Time at) const {
    const auto whole = static_cast<double>(std::max<std::int64_t>((end_ - first_).count(), 1));
    return fixed(left + width * static_cast<double>((at - first_).count()) / whole, 1);
  }
  std::string y(double share) const { return fixed(top + height * (1 - share), 1); }

  static constexpr double left = 60;
  static constexpr double top = 40;
  static constexpr double width = 700;
  static constexpr double height = 300;

 private:
  Time first_;
  Time end_;
};

std::string text_at(const std::string& x, const std::string& y, const std::string& anchor,
                    const std::string& text) {
  return "<text x=\"" + x + "\" y=\"" + y + "\" text-anchor=\"" + anchor + "\">" + xml_text(text) +
         "</text>\n";
}

std::string line_between(const std::string& x1, const std::string& y1, const std::string& x2,
                         const std::string& y2, const char* colour) {
  return "<line x1=\"" + x1 + "\" y1=\"" + y1 + "\" x2=\"" + x2 + "\" y2=\"" + y2 + "\" stroke=\"" +
         colour + "\"/>\n";
}

}  // namespace

std::vector<std::string> lines_of(const OddsPlan& plan, const Odds& odds) {
  std::vector<std::string> lines{
      printable(in_words(plan.run.failure)),
      "  " + counted(plan.forks, "fork") + " from each of " +
          counted(odds.positions.size(), "position") +
          (plan.horizon ? ", each given up after " + readable(*plan.horizon) : "") +
          "; the interval is of 95 %"};
  for (const PositionOdds& each : odds.positions) {
    if (each.forks == plan.forks) continue;  // it was interrupted
    lines.push_back("  of step " + grouped(each.step) + " only " + counted(each.forks, "fork"));
  }
  std::vector<std::vector<std::string>> table{
      {"step", "time", "failed %", "interval", "other", ""}};
  for (const PositionOdds& each : odds.positions) {
    const Interval interval = each.interval();
    const auto bar = static_cast<std::size_t>(each.share() * bar_columns + 0.5);
    table.push_back({grouped(each.step), readable(each.at), percent(each.share()),
                     percent(interval.low) + " to " + percent(interval.high),
                     std::to_string(each.others), std::string(bar, '#')});
  }
  const std::vector<Align> sides{Align::right, Align::right, Align::right,
                                 Align::right, Align::right, Align::left};
  for (const std::string& line : text_table(table, sides)) lines.push_back("  " + line);
  const auto say = [&](const char* what, std::optional<std::size_t> place, const char* none) {
    lines.push_back(place ? std::string(what) + place_text(odds, *place) : none);
  };
  say("likely (half of the forks or more) from ", odds.likely(),
      "likely (half of the forks or more) from no position that was looked at");
  say("certain (all forks) from ", odds.certain(),
      "certain (all forks) from no position that was looked at");
  return lines;
}

json::object to_json(const OddsPlan& plan, const Odds& odds) {
  json::array positions;
  for (const PositionOdds& each : odds.positions) {
    const Interval interval = each.interval();
    positions.push_back(json::object{{"step", each.step},
                                     {"time_ns", each.at.time_since_epoch().count()},
                                     {"forks", each.forks},
                                     {"failed", each.failed},
                                     {"others", each.others},
                                     {"share", each.share()},
                                     {"low", interval.low},
                                     {"high", interval.high},
                                     {"delivered", each.delivered}});
  }
  return {{"fingerprint", fingerprint_of(plan.run.failure)},
          {"failed_at_step", plan.run.failure.step},
          {"forks", plan.forks},
          {"seed", plan.seed},
          {"positions", std::move(positions)},
          {"likely_from", place_json(odds, odds.likely())},
          {"certain_from", place_json(odds, odds.certain())}};
}

std::vector<std::string> csv_of(const Odds& odds) {
  std::vector<std::string> lines{"step,time_ns,forks,failed,others,share,low,high,delivered"};
  for (const PositionOdds& each : odds.positions) {
    const Interval interval = each.interval();
    lines.push_back(
        std::to_string(each.step) + ',' + std::to_string(each.at.time_since_epoch().count()) + ',' +
        std::to_string(each.forks) + ',' + std::to_string(each.failed) + ',' +
        std::to_string(each.others) + ',' + fixed(each.share(), 6) + ',' + fixed(interval.low, 6) +
        ',' + fixed(interval.high, 6) + ',' + csv_field(each.delivered));
  }
  return lines;
}

std::string svg_of(const OddsPlan& plan, const Odds& odds) {
  const Plot plot(odds, std::max(plan.run.failure.at, odds.positions.back().at));
  std::string svg =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 800 400\" "
      "font-family=\"sans-serif\" "
      "font-size=\"12\">\n<rect width=\"800\" height=\"400\" fill=\"white\"/>\n";
  std::string title = in_words(plan.run.failure);
  if (title.size() > 110) title = title.substr(0, 107) + "...";
  svg += text_at("400", "20", "middle", title);
  const Time first = odds.positions.front().at;
  const Time end = std::max(plan.run.failure.at, odds.positions.back().at);
  for (const int percents : {0, 25, 50, 75, 100}) {
    const std::string y = plot.y(percents / 100.0);
    svg += line_between(plot.x(first), y, plot.x(end), y, "#ddd");
    svg += text_at("52", y, "end", std::to_string(percents) + " %");
  }
  svg += text_at(plot.x(first), "360", "start", readable(first));
  svg += text_at(plot.x(end), "360", "end", readable(end));
  svg +=
      text_at("400", "385", "middle",
              "share of " + std::to_string(plan.forks) + " forks that fail so, over virtual time");
  std::string band;
  std::string curve;
  for (const PositionOdds& each : odds.positions) {
    band += plot.x(each.at) + ',' + plot.y(each.interval().high) + ' ';
    curve += plot.x(each.at) + ',' + plot.y(each.share()) + ' ';
  }
  for (auto each = odds.positions.rbegin(); each != odds.positions.rend(); ++each) {
    band += plot.x(each->at) + ',' + plot.y(each->interval().low) + ' ';
  }
  svg += "<polygon points=\"" + band + "\" fill=\"#cfe3f7\"/>\n";
  svg +=
      "<polyline points=\"" + curve + "\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>\n";
  for (const auto& [place, colour] :
       {std::pair(odds.likely(), "#d08000"), std::pair(odds.certain(), "#c00000")}) {
    if (!place) continue;
    const std::string x = plot.x(odds.positions[*place].at);
    svg += line_between(x, plot.y(0), x, plot.y(1), colour);
  }
  return svg + "</svg>\n";
}

}  // namespace reprise
