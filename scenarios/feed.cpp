#include "scenarios/feed.hpp"

#include <filesystem>
#include <system_error>

#include "scenarios/fault_check.hpp"

namespace reprise {

namespace {

constexpr std::size_t reasons_max = 5;

}  // namespace

void expect_obeyable(const FeedRecord& record, const Simulation& world) {
  if (record.to == world_id || record.to != world.network_id()) return;
  const auto flaw = flaw_of(record.payload, *world.agent<Network>(record.to));
  if (flaw) throw MalformedLine("field '" + flaw->field + "': " + flaw->reason);
}

Feed::Feed(const FeedDeclaration& declaration, std::unique_ptr<FeedFormat> format, bool skip_errors,
           FeedReport& report)
    : declaration_(declaration),
      format_(std::move(format)),
      skip_errors_(skip_errors),
      report_(report),
      lines_(report.file),
      epoch_(declaration.epoch) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(report.file, error);
  if (!error) report.bytes_total = bytes;
}

std::optional<Input> Feed::next() {
  while (const std::optional<LineReader::Line> line = lines_.next()) {
    report_.lines = line->number;
    report_.bytes = lines_.bytes_read();
    try {
      FeedLine read = format_->read(line->text);
      if (const auto* ignored = std::get_if<IgnoredRecord>(&read)) ++report_.ignored[ignored->type];
      auto* record = std::get_if<FeedRecord>(&read);
      if (record == nullptr) continue;
      last_ = virtual_time(record->at);
      ++report_.inputs;
      return Input{.at = last_,
                   .after = {},
                   .seq = {},
                   .to = record->to,
                   .payload = std::move(record->payload),
                   .producer = declaration_.name,
                   .producer_seq = line->number};
    } catch (const MalformedHeader& error) {
      throw InputError(lines_.place(), error.what(), error.remedy);
    } catch (const MalformedLine& error) {
      skip(InputError(lines_.place(), error.what(), error.remedy));
    }
  }
  report_.bytes = lines_.bytes_read();
  try {
    format_->end();
  } catch (const MalformedHeader& error) {
    throw InputError(report_.file, error.what(), error.remedy);
  }
  return std::nullopt;
}

Time Feed::virtual_time(Duration at) {
  if (!epoch_) epoch_ = at;
  Duration::rep since = 0;
  if (__builtin_sub_overflow(at.count(), epoch_->count(), &since)) {
    throw MalformedLine("the record's time " + std::to_string(at.count()) +
                            "ns is more than 292 years from the epoch " +
                            std::to_string(epoch_->count()) + "ns",
                        "check the unit of its time");
  }
  if (since < 0 && report_.inputs == 0) {
    throw MalformedLine(
        "the record's time " + std::to_string(at.count()) + "ns lies before the epoch " +
            std::to_string(epoch_->count()) + "ns",
        "give feed '" + declaration_.name + "' an earlier epoch, or epoch = \"first\"");
  }
  const Time time{Duration(since)};
  if (time < last_) {
    throw MalformedLine(
        "the record is of " + to_string(time) + ", the one before it of " + to_string(last_),
        "sort the file by time");
  }
  return time;
}

void Feed::skip(const InputError& error) {
  if (!skip_errors_) {
    const std::string remedy = error.remedy().empty() ? "correct the line" : error.remedy();
    throw InputError(error.place(), error.reason(),
                     remedy + ", or have such lines counted and left out by --feed-errors=skip");
  }
  ++report_.skipped;
  if (report_.reasons.size() < reasons_max) {
    report_.reasons.push_back(error.place() + ": " + error.reason());
  }
}

}  // namespace reprise
