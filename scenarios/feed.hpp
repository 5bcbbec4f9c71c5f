#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/input.hpp"
#include "engine/simulation.hpp"
#include "scenarios/input_error.hpp"
#include "scenarios/line_reader.hpp"
#include "scenarios/table.hpp"

/// Feeds: recorded traces that are read as inputs, line by line.
namespace reprise {

/// Where a csv feed finds one field of its message, or the time.
struct CsvColumn {
  std::string field;       ///< Of the message.
  std::size_t number = 0;  ///< From 1; 0 if it goes by name.
  std::string name;        ///< As the header has it.
  std::string
      unit;  ///< What a number counts that is a time: "s". Empty: nanoseconds, or text with a unit.
  std::optional<int> scale;  ///< An integer field holds the decimal in units of 10^-scale.
};

/// How the lines of a csv feed are made.
struct CsvLayout {
  char separator = ',';  ///< ' ' stands for any run of white space.
  bool header = false;   ///< The first line names the columns.
  char comment = '\0';   ///< Lines that begin with it are skipped; '\0': there are none.
  CsvColumn at;
  std::vector<CsvColumn> columns;
};

/// A [[feed]] of a scenario.
struct FeedDeclaration {
  std::string name;
  std::string file;                      ///< As the scenario names it; empty if only --feed does.
  std::string format;                    ///< "csv", "jsonl" or "binance".
  std::string to;                        ///< Who gets its messages; empty if each line says so.
  const MessageType* message = nullptr;  ///< What each line is; nullptr if the lines say so.
  std::optional<Duration>
      epoch;  ///< What of the feed's clock is virtual time 0; nothing: its first record.
  CsvLayout csv;
  std::string place;  ///< Of the table in the scenario.
};

/// Reads a [[feed]]. Throws InputError.
FeedDeclaration read_feed_declaration(const Table& table, const Catalog& catalog);

/// The kinds of message that a feed sends whatever its lines hold.
std::vector<const MessageType*> kinds_of(const FeedDeclaration& feed);

/// What a line holds that is an input.
struct FeedRecord {
  Duration at{};  ///< By the feed's own clock.
  AgentId to{};
  Payload payload;
};

/// A line that is well formed but of a type that the format has no message for.
struct IgnoredRecord {
  std::string type;
};

/// Nothing: the line is empty, a comment or a header.
using FeedLine = std::variant<std::monostate, FeedRecord, IgnoredRecord>;

/// A line that its format cannot read. Reason and remedy are clauses.
class MalformedLine : public std::runtime_error {
 public:
  explicit MalformedLine(const std::string& reason, std::string what_to_do = "")
      : std::runtime_error(reason), remedy(std::move(what_to_do)) {}

  std::string remedy;
};

/// A header that is missing or does not go with the scenario: no line of the file can be read.
class MalformedHeader : public MalformedLine {
 public:
  using MalformedLine::MalformedLine;
};

/// How the lines of one feed are understood, in the order of the file.
class FeedFormat {
 public:
  virtual ~FeedFormat() = default;

  /// Throws MalformedLine.
  virtual FeedLine read(std::string_view line) = 0;

  /// There are no more lines. Throws MalformedHeader if there was none.
  virtual void end() const {}
};

/// Throws MalformedLine if the record is for the network of `world`, which could not obey it.
void expect_obeyable(const FeedRecord& record, const Simulation& world);

/// Fields apart by a separator, quoted as in RFC 4180 (but never over several lines).
std::unique_ptr<FeedFormat> csv_format(const FeedDeclaration& feed, const Simulation& world,
                                       AgentId to);

/// A JSON object a line: `at` (nanoseconds or text with a unit), `kind` and `to` where the feed
/// leaves them open, and the fields of the message, beside them or in a table `message`. `names`
/// are those that a wrong `to` may have meant.
std::unique_ptr<FeedFormat> jsonl_format(const FeedDeclaration& feed, const Simulation& world,
                                         std::vector<std::string> names);

/// `<local nanoseconds> <JSON>`: Binance's websocket streams, spot and USD-M futures, and REST
/// depth snapshots.
std::unique_ptr<FeedFormat> binance_format(AgentId to);

/// How a feed is going.
struct FeedReport {
  std::string name;
  std::string file;
  std::uint64_t lines = 0;                       ///< Read so far.
  std::uint64_t inputs = 0;                      ///< Handed over, or next to be.
  std::uint64_t skipped = 0;                     ///< Malformed.
  std::vector<std::string> reasons;              ///< Of the first few skipped: "file:line: reason".
  std::map<std::string, std::uint64_t> ignored;  ///< Lines of types without a message, by type.
  std::uint64_t bytes = 0;                       ///< Read so far of the file as it lies on disk.
  std::uint64_t bytes_total = 0;                 ///< Its size; 0 if it has none (a pipe).
};

/// The inputs in one feed's file. Time never goes back in it.
class Feed : public InputSource {
 public:
  /// Opens report.file. The report is kept up to date and must outlive the feed. With `skip_errors`
  /// a line that is malformed or goes back in time is counted; otherwise it is an InputError.
  Feed(const FeedDeclaration& declaration, std::unique_ptr<FeedFormat> format, bool skip_errors,
       FeedReport& report);

  std::optional<Input> next() override;

 private:
  Time virtual_time(Duration at);
  void skip(const InputError& error);

  const FeedDeclaration& declaration_;
  std::unique_ptr<FeedFormat> format_;
  bool skip_errors_;
  FeedReport& report_;
  LineReader lines_;
  std::optional<Duration> epoch_;
  Time last_{};
};

}  // namespace reprise
