#include "replay/compaction.hpp"

#include <utility>

#include "replay/event_columns.hpp"
#include "replay/records.hpp"

namespace reprise {

namespace {

constexpr int level = 19;
constexpr std::size_t frame_bytes = std::size_t{1} << 20;
constexpr std::size_t event_frame_bytes = frame_bytes / 2;  // of payload

/// Frames of one type on their way into a larger one.
struct Batch {
  Bytes bytes;
  FrameSpan span;

  void add(const Bytes& body, const FrameSpan& of) {
    bytes.insert(bytes.end(), body.begin(), body.end());
    if (span.count == 0) {
      span.first_step = of.first_step;
      span.first_at = of.first_at;
    }
    span.count += of.count;
    span.last_step = of.last_step;
    span.last_at = of.last_at;
  }
};

class Compaction {
 public:
  explicit Compaction(OutputFile& file) : frames_(file, level), events_encoder_(level) {}

  void add(const Journal& journal, const FrameEntry& entry) {
    const Bytes body = journal.body(entry);
    switch (entry.type) {
      case FrameType::header:
        frames_.set_salt(journal_salt(body));
        frames_.set_schema(journal.header().schema);
        return frames_.add(entry.type, entry.critical, body, entry.span);
      case FrameType::inputs:
        return gather(inputs_, entry.type, body, entry.span);
      case FrameType::checkpoints:
        return gather(checkpoints_, entry.type, body, entry.span);
      case FrameType::pages:
        return gather(pages_, entry.type, body, entry.span);
      case FrameType::events:
        return add_events(journal.place(entry), body, entry.span);
      case FrameType::keyframe:
        flush(pages_, FrameType::pages);
        return frames_.add(entry.type, entry.critical, body, entry.span);
      case FrameType::gap:
        flush_all();
        return frames_.add(entry.type, entry.critical, body, entry.span);
      case FrameType::index:
        return;
      case FrameType::seal:
        return add_seal(body, entry.span);
      case FrameType::source:
        break;
    }
    frames_.add(entry.type, entry.critical, body,
                entry.span);  // also what this program does not know
  }

 private:
  void gather(Batch& batch, FrameType type, const Bytes& body, const FrameSpan& span) {
    batch.add(body, span);
    if (batch.bytes.size() < frame_bytes) return;
    if (type == FrameType::checkpoints) flush(inputs_, FrameType::inputs);
    flush(batch, type);
  }

  void flush(Batch& batch, FrameType type) {
    if (batch.span.count == 0) return;
    const bool critical = type != FrameType::pages;
    frames_.add(type, critical, batch.bytes, batch.span);
    batch = {};
  }

  void add_events(const JournalPlace& place, const Bytes& body, const FrameSpan& span) {
    const bool follows =
        events_.size() != 0 && span.first_step == events_.first_step() + events_.size();
    if (!follows) flush_events();
    try {
      decoder_.decode(body, span.count, span.first_step);
      for (std::size_t i = 0; i < decoder_.size(); ++i) {
        const RecordedEvent& event = decoder_.event(i);
        if (events_.payload_bytes() + event.payload.size() > frame_bytes_max) flush_events();
        events_.add(event, decoder_.layout(i));
        if (events_.size() == EventBatch::events_max ||
            events_.payload_bytes() >= event_frame_bytes) {
          flush_events();
        }
      }
    } catch (const DecodeError& error) {
      throw JournalError(place, error.what());
    }
  }

  void flush_events() {
    if (events_.size() == 0) return;
    Bytes body;
    events_encoder_.encode(events_, body);
    frames_.add(FrameType::events, false, body,
                {.count = events_.size(),
                 .first_step = events_.first_step(),
                 .last_step = events_.first_step() + events_.size() - 1,
                 .first_at = events_.first_at(),
                 .last_at = events_.last_at()});
    events_.clear();
  }

  void flush_all() {
    flush(inputs_, FrameType::inputs);
    flush(checkpoints_, FrameType::checkpoints);
    flush(pages_, FrameType::pages);
    flush_events();
  }

  void add_seal(const Bytes& body, const FrameSpan& span) {
    flush_all();
    Decoder in(body);
    Bytes record;
    Encoder out(record);
    encode_seal(out, decode_seal(in));
    frames_.add_index_and_seal(std::move(record), span);
  }

  FrameWriter frames_;
  Batch inputs_;
  Batch checkpoints_;
  Batch pages_;
  EventBatch events_;
  EventEncoder events_encoder_;
  EventDecoder decoder_;
};

}  // namespace

void compact(const Journal& journal, const std::filesystem::path& path, bool overwrite,
             const std::function<void(double)>& progress) {
  if (!journal.seal() && !journal.gaps().empty()) {
    throw JournalError(journal.path().string(), "has no seal: it was salvaged, and inputs are lost",
                       "keep it as it is; a branch of its end, `reprise fork --at end`, can be "
                       "flattened and compacted");
  }
  if (!journal.seal()) {
    throw JournalError(journal.path().string(), "has no seal: its run was cut off",
                       "go on with it first, `reprise run --continue`");
  }
  journal.check();
  OutputFile file(path, overwrite);
  try {
    Compaction compaction(file);
    for (const FrameEntry& entry : journal.frames()) {
      compaction.add(journal, entry);
      if (progress) {
        progress(static_cast<double>(entry.end()) / static_cast<double>(journal.bytes()));
      }
    }
    file.close();
  } catch (...) {
    file.discard();
    throw;
  }
}

}  // namespace reprise
