#include "tools/lab/measurement.hpp"

#include <algorithm>
#include <cmath>
#include <variant>

#include "tools/expression_text.hpp"

namespace reprise {

namespace {

constexpr Step steps_between_questions = 4096;

/// Nothing if it is unknown, or beyond all numbers.
std::optional<double> number_of(const Value& value) {
  double number = 0;
  if (const auto* integer = std::get_if<WideInteger>(&value)) {
    number = static_cast<double>(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    number = *real;
  } else {
    return std::nullopt;
  }
  return std::isfinite(number) ? std::optional(number) : std::nullopt;
}

/// Delivers what is due up to `until`; false if it was interrupted.
bool deliver_up_to(Session& session, const Simulation& world, Time until, Step last,
                   const std::function<bool()>& interrupted) {
  do {
    if (interrupted && interrupted()) return false;
  } while (session.advance(std::min(last, world.steps() + steps_between_questions), until) &&
           world.steps() < last);
  return true;
}

}  // namespace

Measurement::Measurement(const MeasurePlan& plan, const Simulation& world)
    : plan_(plan), world_(world) {
  for (const std::string& text : plan.texts) {
    measures_.push_back({read_world_expression("--measure", text, world, ValueType::number)});
  }
}

RunEnd Measurement::run(Session& session, Simulation& world, const RunLimit& limit,
                        const std::function<bool()>& interrupted) {
  if (!plan_.every) {
    const RunEnd end = session.run(limit, interrupted);
    if (end != RunEnd::interrupted) take();
    return end;
  }
  for (Time next(*plan_.every); next <= limit.until; next += *plan_.every) {
    if (!deliver_up_to(session, world, next, limit.steps, interrupted)) return RunEnd::interrupted;
    const bool ended = world.ended() || world.steps() >= limit.steps;
    // Where nothing bounds the run its last event ends it, and the clock goes no further.
    if (ended || (limit.until == time_max && !session.next_at())) break;
    world.stand_at(next);
    if (next > Time(plan_.warmup)) take();
    if (next > time_max - *plan_.every) break;
  }
  return session.run(limit, interrupted);
}

void Measurement::take() {
  for (Measure& each : measures_) {
    const std::optional<double> number = number_of(each.expression.value(world_));
    if (!number) {
      ++each.unknown;
    } else if (plan_.batches == 0) {
      each.moments.add(*number);
    } else if (each.series.size() < series_max) {
      each.series.push_back(*number);
    } else {
      throw UsageError("--every " + to_string(*plan_.every) + ": the run gives more than " +
                       std::to_string(series_max) + " values; take them less often");
    }
  }
}

std::vector<MeasuredValues> Measurement::values() {
  std::vector<MeasuredValues> all;
  for (const Measure& each : measures_) {
    MeasuredValues& measured = all.emplace_back();
    measured.unknown = each.unknown;
    if (plan_.batches != 0) {
      measured.values = batch_means(each.series, plan_.batches);
    } else if (each.moments.count() != 0) {
      measured.values.push_back(each.moments.mean());
    }
  }
  return all;
}

}  // namespace reprise
