#include "replay/journal_writer.hpp"

#include <utility>

#include "replay/journal_reader.hpp"
#include "replay/records.hpp"

namespace reprise {

namespace {

constexpr std::size_t batch_bytes = std::size_t{64} << 10;
constexpr std::size_t inputs_batch_bytes = std::size_t{256} << 10;  // short columns compress badly
constexpr std::size_t events_batch = 2048;  // more are smaller, fewer are sooner decoded by a seek

}  // namespace

void JournalWriter::Batch::note(Step step, Time at) {
  if (span.count++ == 0) {
    span.first_step = step;
    span.first_at = at;
  }
  span.last_step = step;
  span.last_at = at;
}

JournalWriter::JournalWriter(const std::filesystem::path& path, const JournalHeader& header,
                             const ScenarioSource& source, bool overwrite, WorkOn encoding,
                             FileLayer& files)
    : file_(path, overwrite, files), frames_(file_), background_(encoding) {
  make_event_batches(encoding);
  Bytes body;
  Encoder out(body);
  encode_header(out, header);
  frames_.set_salt(journal_salt(body));
  frames_.set_schema(header.schema);
  identity_.add(body);
  try {
    frames_.add(FrameType::header, true, body, {.count = 1});
    frames_.add(FrameType::source, false, encode(source), {.count = 1});
  } catch (...) {
    discard();
    throw;
  }
}

JournalWriter::JournalWriter(const std::filesystem::path& path, WorkOn encoding, FileLayer& files)
    : file_(path, files), frames_(file_), background_(encoding) {
  make_event_batches(encoding);
  const Journal journal(path);
  if (journal.seal()) {
    throw JournalError(path.string(), "is sealed: its run has ended and nothing follows it");
  }
  if (!journal.gaps().empty()) {
    throw JournalError(path.string(), "has gaps: it was salvaged and cannot be continued");
  }
  for (const FrameType type : {FrameType::header, FrameType::inputs}) {
    FrameBodies bodies(journal, type);
    while (const std::optional<Bytes> body = bodies.next()) {
      if (type == FrameType::header) frames_.set_salt(journal_salt(*body));
      identity_.add(*body);
    }
  }
  journal.check();
  frames_.set_schema(journal.header().schema);
  held_ = {journal.inputs(), journal.checkpoints(), journal.events()};
  for (const FrameEntry& entry : journal.frames()) {
    if (entry.type == FrameType::keyframe) held_keyframes_.push_back(entry.span.last_step);
  }
  const auto pages = journal.streams().find(FrameType::pages);
  keyframes_.go_on(journal.keyframes(),
                   pages == journal.streams().end() ? 0 : pages->second.records);
  const Sha256 chain = journal.chain();  // from here on nothing is wrong with the journal
  if (journal.torn()) moved_aside_ = file_.move_aside(journal.torn()->offset);
  frames_.go_on(journal.frames(), chain);
  file_.sync();
}

/// Whether a record is one of those that the file holds; then it counts as added.
bool JournalWriter::holds(std::uint64_t& held, std::uint64_t& count) {
  if (held == 0) return false;
  --held;
  ++count;
  return true;
}

void JournalWriter::commit() {
  background_.wait();
  frames_.keep_order();
  flush(inputs_, FrameType::inputs);
  sync();
}

void JournalWriter::sync() {
  background_.wait();
  file_.sync();
}

void JournalWriter::make_event_batches(WorkOn encoding) {
  event_batches_.resize(encoding == WorkOn::caller ? 1 : Background::under_way_max + 1);
  for (auto& batch : event_batches_) batch = std::make_unique<EventBatch>();
}

void JournalWriter::add_frame(FrameType type, bool critical, Batch batch) {
  background_.add([this, type, critical, taken = std::move(batch)] {
    if (type == FrameType::inputs) identity_.add(taken.bytes);
    frames_.add(type, critical, taken.bytes, taken.span);
  });
}

void JournalWriter::flush(Batch& batch, FrameType type) {
  if (batch.span.count != 0) add_frame(type, true, std::exchange(batch, {}));
}

void JournalWriter::add(const Input& input, Step step) {
  if (holds(held_.inputs, input_count_)) return;
  Encoder out(inputs_.bytes);
  encode_input(out, input);
  inputs_.note(step, input.at);
  ++input_count_;
  if (inputs_.bytes.size() >= inputs_batch_bytes) flush(inputs_, FrameType::inputs);
}

void JournalWriter::add(const Checkpoint& checkpoint) {
  if (holds(held_.checkpoints, checkpoint_count_)) return;
  Encoder out(checkpoints_.bytes);
  encode_checkpoint(out, checkpoint);
  checkpoints_.note(checkpoint.step, checkpoint.at);
  ++checkpoint_count_;
  if (checkpoints_.bytes.size() < batch_bytes) return;
  flush(inputs_, FrameType::inputs);
  flush(checkpoints_, FrameType::checkpoints);
}

void JournalWriter::add(const Delivery& delivery, std::optional<Step> cause) {
  if (holds(held_.events, event_count_)) return;
  EventBatch& batch = events();
  batch.add(delivery, cause);
  ++event_count_;
  if (batch.size() == events_batch || batch.payload_bytes() >= batch_bytes) flush_events();
}

void JournalWriter::flush_events() {
  EventBatch& batch = events();
  if (batch.size() == 0) return;
  if (batch.payload_bytes() > frame_bytes_max) {
    throw JournalError(path().string(), "a message of " + std::to_string(batch.payload_bytes()) +
                                            " bytes is larger than a frame may be");
  }
  filled_ = (filled_ + 1) % event_batches_.size();
  background_.add([this, &batch] {
    const FrameSpan span{.count = batch.size(),
                         .first_step = batch.first_step(),
                         .last_step = batch.first_step() + batch.size() - 1,
                         .first_at = batch.first_at(),
                         .last_at = batch.last_at()};
    event_body_.clear();
    event_encoder_.encode(batch, event_body_);
    batch.clear();
    frames_.add(FrameType::events, false, event_body_, span);
  });
}

KeyframeWriter::Size JournalWriter::add_keyframe(const KeyframeMoment& moment,
                                                 const std::function<void(Encoder&)>& save) {
  ++keyframe_count_;
  return keyframes_.add(moment, save);
}

Seal JournalWriter::seal(Seal seal) {
  if (held_.inputs != 0 || held_.checkpoints != 0 || held_.events != 0 || keyframes_.held() != 0) {
    throw JournalError(path().string(),
                       "cannot be continued: this program's history ends before the recorded one");
  }
  flush(inputs_, FrameType::inputs);
  flush(checkpoints_, FrameType::checkpoints);
  flush_events();
  background_.wait();
  seal.inputs = input_count_;
  seal.checkpoints = checkpoint_count_;
  seal.keyframes = keyframe_count_;
  seal.events = event_count_;
  seal.identity = identity_.digest();
  Bytes body;
  Encoder out(body);
  encode_seal(out, seal);
  frames_.add_index_and_seal(std::move(body), {.count = 1,
                                               .first_step = seal.step,
                                               .last_step = seal.step,
                                               .first_at = seal.at,
                                               .last_at = seal.at});
  file_.close();
  return seal;
}

}  // namespace reprise
