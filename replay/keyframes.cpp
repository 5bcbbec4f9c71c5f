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

/// Nor does one go to and fro among the frames that its pages are in, so often.
constexpr std::uint64_t decoded_max = 64;

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

/// Record `number` of a frame of pages. All before it are whole.
std::span<const std::byte> page_in(std::span<const std::byte> body, std::uint64_t number) {
  Decoder in(body);
  for (;; --number) {
    std::uint32_t length = 0;
    in(length);
    const std::span<const std::byte> page = in.take(length);
    if (number == 0) return page;
    if (length != page_bytes) throw DecodeError("a page is not the last one and is not whole");
  }
}

/// What a keyframe says of itself.
struct KeyframeRecord {
  KeyframeMoment moment;
  std::uint64_t size = 0;  // of the state
  std::span<const std::byte> table;
};

/// `body` is that of the frame with this span, and holds the table.
KeyframeRecord decode_keyframe(const FrameSpan& span, std::span<const std::byte> body) {
  KeyframeRecord record{{span.last_step, span.last_at, {}, {}}, 0, {}};
  Decoder in(body);
  in(record.moment.prefix.high, record.moment.prefix.low, record.moment.root.high,
     record.moment.root.low, record.size);
  record.table = in.take(in.remaining());
  return record;
}

/// The pages that a keyframe's table names, in order.
class PageTable {
 public:
  explicit PageTable(std::span<const std::byte> table) : table_(table) {
    if (table.size() % record_bytes != 0) throw DecodeError("a keyframe ends amid a page's name");
  }

  std::size_t count() const { return table_.size() / record_bytes; }

  template <class Take>
  void each(const Take& take) const {
    Decoder numbers(table_.first(count() * sizeof(std::uint64_t)));
    Decoder digests(table_.subspan(count() * sizeof(std::uint64_t)));
    for (std::size_t i = 0; i < count(); ++i) {
      std::uint64_t number = 0;
      Digest name;
      numbers(number);
      digests(name.high, name.low);
      take(PageNumber(number), name);
    }
  }

 private:
  static constexpr std::size_t record_bytes = sizeof(std::uint64_t) + sizeof(Digest);
  std::span<const std::byte> table_;
};

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
  PageNumbers known;
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
    const auto [place, fresh] =
        known.emplace(digest, old == last_.end() ? PageNumber(0, pages_) : old->second);
    number_column(place->second.bits());
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

Keyframes::Pages::Pages(const Journal& of) : journal(&of) {
  std::uint64_t pages = 0;
  auto gap = of.gaps().begin();
  for (std::size_t i = 0; i < of.frames().size(); ++i) {
    const FrameEntry& entry = of.frames()[i];
    if (entry.type == FrameType::gap) {
      for (const LostFrame& lost : (gap++)->lost) {
        if (lost.type == static_cast<std::uint16_t>(FrameType::pages)) pages += lost.records;
      }
    }
    if (entry.type != FrameType::pages) continue;
    frames.push_back(i);
    numbers.push_back(pages);
    pages += entry.span.count;
    bytes += entry.raw_bytes;
  }
}

Keyframes::Keyframes(const Journal& journal) : journal_(journal) {
  for (const Journal* each = &journal; each != nullptr; each = each->parent()) {
    page_bytes_ += generations_.emplace_back(*each).bytes;
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
    const Bytes body = journal_.body(entry);
    const KeyframeRecord record = decode_keyframe(entry.span, body);
    const KeyframeMoment& moment = record.moment;
    const std::optional<Bytes> bytes = state(record.table, record.size);
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

PageNumbers Keyframes::pages(std::size_t place) const {
  const Bytes body = journal_.body(journal_.frames().at(place));
  const FrameSpan& span = journal_.frames()[place].span;
  PageNumbers pages;
  PageTable(decode_keyframe(span, body).table).each([&](PageNumber number, const Digest& name) {
    if (frame_of(number)) pages.emplace(name, number);
  });
  return pages;
}

/// Where a page is; nothing if it is nowhere.
std::optional<Keyframes::FramePlace> Keyframes::frame_of(PageNumber number) const {
  if (number.generation() >= generations_.size()) return std::nullopt;
  const Pages& of = generations_[number.generation()];
  const auto after = std::ranges::upper_bound(of.numbers, number.number());
  if (after == of.numbers.begin()) return std::nullopt;
  const auto place = static_cast<std::size_t>(after - of.numbers.begin()) - 1;
  const std::uint64_t count = of.journal->frames()[of.frames[place]].span.count;
  if (number.number() - of.numbers[place] >= count) return std::nullopt;
  return FramePlace{number.generation(), place};
}

/// The state of `size` bytes whose pages `table` names; nothing if it claims too many.
std::optional<Bytes> Keyframes::state(std::span<const std::byte> table, std::uint64_t size) const {
  const PageTable pages(table);
  if (size > pages.count() * page_bytes || size / repeats_max > page_bytes_) return std::nullopt;
  Bytes bytes;
  Bytes frame;
  std::optional<FramePlace> frame_place;  // of the one that is in `frame`
  std::uint64_t decoded = 0;
  pages.each([&](PageNumber number, const Digest& name) {
    const std::optional<FramePlace> place = frame_of(number);
    if (!place) throw DecodeError("a keyframe names a page that is not there");
    const Pages& of = generations_[place->generation];
    if (place != frame_place) {
      frame = of.journal->body(of.journal->frames()[of.frames[place->frame]]);
      frame_place = place;
      decoded += frame.size();
      if (decoded / decoded_max > page_bytes_) {
        throw DecodeError("a keyframe's pages are scattered over too many frames");
      }
    }
    const std::span<const std::byte> page =
        page_in(frame, number.number() - of.numbers[place->frame]);
    check_page(page, name);
    const bool is_last = bytes.size() + page.size() == size;
    if (page.size() != page_bytes && !is_last) {
      throw DecodeError("a keyframe's page is not the last one and is not whole");
    }
    if (page.size() > size - bytes.size()) {
      throw DecodeError("a keyframe's pages are longer than it says");
    }
    bytes.insert(bytes.end(), page.begin(), page.end());
  });
  if (bytes.size() != size) throw DecodeError("a keyframe's pages are not as long as it says");
  return bytes;
}

PageNumbers inherited_pages(const Journal& journal, Step step) {
  std::uint64_t generation = 1;
  for (const Journal* each = &journal; each != nullptr; each = each->parent(), ++generation) {
    const Keyframes keyframes(*each);
    if (const std::optional<std::size_t> place = keyframes.find(step)) {
      PageNumbers pages;
      try {
        for (const auto& [name, number] : keyframes.pages(*place)) {
          pages.emplace(name, PageNumber(generation + number.generation(), number.number()));
        }
      } catch (const DecodeError&) {
        return {};  // they are stored again
      } catch (const JournalError&) {
        return {};
      }
      return pages;
    }
    if (each->header().parent) step = std::min(step, each->header().parent->step);
  }
  return {};
}

}  // namespace reprise
