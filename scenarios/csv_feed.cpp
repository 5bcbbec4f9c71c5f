#include <algorithm>

#include "engine/decimal.hpp"
#include "engine/json.hpp"
#include "engine/nearest.hpp"
#include "scenarios/feed.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string in_quotes(std::string_view text) {
  return '\'' + std::string(text) + '\'';
}

/// The fields of one line after the other, in memory that is used again.
class Splitter {
 public:
  explicit Splitter(char separator) : separator_(separator) {}

  /// Valid until the next call. Throws MalformedLine for a quote that is not closed or has text
  /// behind it.
  const std::vector<std::string>& split(std::string_view line) {
    line_ = line;
    count_ = 0;
    if (separator_ == ' ') {
      for (skip_blanks(); !line_.empty(); skip_blanks()) take();
    } else {
      for (take(); more_; take()) continue;
    }
    fields_.resize(count_);
    return fields_;
  }

 private:
  void skip_blanks() {
    while (!line_.empty() && is_blank(line_.front())) line_.remove_prefix(1);
  }

  bool at_separator() const {
    return separator_ == ' ' ? is_blank(line_.front()) : line_.front() == separator_;
  }

  void take() {
    if (count_ == fields_.size()) fields_.emplace_back();
    std::string& field = fields_[count_++];
    field.clear();
    if (!line_.empty() && line_.front() == '"') {
      take_quoted(field);
    } else {
      std::size_t size = 0;
      while (size < line_.size() &&
             !(separator_ == ' ' ? is_blank(line_[size]) : line_[size] == separator_))
        ++size;
      field = line_.substr(0, size);
      line_.remove_prefix(size);
    }
    more_ = !line_.empty();
    if (more_) line_.remove_prefix(1);
  }

  void take_quoted(std::string& field) {
    const std::string number = std::to_string(count_);
    for (line_.remove_prefix(1);;) {
      const std::size_t quote = line_.find('"');
      if (quote == std::string_view::npos) {
        throw MalformedLine("the quotes of column " + number + " are not closed in this line");
      }
      field += line_.substr(0, quote);
      line_.remove_prefix(quote + 1);
      if (!line_.starts_with('"')) break;
      field += '"';
      line_.remove_prefix(1);
    }
    if (!line_.empty() && !at_separator()) {
      throw MalformedLine("there is text behind the quotes of column " + number);
    }
  }

  char separator_;
  std::string_view line_;
  std::vector<std::string> fields_;
  std::size_t count_ = 0;
  bool more_ = false;
};

[[noreturn]] void not_a(std::string_view text, const std::string& what) {
  throw MalformedLine(in_quotes(text) + " is not " + what);
}

/// A time: a number of `unit`, or without one an integer in nanoseconds or text with its unit.
Duration time_in(std::string_view text, const std::string& unit) {
  std::optional<Duration> duration;
  if (!unit.empty()) {
    duration = parse_duration(std::string(text) + unit);
    if (!duration) not_a(text, "a time in " + unit + " that nanoseconds hold exactly");
  } else {
    duration = parse_duration(text);
    if (const auto count = parse_number<std::int64_t>(text)) duration = Duration(*count);
    if (!duration) not_a(text, "a time in nanoseconds or with its unit");
  }
  return *duration;
}

json::value integer_in(std::string_view text, std::optional<int> scale) {
  if (scale) {
    const std::optional<std::int64_t> value = parse_decimal(text, *scale);
    if (!value)
      not_a(text, "a decimal of at most " + std::to_string(*scale) + " places that 64 bits hold");
    return *value;
  }
  if (const auto value = parse_number<std::int64_t>(text)) return *value;
  if (const auto value = parse_number<std::uint64_t>(text)) return *value;
  not_a(text, "an integer that 64 bits hold");
}

/// What `text` says for a field of `type`.
json::value value_in(std::string_view text, const Type& type, const CsvColumn& column) {
  switch (type.shape) {
    case Shape::optional:
      if (text.empty()) return nullptr;
      return value_in(text, *type.element, column);
    case Shape::boolean:
      if (text == "true" || text == "1") return true;
      if (text == "false" || text == "0") return false;
      not_a(text, "true, false, 1 or 0");
    case Shape::real: {
      const std::optional<double> value = parse_number<double>(text);
      if (!value) not_a(text, "a number");
      return *value;
    }
    case Shape::duration:
    case Shape::time:
      return time_in(text, column.unit).count();
    case Shape::integer:
    case Shape::agent:
      return integer_in(text, column.scale);
    default:
      return json::value(json::string_view(text));
  }
}

class CsvFormat final : public FeedFormat {
 public:
  CsvFormat(const FeedDeclaration& feed, const Simulation& world, AgentId to)
      : layout_(feed.csv),
        message_(*feed.message),
        world_(world),
        to_(to),
        splitter_(layout_.separator) {
    for (const CsvColumn& column : layout_.columns) {
      const auto field =
          std::ranges::find(message_.fields->fields, std::string_view(column.field), &Field::name);
      REPRISE_ASSERT(field != message_.fields->fields.end());
      fields_.push_back(&*field);
    }
  }

  FeedLine read(std::string_view line) override {
    const bool blank = std::ranges::all_of(line, is_blank);
    if (blank || (layout_.comment != '\0' && line.front() == layout_.comment)) return {};
    const std::vector<std::string>& texts = splitter_.split(line);
    if (layout_.header && !header_read_) {
      read_header(texts);
      return {};
    }
    FeedRecord record{time_in(text_at(texts, layout_.at), layout_.at.unit), to_, Payload(message_)};
    for (std::size_t i = 0; i < fields_.size(); ++i) {
      set(*fields_[i], layout_.columns[i], text_at(texts, layout_.columns[i]),
          record.payload.data());
    }
    expect_obeyable(record, world_);
    return record;
  }

  void end() const override {
    if (!layout_.header || header_read_) return;
    throw MalformedHeader("there is no header, which header = true asks for",
                          "check that it is the right file");
  }

 private:
  static const std::string& text_at(const std::vector<std::string>& texts,
                                    const CsvColumn& column) {
    if (column.number <= texts.size()) return texts[column.number - 1];
    throw MalformedLine("there is no column " + std::to_string(column.number) + " for '" +
                        column.field + "'; the line has " + std::to_string(texts.size()));
  }

  static void set(const Field& field, const CsvColumn& column, std::string_view text,
                  void* message) {
    try {
      from_json(*field.type, field.address(message), value_in(text, *field.type, column));
    } catch (const FieldError& error) {
      throw MalformedLine(in_quotes(column.field) + ": " + error.reason());
    } catch (const MalformedLine& error) {
      throw MalformedLine(in_quotes(column.field) + ": " + error.what());
    }
  }

  void read_header(const std::vector<std::string>& names) {
    header_read_ = true;
    place(layout_.at, names);
    for (CsvColumn& column : layout_.columns) place(column, names);
  }

  static void place(CsvColumn& column, const std::vector<std::string>& names) {
    if (column.name.empty()) return;
    const auto found = std::ranges::find(names, column.name);
    if (found == names.end()) {
      throw MalformedHeader("the header has no column " + in_quotes(column.name) +
                            did_you_mean(column.name, names));
    }
    column.number = static_cast<std::size_t>(found - names.begin()) + 1;
  }

  CsvLayout layout_;
  const MessageType& message_;
  const Simulation& world_;
  AgentId to_;
  Splitter splitter_;
  std::vector<const Field*> fields_;  // of the columns
  bool header_read_ = false;
};

}  // namespace

std::unique_ptr<FeedFormat> csv_format(const FeedDeclaration& feed, const Simulation& world,
                                       AgentId to) {
  return std::make_unique<CsvFormat>(feed, world, to);
}

}  // namespace reprise
