#include "replay/journal_reader.hpp"

#include <tuple>
#include <utility>

#include "replay/event_columns.hpp"
#include "replay/recorded_events.hpp"

namespace reprise {

namespace {

constexpr const char* salvages = "`reprise salvage` keeps what is whole";

template <class Read>
auto decoded(const JournalPlace& place, const Read& read) {
  try {
    return read();
  } catch (const DecodeError& error) {
    throw JournalError(place, error.what());
  }
}

std::string steps_in_words(const FrameSpan& span) {
  if (span.last_step == 0) return "";
  return "; it speaks of the steps " + std::to_string(span.first_step) + " to " +
         std::to_string(span.last_step);
}

std::string in_words(const FrameBreak& broken, Step last_step) {
  std::string text = "damaged: " + broken.reason;
  if (!broken.next) return text;
  const Step next_step = broken.next->span.first_step;
  if (next_step > last_step + 1) {
    text += "; the steps after " + std::to_string(last_step) + " up to " +
            std::to_string(next_step) + " are lost";
  }
  return text + " (the next frame's head is at offset " + std::to_string(broken.next->offset) + ")";
}

constexpr std::size_t seal_tail_bytes = 16;  // the offsets of the index and of the seal's frame

Seal decode_whole_seal(const Bytes& body) {
  Decoder in(body);
  Seal seal = decode_seal(in);
  std::uint64_t index = 0;
  std::uint64_t own = 0;
  in(index, own);
  in.expect_end();
  return seal;
}

/// A frame of a type that this program knows is one that it can read.
void expect_layout(const JournalPlace& place, const FrameHead& head) {
  if (head.layout == 1) return;
  throw JournalError(place, "a frame of layout " + std::to_string(head.layout),
                     "it takes a newer program");
}

/// Whether two entries say the same of a frame.
bool same(const FrameEntry& a, const FrameEntry& b) {
  const auto all = [](const FrameEntry& entry) {
    const FrameSpan& span = entry.span;
    return std::tuple(entry.type, entry.critical, entry.offset, entry.stored_bytes, entry.raw_bytes,
                      span.count, span.first_step, span.last_step, span.first_at, span.last_at);
  };
  return all(a) == all(b);
}

/// Decodes the records in frames' bodies.
class RecordCheck {
 public:
  /// Throws DecodeError for a body that is not made of as many records as its frame counts.
  void check(const FrameEntry& entry, const Bytes& body) {
    switch (entry.type) {
      case FrameType::inputs:
        return count(entry, body, [](Decoder& in) { decode_input(in); });
      case FrameType::checkpoints:
        return count(entry, body, [](Decoder& in) { decode_checkpoint(in); });
      case FrameType::pages:
        return count(entry, body, [](Decoder& in) {
          std::uint32_t length = 0;
          in(length);
          in.take(length);
        });
      case FrameType::keyframe:
        return count(entry, body, check_keyframe);
      case FrameType::events:
        events_.decode(body, entry.span.count, entry.span.first_step);
        events_.event(0);  // decodes all payloads
        return;
      default:
        return;  // decoded when the journal was opened
    }
  }

 private:
  template <class Decode>
  static void count(const FrameEntry& entry, const Bytes& body, const Decode& decode) {
    Decoder in(body);
    std::uint64_t records = 0;
    for (; in.remaining() != 0; ++records) decode(in);
    if (records != entry.span.count)
      throw DecodeError("a frame counts other records than it holds");
  }

  /// Whether its pages make a state is seen when it is restored.
  static void check_keyframe(Decoder& in) {
    constexpr std::size_t page_bytes = sizeof(std::uint64_t) + sizeof(Digest);
    Digest prefix;
    Digest root;
    std::uint64_t size = 0;
    in(prefix.high, prefix.low, root.high, root.low, size);
    if (in.remaining() % page_bytes != 0) throw DecodeError("a keyframe ends in the middle");
    in.take(in.remaining());
  }

  EventDecoder events_;
};

}  // namespace

Journal::Journal(const std::filesystem::path& path) : file_(std::make_shared<InputFile>(path)) {
  read_header();
  if (!open_by_index()) walk();
  if (!gaps_.empty()) heed_gaps();
}

void Journal::read_header() {
  FrameReader frames(*file_, ChainCheck::none);
  const std::optional<FrameHead> head = frames.next();
  if (!head) {
    throw JournalError(path().string(), "is no reprise journal, or its header is damaged",
                       "a journal is what `reprise run -o FILE` writes");
  }
  if (head->type != FrameType::header) {
    throw JournalError(path().string(), "is no reprise journal: it does not begin with a header");
  }
  const Bytes body = frames.body();
  decoded(place(entry_of(*head)), [&] {
    if (head->salt != journal_salt(body)) {
      throw DecodeError("the header is not what its salt says");
    }
    Decoder in(body);
    header_ = decode_header(in);
    in.expect_end();
  });
  salt_ = head->salt;
  name_ = sha256(body);
}

/// Takes the frames from the index, if there is one and all that is easily seen speaks for it.
bool Journal::open_by_index() {
  Bytes tail(seal_tail_bytes);
  if (file_->size() < tail.size() ||
      file_->read(file_->size() - tail.size(), tail) != tail.size()) {
    return false;
  }
  std::uint64_t index_at = 0;
  std::uint64_t seal_at = 0;
  Decoder(std::span<const std::byte>(tail))(index_at, seal_at);
  if (index_at == 0 || index_at >= seal_at || seal_at >= file_->size()) return false;
  try {
    FrameReader frames(*file_, ChainCheck::none);
    const std::optional<FrameHead> index = frames.at(index_at);
    if (!index || index->type != FrameType::index || index->salt != salt_) return false;
    std::vector<FrameEntry> entries = decode_index(frames.body());
    if (entries.empty() || entries.size() != index->span.count || entries.back().end() != index_at)
      return false;
    const std::optional<FrameHead> seal = frames.next();
    if (!seal || seal->type != FrameType::seal || seal->offset != seal_at || seal->salt != salt_ ||
        entry_of(*seal).end() != file_->size()) {
      return false;
    }
    entries.push_back(entry_of(*index));
    entries.push_back(entry_of(*seal));
    for (const FrameEntry& entry : entries) take(entry);
    expect_counts(place(entries.back()));
    indexed_ = true;
    return true;
  } catch (const DecodeError&) {
  } catch (const JournalError&) {
  }
  return false;  // the walk finds what is wrong
}

/// Finds the frames one after another.
void Journal::walk() {
  frames_.clear();
  streams_.clear();
  seal_.reset();
  last_step_ = 0;
  last_at_ = {};
  gaps_.clear();
  FrameReader frames(*file_, ChainCheck::none);
  while (const std::optional<FrameHead> head = frames.next()) take(entry_of(*head));
  if (frames.broken()) {
    const FrameBreak& broken = *frames.broken();
    const JournalPlace where{path().string(), broken.offset};
    if (broken.next) throw JournalError(where, in_words(broken, last_step_), salvages);
    if (seal_) throw JournalError(where, "damaged: bytes follow the seal");
    torn_ = broken;
  }
  if (seal_) expect_counts({path().string(), frames_.back().offset});
}

void Journal::expect_counts(const JournalPlace& where) const {
  const bool unknown = unknown_lost();
  const auto counts = [&](FrameType type, std::uint64_t sealed) {
    const std::uint64_t known = records(type) + lost(type);
    return known == sealed || (unknown && known < sealed);
  };
  if (!counts(FrameType::inputs, seal_->inputs) ||
      !counts(FrameType::checkpoints, seal_->checkpoints) ||
      !counts(FrameType::keyframe, seal_->keyframes) || !counts(FrameType::events, seal_->events)) {
    throw JournalError(where, "damaged: the seal counts other records than there are");
  }
}

/// Takes note of a frame whose head, at least, holds.
void Journal::take(const FrameEntry& entry) {
  if (seal_) throw JournalError(place(entry), "damaged: a frame follows the seal");
  StreamBytes& stream = streams_[entry.type];
  ++stream.frames;
  stream.records += entry.span.count;
  stream.stored += FrameHead::bytes + entry.stored_bytes;
  stream.raw += entry.raw_bytes;
  frames_.push_back(entry);
  if (!enumerator_name(entry.type)) {
    if (!entry.critical) return;
    throw JournalError(place(entry),
                       "a frame of unknown type " +
                           std::to_string(static_cast<unsigned>(entry.type)) +
                           " that may not be passed over",
                       "it takes a newer program");
  }
  switch (entry.type) {
    case FrameType::header:
      if (frames_.size() > 1) throw JournalError(place(entry), "damaged: a second header");
      break;
    case FrameType::source:
      decoded(place(entry), [&] {
        const Bytes text = body(entry);
        Decoder in(text);
        in(source_);
        in.expect_end();
      });
      break;
    case FrameType::checkpoints:
      last_step_ = entry.span.last_step;
      last_at_ = entry.span.last_at;
      break;
    case FrameType::seal:
      seal_ = decoded(place(entry), [&] { return decode_whole_seal(body(entry)); });
      break;
    case FrameType::gap:
      gaps_.push_back(decoded(place(entry), [&] { return decode<Gap>(body(entry)); }));
      break;
    case FrameType::inputs:
    case FrameType::pages:
    case FrameType::keyframe:
    case FrameType::events:
    case FrameType::index:
      break;
  }
}

FrameHead Journal::expect_frame(FrameReader& reader, const FrameEntry& entry) const {
  const std::optional<FrameHead> head = reader.at(entry.offset);
  if (!head) {
    throw JournalError(
        place(entry),
        "damaged: " + (reader.broken() ? reader.broken()->reason : std::string("the file ends")) +
            steps_in_words(entry.span),
        salvages);
  }
  if (head->salt != salt_ || !same(entry_of(*head), entry)) {
    throw JournalError(place(entry), "damaged: a frame is not what the index says");
  }
  return *head;
}

Bytes Journal::body(const FrameEntry& entry) const {
  FrameReader reader(*file_, ChainCheck::none);
  expect_layout(place(entry), expect_frame(reader, entry));
  return reader.body();
}

Sha256 Journal::chain() const {
  FrameReader reader(*file_, ChainCheck::none);
  expect_frame(reader, frames_.back());
  return reader.chain();
}

Sha256 Journal::identity() const {
  if (seal_) return seal_->identity;
  Sha256Stream stream;
  for (const FrameType type : {FrameType::header, FrameType::inputs}) {
    FrameBodies bodies(*this, type);
    while (const std::optional<Bytes> body = bodies.next()) stream.add(*body);
  }
  return stream.digest();
}

void Journal::check() const {
  const RecordedEvents events(*this);  // throws where their steps do not follow each other
  RecordCheck records;
  FrameReader frames(*file_, ChainCheck::every);
  Sha256Stream identity;
  for (const FrameEntry& entry : frames_) {
    const std::optional<FrameHead> head = frames.next();
    if (!head) {
      const std::string reason = frames.broken() ? frames.broken()->reason : "the file ends";
      throw JournalError(place(entry), "damaged: " + reason + steps_in_words(entry.span), salvages);
    }
    if (!same(entry_of(*head), entry)) {
      throw JournalError(place(entry), "damaged: a frame is not what the index says");
    }
    if (!enumerator_name(entry.type)) continue;  // laid out as nobody here knows
    expect_layout(place(entry), *head);
    const Bytes body = frames.body();
    if (entry.type == FrameType::header || entry.type == FrameType::inputs) identity.add(body);
    decoded(place(entry), [&] { records.check(entry, body); });
  }
  if (!seal_) return;
  if (seal_->identity != identity.digest()) {
    throw JournalError(place(frames_.back()),
                       "damaged: the inputs are not those that the seal was set on");
  }
}

std::vector<std::string> Journal::expect_schema(const Catalog& catalog) const {
  const SchemaComparison comparison = compare_schema(header_.schema, catalog);
  if (comparison.refused.empty()) return comparison.lifted;
  std::string reason = "recorded by a program with other kinds: ";
  for (std::size_t i = 0; i < comparison.refused.size(); ++i)
    reason += (i == 0 ? "" : "; ") + comparison.refused[i];
  throw JournalError(path().string(), reason,
                     std::string("use the program that recorded it") +
                         (comparison.upcasters_help ? ", or add upcasters to the catalog" : ""));
}

void FrameBodies::seek(Step step) {
  next_ = 0;
  const std::vector<FrameEntry>& frames = journal_.frames();
  while (next_ < end_ && (frames[next_].type != type_ || frames[next_].span.last_step < step)) {
    ++next_;
  }
}

std::optional<Bytes> FrameBodies::next() {
  const std::vector<FrameEntry>& frames = journal_.frames();
  while (next_ < end_ && frames[next_].type != type_) ++next_;
  if (next_ >= end_) return std::nullopt;
  return journal_.body(frames[next_++]);
}

std::uint64_t FrameBodies::records_before() const {
  std::uint64_t records = 0;
  for (std::size_t i = 0; i < next_; ++i) {
    const FrameEntry& entry = journal_.frames()[i];
    if (entry.type == type_) records += entry.span.count;
  }
  return records;
}

std::optional<RecordedInput> RecordedInputs::read() {
  while (done_ == body_->size()) {
    std::optional<Bytes> body = bodies_.next();
    if (!body) return std::nullopt;
    body_ = std::make_shared<const Bytes>(std::move(*body));
    done_ = 0;
  }
  Decoder in(std::span<const std::byte>(*body_).subspan(done_));
  RecordedInput recorded = decoded(bodies_.place(), [&] { return decode_input(in); });
  done_ = body_->size() - in.remaining();
  return recorded;
}

void RecordedInputs::pass_taken(const Simulation& world, bool settled) {
  bodies_.seek(world.steps());
  given_ = bodies_.records_before();
  body_ = std::make_shared<Bytes>();
  done_ = 0;
  const auto edited = [&](const Input& edit) {
    if (*edit.after != world.steps()) return *edit.after < world.steps();
    return settled && edit.at <= world.now();
  };
  while (std::optional<RecordedInput> recorded = read()) {
    const Input& input = recorded->input;
    const bool taken =
        input.after
            ? edited(input)
            : world.steps() != 0 && EventKey{.at = input.at, .seq = *input.seq} <= world.last_key();
    if (taken) {
      ++given_;
      continue;
    }
    first_ = decoded(bodies_.place(), [&] { return to_input(std::move(*recorded), catalog_); });
    return;
  }
}

std::optional<Input> RecordedInputs::next() {
  std::optional<Input> input = std::exchange(first_, std::nullopt);
  if (!input) {
    std::optional<RecordedInput> recorded = read();
    if (!recorded) return std::nullopt;
    input = decoded(bodies_.place(), [&] { return to_input(std::move(*recorded), catalog_); });
  }
  ++given_;
  return input;
}

Step RecordedCheckpoints::seek(Step step) {
  bodies_.seek(step);
  body_ = std::make_shared<Bytes>();
  done_ = 0;
  first_.reset();
  std::optional<RecordedCheckpoint> found;
  do {
    found = next();
  } while (found && found->step < step);
  first_ = std::move(found);
  if (!first_) return 0;
  if (first_->trail.size() > first_->step) {
    throw JournalError(bodies_.place(), "damaged: a trail is longer than the history before it");
  }
  return first_->step - first_->trail.size();
}

std::optional<RecordedCheckpoint> RecordedCheckpoints::next() {
  if (first_) return std::exchange(first_, std::nullopt);
  while (done_ == body_->size()) {
    std::optional<Bytes> body = bodies_.next();
    if (!body) return std::nullopt;
    body_ = std::make_shared<const Bytes>(std::move(*body));
    done_ = 0;
  }
  Decoder in(std::span<const std::byte>(*body_).subspan(done_));
  RecordedCheckpoint checkpoint = decoded(bodies_.place(), [&] { return decode_checkpoint(in); });
  done_ = body_->size() - in.remaining();
  return checkpoint;
}

}  // namespace reprise
