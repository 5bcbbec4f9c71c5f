#include "replay/journal_reader.hpp"

namespace reprise {

namespace {

template <class Read>
auto decoded(const JournalPlace& place, const Read& read) {
  try {
    return read();
  } catch (const DecodeError& error) {
    throw JournalError(place, error.what());
  }
}

constexpr std::size_t page_bytes_max = std::size_t{16} << 10;

}  // namespace

Journal::Journal(const std::filesystem::path& path) : file_(std::make_shared<InputFile>(path)) {
  FrameReader frames(*file_);
  while (const std::optional<FrameHead> head = frames.next()) {
    if (streams_.empty() && head->type != FrameType::header) {
      throw JournalError(path.string(), "is no reprise journal: it does not begin with a header");
    }
    take(*head, frames);
  }
  if (streams_.empty()) {
    throw JournalError(path.string(), "is no reprise journal, or its header is damaged",
                       "a journal is what `reprise run -o FILE` writes");
  }
  if (frames.broken()) {
    const FrameBreak& broken = *frames.broken();
    const JournalPlace where{path.string(), broken.offset};
    if (broken.next) {
      const Step next_step = broken.next->span.first_step;
      throw JournalError(
          where,
          "damaged: " + broken.reason +
              (next_step > last_step_ ? "; the steps after " + std::to_string(last_step_) +
                                            " up to " + std::to_string(next_step) + " are lost"
                                      : "") +
              " (the next whole frame is at offset " + std::to_string(broken.next->offset) + ")");
    }
    if (seal_) throw JournalError(where, "damaged: bytes follow the seal");
    torn_ = broken;
  }
  chain_ = frames.chain();
  identity_ = identity_stream_.digest();
  if (!seal_) return;
  if (seal_->identity != identity_ || seal_->inputs != inputs_ ||
      seal_->checkpoints != checkpoints_ || seal_->keyframes != keyframes_ ||
      seal_->events != events_) {
    throw JournalError(path.string(), "damaged: the seal counts other records than there are");
  }
}

JournalPlace Journal::place(const FrameHead& head) const {
  return {path().string(), head.offset};
}

void Journal::take(const FrameHead& head, const FrameReader& reader) {
  if (seal_) throw JournalError(place(head), "damaged: a frame follows the seal");
  StreamBytes& stream = streams_[head.type];
  ++stream.frames;
  stream.stored += FrameHead::bytes + head.stored_bytes;
  stream.raw += head.raw_bytes;
  if (!enumerator_name(head.type)) {
    if (!head.critical) return;
    throw JournalError(place(head),
                       "a frame of unknown type " +
                           std::to_string(static_cast<unsigned>(head.type)) +
                           " that may not be passed over",
                       "it takes a newer program");
  }
  const Bytes body = reader.body();
  Decoder in(body);
  decoded(place(head), [&] {
    if (head.layout != 1) {
      throw DecodeError("a frame of layout " + std::to_string(head.layout) +
                        "; it takes a newer program");
    }
    switch (head.type) {
      case FrameType::header:
        if (stream.frames > 1) throw DecodeError("a second header");
        if (head.salt != journal_salt(body)) {
          throw DecodeError("the header is not what its salt says");
        }
        header_ = decode_header(in);
        in.expect_end();
        identity_stream_.add(body);
        break;
      case FrameType::source:
        in(source_);
        in.expect_end();
        break;
      case FrameType::inputs:
        identity_stream_.add(body);
        inputs_ += head.span.count;
        break;
      case FrameType::checkpoints:
        checkpoints_ += head.span.count;
        last_step_ = head.span.last_step;
        last_at_ = head.span.last_at;
        break;
      case FrameType::pages:
        break;
      case FrameType::events:
        events_ += head.span.count;
        break;
      case FrameType::keyframe:
        ++keyframes_;
        break;
      case FrameType::seal:
        seal_ = decode_seal(in);
        break;
    }
  });
}

std::optional<Bytes> Journal::first_keyframe() const {
  FrameBodies keyframes(*this, FrameType::keyframe);
  const std::optional<Bytes> table = keyframes.next();
  if (!table) return std::nullopt;
  return decoded(place(keyframes.head()), [&] {
    Decoder in(*table);
    std::uint64_t size = 0;
    in(size);
    std::vector<Digest> order;
    while (in.remaining() != 0) {
      Digest digest;
      in(digest.high, digest.low);
      order.push_back(digest);
    }
    if (size > order.size() * page_bytes_max) throw DecodeError("a keyframe names too few pages");
    std::map<Digest, Bytes> pages;
    FrameBodies bodies(*this, FrameType::pages);
    while (const std::optional<Bytes> body = bodies.next()) {
      Decoder records(*body);
      while (records.remaining() != 0) {
        std::uint32_t length = 0;
        records(length);
        if (length > page_bytes_max) throw DecodeError("a page is larger than a page may be");
        const auto page = records.take(length);
        pages.emplace(digest_of(page), Bytes(page.begin(), page.end()));
      }
    }
    Bytes state;
    for (const Digest& digest : order) {
      const auto page = pages.find(digest);
      if (page == pages.end()) throw DecodeError("a keyframe names a page that is not there");
      if (page->second.size() > size - state.size()) {
        throw DecodeError("a keyframe's pages are longer than it says");
      }
      state.insert(state.end(), page->second.begin(), page->second.end());
    }
    if (state.size() != size) throw DecodeError("a keyframe's pages are not as long as it says");
    return std::optional<Bytes>(std::move(state));
  });
}

void Journal::expect_schema(const Catalog& catalog) const {
  const std::vector<std::string> differences = schema_differences(header_.schema, catalog);
  if (differences.empty()) return;
  std::string reason = "recorded by a program with other kinds: ";
  for (std::size_t i = 0; i < differences.size(); ++i)
    reason += (i == 0 ? "" : "; ") + differences[i];
  throw JournalError(path().string(), reason, "use the program that recorded it");
}

FrameBodies::FrameBodies(const Journal& journal, FrameType type)
    : file_(journal.path()), frames_(file_), type_(type) {}

std::optional<Bytes> FrameBodies::next() {
  while (const std::optional<FrameHead> head = frames_.next()) {
    if (head->type != type_) continue;
    head_ = *head;
    return frames_.body();
  }
  return std::nullopt;
}

RecordedInputs::RecordedInputs(const Journal& journal, const Catalog& catalog)
    : bodies_(journal, FrameType::inputs), catalog_(catalog), path_(journal.path().string()) {}

std::optional<Input> RecordedInputs::next() {
  while (done_ == body_.size()) {
    std::optional<Bytes> body = bodies_.next();
    if (!body) return std::nullopt;
    body_ = std::move(*body);
    done_ = 0;
  }
  Decoder in(std::span<const std::byte>(body_).subspan(done_));
  Input input = decoded(JournalPlace{path_, bodies_.head().offset},
                        [&] { return to_input(decode_input(in), catalog_); });
  done_ = body_.size() - in.remaining();
  ++given_;
  return input;
}

RecordedCheckpoints::RecordedCheckpoints(const Journal& journal)
    : bodies_(journal, FrameType::checkpoints), path_(journal.path().string()) {}

std::optional<RecordedCheckpoint> RecordedCheckpoints::next() {
  while (done_ == body_.size()) {
    std::optional<Bytes> body = bodies_.next();
    if (!body) return std::nullopt;
    body_ = std::move(*body);
    done_ = 0;
  }
  Decoder in(std::span<const std::byte>(body_).subspan(done_));
  RecordedCheckpoint checkpoint =
      decoded(JournalPlace{path_, bodies_.head().offset}, [&] { return decode_checkpoint(in); });
  done_ = body_.size() - in.remaining();
  return checkpoint;
}

}  // namespace reprise
