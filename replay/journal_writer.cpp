#include "replay/journal_writer.hpp"

#include <algorithm>
#include <utility>

#include "replay/records.hpp"

namespace reprise {

namespace {

constexpr std::size_t batch_bytes = std::size_t{64} << 10;
constexpr std::size_t events_batch = 2304;  // more are smaller, fewer are sooner decoded by a seek
constexpr std::size_t pages_batch_bytes = std::size_t{1} << 20;
constexpr std::size_t page_bytes = std::size_t{16} << 10;
constexpr std::size_t state_bytes_at_once = std::size_t{1} << 18;

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
                             const ScenarioSource& source, bool overwrite, WorkOn encoding)
    : file_(path, overwrite), frames_(file_), background_(encoding) {
  event_batches_.resize(encoding == WorkOn::caller ? 1 : Background::under_way_max + 1);
  for (auto& batch : event_batches_) batch = std::make_unique<EventBatch>();
  Bytes body;
  Encoder out(body);
  encode_header(out, header);
  frames_.set_salt(journal_salt(body));
  identity_.add(body);
  frames_.add(FrameType::header, true, body, {.count = 1});
  frames_.add(FrameType::source, false, encode(source), {.count = 1});
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
  Encoder out(inputs_.bytes);
  encode_input(out, input);
  inputs_.note(step, input.at);
  ++input_count_;
  if (inputs_.bytes.size() >= batch_bytes) flush(inputs_, FrameType::inputs);
}

void JournalWriter::add(const Checkpoint& checkpoint) {
  Encoder out(checkpoints_.bytes);
  encode_checkpoint(out, checkpoint);
  checkpoints_.note(checkpoint.step, checkpoint.at);
  ++checkpoint_count_;
  if (checkpoints_.bytes.size() < batch_bytes) return;
  flush(inputs_, FrameType::inputs);
  flush(checkpoints_, FrameType::checkpoints);
}

void JournalWriter::add(const Delivery& delivery) {
  EventBatch& batch = events();
  batch.add(delivery);
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

void JournalWriter::add_keyframe(Step step, Time at, const std::function<void(Encoder&)>& save) {
  Bytes digests;
  Encoder named(digests);
  std::uint64_t size = 0;
  Batch pages;
  const auto add_page = [&](std::span<const std::byte> page) {
    const Digest digest = digest_of(page);
    named(digest.high, digest.low);
    size += page.size();
    Encoder body(pages.bytes);
    body(static_cast<std::uint32_t>(page.size()));
    body.write(page.data(), page.size());
    pages.note(step, at);
    if (pages.bytes.size() >= pages_batch_bytes) {
      add_frame(FrameType::pages, false, std::exchange(pages, {}));
    }
  };
  Bytes state;  // as far as it is not in pages yet
  const auto add_whole_pages = [&] {
    const std::span<const std::byte> all = state;
    std::size_t done = 0;
    for (; all.size() - done >= page_bytes; done += page_bytes) {
      add_page(all.subspan(done, page_bytes));
    }
    state.erase(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(done));
  };
  Encoder out(state, state_bytes_at_once, add_whole_pages);
  save(out);
  add_whole_pages();
  if (!state.empty()) add_page(state);
  if (pages.span.count != 0) add_frame(FrameType::pages, false, std::move(pages));
  Batch table{.bytes = encode(size)};
  table.bytes.insert(table.bytes.end(), digests.begin(), digests.end());
  table.note(step, at);
  add_frame(FrameType::keyframe, false, std::move(table));
  ++keyframe_count_;
}

Seal JournalWriter::seal(Seal seal) {
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
  frames_.add(FrameType::seal, true, body,
              {.count = 1,
               .first_step = seal.step,
               .last_step = seal.step,
               .first_at = seal.at,
               .last_at = seal.at});
  file_.close();
  return seal;
}

}  // namespace reprise
