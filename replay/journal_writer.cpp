#include "replay/journal_writer.hpp"

#include <algorithm>

#include "replay/journal_reader.hpp"
#include "replay/records.hpp"

namespace reprise {

namespace {

constexpr std::size_t batch_bytes = std::size_t{64} << 10;
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
                             const ScenarioSource& source, bool overwrite, FileLayer& files)
    : file_(path, overwrite, files), frames_(file_) {
  Bytes body;
  Encoder out(body);
  encode_header(out, header);
  frames_.set_salt(journal_salt(body));
  identity_.add(body);
  frames_.add(FrameType::header, true, body, {.count = 1});
  frames_.add(FrameType::source, false, encode(source), {.count = 1});
}

JournalWriter::JournalWriter(const std::filesystem::path& path, FileLayer& files)
    : file_(path, files), frames_(file_) {
  const Journal journal(path);
  if (journal.seal()) {
    throw JournalError(path.string(), "is sealed: its run has ended and nothing follows it");
  }
  for (const FrameType type : {FrameType::header, FrameType::inputs}) {
    FrameBodies bodies(journal, type);
    while (const std::optional<Bytes> body = bodies.next()) {
      if (type == FrameType::header) frames_.set_salt(journal_salt(*body));
      identity_.add(*body);
    }
  }
  held_ = {journal.inputs(), journal.checkpoints(), journal.keyframes()};
  std::uint64_t whole = journal.bytes();
  if (journal.torn()) {
    whole = journal.torn()->offset;
    moved_aside_ = file_.move_aside(whole);
  }
  frames_.go_on(whole, journal.chain());
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
  frames_.keep_order();
  flush(inputs_, FrameType::inputs);
  file_.sync();
}

void JournalWriter::flush(Batch& batch, FrameType type) {
  if (batch.span.count == 0) return;
  frames_.add(type, true, batch.bytes, batch.span);
  batch = {};
}

void JournalWriter::add(const Input& input, Step step) {
  if (holds(held_.inputs, input_count_)) return;
  const std::size_t before = inputs_.bytes.size();
  Encoder out(inputs_.bytes);
  encode_input(out, input);
  identity_.add(std::span(inputs_.bytes).subspan(before));
  inputs_.note(step, input.at);
  ++input_count_;
  if (inputs_.bytes.size() >= batch_bytes) flush(inputs_, FrameType::inputs);
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

void JournalWriter::add_keyframe(Step step, Time at, const std::function<void(Encoder&)>& save) {
  if (holds(held_.keyframes, keyframe_count_)) return;
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
      frames_.add(FrameType::pages, false, pages.bytes, pages.span);
      pages = {};
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
  if (pages.span.count != 0) frames_.add(FrameType::pages, false, pages.bytes, pages.span);
  Bytes table = encode(size);
  table.insert(table.end(), digests.begin(), digests.end());
  frames_.add(FrameType::keyframe, false, table,
              {.count = 1, .first_step = step, .last_step = step, .first_at = at, .last_at = at});
  ++keyframe_count_;
}

Seal JournalWriter::seal(Seal seal) {
  if (held_.inputs != 0 || held_.checkpoints != 0 || held_.keyframes != 0) {
    throw JournalError(path().string(),
                       "cannot be continued: this program's history ends before the recorded one");
  }
  flush(inputs_, FrameType::inputs);
  flush(checkpoints_, FrameType::checkpoints);
  seal.inputs = input_count_;
  seal.checkpoints = checkpoint_count_;
  seal.keyframes = keyframe_count_;
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
