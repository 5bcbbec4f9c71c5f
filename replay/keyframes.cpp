#include "replay/keyframes.hpp"

#include <algorithm>
#include <utility>

namespace reprise {

namespace {

constexpr std::size_t page_bytes = std::size_t{16} << 10;
constexpr std::size_t pages_frame_bytes = std::size_t{1} << 20;
constexpr std::size_t state_bytes_at_once = std::size_t{1} << 18;

/// A state has pages in common with itself, but not very many: what claims more is no state.
constexpr std::uint64_t repeats_max = 16;

FrameSpan span_of(const KeyframeMoment& moment, std::uint64_t count) {
  return {.count = count,
          .first_step = moment.step,
          .last_step = moment.step,
          .first_at = moment.at,
          .last_at = moment.at};
}

void check_page(std::span<const std::byte> page, const Digest& name) {
  if (page.size() > page_bytes || digest_of(page) != name) {
    throw DecodeError("a page is not what the keyframe names");
  }
}

/// Record `number` of a frame of pages.
std::span<const std::byte> page_in(std::span<const std::byte> body, std::uint64_t number) {
  Decoder in(body);
  for (;; --number) {
    std::uint32_t length = 0;
    in(length);
    const std::span<const std::byte> page = in.take(length);
    if (number == 0) return page;
  }
}

}  // namespace

void KeyframeWriter::go_on(std::uint64_t keyframes, std::uint64_t pages) {
  held_ = keyframes;
  held_pages_ = pages;
  if (held_ == 0) pages_ = held_pages_;
}

KeyframeWriter::Size KeyframeWriter::add(const KeyframeMoment& moment,
                                         const std::function<void(Encoder&)>& save) {
  Size size;
  Bytes numbers;
  Bytes digests;
  Encoder number_column(numbers);
  Encoder digest_column(digests);
  std::map<Digest, std::uint64_t> known;
  Bytes pages;
  std::uint64_t pages_in_frame = 0;
  const auto flush = [&] {
    if (pages_in_frame == 0) return;
    if (held_ == 0) sink_(FrameType::pages, pages, span_of(moment, pages_in_frame));
    pages.clear();
    pages_in_frame = 0;
  };
  const auto add_page = [&](std::span<const std::byte> page) {
    const Digest digest = digest_of(page);
    const auto old = last_.find(digest);
    const auto [place, fresh] = known.emplace(digest, old == last_.end() ? pages_ : old->second);
    number_column(place->second);
    digest_column(digest.high, digest.low);
    size.state += page.size();
    if (!fresh || old != last_.end()) return;
    ++pages_;
    size.stored += page.size();
    Encoder body(pages);
    body(static_cast<std::uint32_t>(page.size()));
    body.write(page.data(), page.size());
    ++pages_in_frame;
    if (pages.size() >= pages_frame_bytes) flush();
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
  flush();
  Bytes table;
  Encoder record(table);
  record(moment.prefix.high, moment.prefix.low, moment.root.high, moment.root.low, size.state);
  record.write(numbers.data(), numbers.size());
  record.write(digests.data(), digests.size());
  last_ = std::move(known);
  if (held_ == 0) {
    sink_(FrameType::keyframe, std::move(table), span_of(moment, 1));
  } else if (--held_ == 0 && pages_ != held_pages_) {  // the file's have other numbers
    last_.clear();
    pages_ = held_pages_;
  }
  return size;
}

Keyframes::Keyframes(const Journal& journal) : journal_(journal) {
  std::uint64_t pages = 0;
  auto gap = journal.gaps().begin();
  for (std::size_t i = 0; i < journal.frames().size(); ++i) {
    const FrameEntry& entry = journal.frames()[i];
    if (entry.type == FrameType::gap) {
      for (const LostFrame& lost : (gap++)->lost) {
        if (lost.type == static_cast<std::uint16_t>(FrameType::pages)) pages += lost.records;
      }
    }
    if (entry.type != FrameType::pages) continue;
    page_frames_.push_back(i);
    first_pages_.push_back(pages);
    pages += entry.span.count;
    page_bytes_ += entry.raw_bytes;
  }
}

std::optional<std::size_t> Keyframes::find(Step step, Time until) const {
  const std::vector<FrameEntry>& frames = journal_.frames();
  for (std::size_t i = frames.size(); i-- > 0;) {
    const FrameEntry& entry = frames[i];
    if (entry.type == FrameType::keyframe && entry.span.last_step <= step &&
        entry.span.last_at <= until) {
      return i;
    }
  }
  return std::nullopt;
}

bool Keyframes::restore(std::size_t place, Simulation& world) const {
  try {
    const FrameEntry& entry = journal_.frames().at(place);
    const Bytes table = journal_.body(entry);
    Decoder in(table);
    KeyframeMoment moment{entry.span.last_step, entry.span.last_at, {}, {}};
    std::uint64_t size = 0;
    in(moment.prefix.high, moment.prefix.low, moment.root.high, moment.root.low, size);
    const std::optional<Bytes> bytes = state(in.take(in.remaining()), size);
    if (!bytes) return false;
    Decoder saved(*bytes);
    world.restore(saved);
    saved.expect_end();
    if (world.steps() != moment.step || world.now() != moment.at ||
        world.prefix() != moment.prefix || world.state_root() != moment.root) {
      return false;
    }
    // It is of this history if the trail says so, and the checkpoint where there is one.
    RecordedCheckpoints checkpoints(journal_);
    const Step begin = checkpoints.seek(moment.step);
    const std::optional<RecordedCheckpoint> checkpoint = checkpoints.next();
    if (!checkpoint || checkpoint->step < moment.step) return false;
    if (checkpoint->step == moment.step && checkpoint->prefix == moment.prefix) return true;
    if (moment.step <= begin) return false;
    return checkpoint->trail.at(moment.step - begin - 1) ==
           static_cast<std::uint8_t>(moment.prefix.low);
  } catch (const DecodeError&) {
    return false;
  } catch (const JournalError&) {
    return false;
  }
}

/// The state of `size` bytes whose pages `table` names; nothing if it claims too many.
std::optional<Bytes> Keyframes::state(std::span<const std::byte> table, std::uint64_t size) const {
  constexpr std::size_t record_bytes = sizeof(std::uint64_t) + sizeof(Digest);
  const std::size_t count = table.size() / record_bytes;
  if (table.size() % record_bytes != 0 || size > count * page_bytes ||
      size / repeats_max > page_bytes_) {
    return std::nullopt;
  }
  Decoder numbers(table.first(count * sizeof(std::uint64_t)));
  Decoder digests(table.subspan(count * sizeof(std::uint64_t)));
  Bytes bytes;
  Bytes frame;
  std::size_t frame_at = page_frames_.size();  // the one that is in `frame`
  for (std::size_t i = 0; i < count; ++i) {
    std::uint64_t number = 0;
    Digest name;
    numbers(number);
    digests(name.high, name.low);
    const auto after = std::ranges::upper_bound(first_pages_, number);
    if (after == first_pages_.begin())
      throw DecodeError("a keyframe names a page that is not there");
    const auto at = static_cast<std::size_t>(after - first_pages_.begin()) - 1;
    if (at != frame_at) {
      frame = journal_.body(journal_.frames()[page_frames_[at]]);
      frame_at = at;
    }
    const std::span<const std::byte> page = page_in(frame, number - first_pages_[at]);
    check_page(page, name);
    if (page.size() > size - bytes.size()) {
      throw DecodeError("a keyframe's pages are longer than it says");
    }
    bytes.insert(bytes.end(), page.begin(), page.end());
  }
  if (bytes.size() != size) throw DecodeError("a keyframe's pages are not as long as it says");
  return bytes;
}

}  // namespace reprise
