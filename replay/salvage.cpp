#include "replay/salvage.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "replay/frame.hpp"
#include "replay/journal_reader.hpp"
#include "replay/records.hpp"

namespace reprise {

namespace {

/// What a damaged journal holds.
class Remains {
 public:
  explicit Remains(const InputFile& file);

  /// The whole frames, in order.
  const std::vector<FrameHead>& frames() const { return frames_; }

  /// What is missing before the frame at `place`; nothing if no record is.
  std::optional<Gap> gap_before(std::size_t place) const;

  std::uint64_t end() const { return entry_of(frames_.back()).end(); }

 private:
  JournalPlace place_of(const FrameHead& head) const {
    return {file_.path().string(), head.offset};
  }
  void keep(const FrameReader& reader, const FrameHead& head);
  std::vector<LostFrame> lost_between(std::uint64_t begin, std::uint64_t end) const;
  std::vector<LostFrame> lost_by_index(std::uint64_t begin, std::uint64_t end) const;
  void bound_unknown();

  const InputFile& file_;
  std::vector<FrameHead> frames_;
  std::map<std::uint64_t, FrameHead> heads_;  // that hold, though their bodies do not
  std::vector<LostFrame> unknown_;            // that could be lost before each of frames_
  std::vector<FrameEntry> index_;             // empty where there is none that holds
  std::uint64_t index_offset_ = 0;            // as the seal says; 0 where there is none
  Sha256 chain_{};                            // after the last frame
};

Remains::Remains(const InputFile& file) : file_(file) {
  FrameReader reader(file, ChainCheck::none);
  std::optional<FrameHead> head = reader.next();
  if (!head || head->type != FrameType::header) {
    throw JournalError(file.path().string(),
                       "is no reprise journal, or its header is damaged: without that nothing of "
                       "it can be salvaged");
  }
  while (head || (reader.broken() && reader.broken()->next)) {
    if (head) {
      keep(reader, *head);
      head = reader.next();
      continue;
    }
    const FrameBreak broken = *reader.broken();
    const std::optional<FrameHead> damaged = head_at(file, broken.offset);
    if (damaged && damaged->salt == frames_.front().salt) heads_[broken.offset] = *damaged;
    head = reader.at(broken.next->offset);
  }
  bound_unknown();
}

void Remains::keep(const FrameReader& reader, const FrameHead& head) {
  const bool follows = frames_.empty() ? head.offset == 0 : end() == head.offset;
  if (follows && head.chain != chain_) {
    throw JournalError(place_of(head),
                       "a frame does not follow the one before, though both hold: the journal was "
                       "changed, not damaged");
  }
  if (!frames_.empty() && frames_.back().type == FrameType::seal) {
    throw JournalError(place_of(head), "a frame follows the seal");
  }
  chain_ = reader.chain();
  frames_.push_back(head);
  try {
    if (frames_.size() == 1) {
      const Bytes body = reader.body();
      if (head.salt != journal_salt(body)) {
        throw DecodeError("the header is not what its salt says");
      }
      Decoder in(body);
      decode_header(in);
    }
    if (head.type == FrameType::index) index_ = decode_index(reader.body());
    if (head.type == FrameType::seal) {
      const Bytes body = reader.body();
      Decoder in(body);
      decode_seal(in);
      in(index_offset_);
    }
  } catch (const DecodeError& error) {
    throw JournalError(place_of(head), error.what());
  }
}

/// What the index says of the frames between `begin` and `end`; nothing if they do not fill it.
std::vector<LostFrame> Remains::lost_by_index(std::uint64_t begin, std::uint64_t end) const {
  std::vector<LostFrame> lost;
  std::uint64_t offset = begin;
  for (auto entry = std::ranges::lower_bound(index_, begin, {}, &FrameEntry::offset);
       entry != index_.end() && entry->end() <= end && entry->offset == offset; ++entry) {
    lost.push_back({static_cast<std::uint16_t>(entry->type), entry->span.count,
                    entry->span.first_step, entry->span.last_step});
    offset = entry->end();
  }
  if (offset != end) lost.clear();
  return lost;
}

/// What the heads between `begin` and `end` say that still hold. For what is between them a frame
/// of type 0 stands.
std::vector<LostFrame> Remains::lost_between(std::uint64_t begin, std::uint64_t end) const {
  std::vector<LostFrame> lost = lost_by_index(begin, end);
  if (!lost.empty()) return lost;
  std::uint64_t offset = begin;
  for (auto each = heads_.lower_bound(begin); each != heads_.end() && each->first < end; ++each) {
    const FrameHead& head = each->second;
    if (head.offset > offset) lost.push_back({});
    lost.push_back({static_cast<std::uint16_t>(head.type), head.span.count, head.span.first_step,
                    head.span.last_step});
    offset = std::min(end, entry_of(head).end());
  }
  const bool only_index =
      index_offset_ != 0 && offset == index_offset_ && end == frames_.back().offset;
  if (offset < end && !only_index) lost.push_back({});
  return lost;
}

/// Works out what a lost frame may have held of which nothing is known, before each frame. The
/// inputs up to a checkpoint lie before it, and before an input lie those of earlier steps.
void Remains::bound_unknown() {
  unknown_.resize(frames_.size());
  Step first = 0;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    unknown_[i].first_step = first;
    const FrameSpan& span = frames_[i].span;
    if (frames_[i].type == FrameType::checkpoints) first = std::max(first, span.last_step + 1);
    if (frames_[i].type == FrameType::inputs) first = std::max(first, span.last_step);
  }
  Step last = frames_.back().span.last_step;
  for (std::size_t i = frames_.size(); i-- > 0;) {
    const bool bounds =
        frames_[i].type == FrameType::checkpoints || frames_[i].type == FrameType::seal;
    if (bounds) last = frames_[i].span.last_step;
    unknown_[i].last_step = std::max(unknown_[i].first_step, last);
  }
}

std::optional<Gap> Remains::gap_before(std::size_t place) const {
  if (place == 0) return std::nullopt;
  const std::uint64_t begin = entry_of(frames_[place - 1]).end();
  const std::uint64_t end = frames_[place].offset;
  if (begin == end) return std::nullopt;
  Gap gap{.offset = begin, .bytes = end - begin, .lost = lost_between(begin, end)};
  std::erase_if(gap.lost, [](const LostFrame& lost) {
    return lost.type == static_cast<std::uint16_t>(FrameType::index);
  });
  if (gap.lost.empty()) return std::nullopt;
  for (LostFrame& lost : gap.lost) {
    if (lost.type == 0) lost = unknown_[place];
  }
  return gap;
}

void write_gap(FrameWriter& frames, const Gap& gap) {
  FrameSpan span{.count = gap.lost.size(),
                 .first_step = gap.lost.front().first_step,
                 .last_step = gap.lost.front().last_step};
  for (const LostFrame& lost : gap.lost) {
    span.first_step = std::min(span.first_step, lost.first_step);
    span.last_step = std::max(span.last_step, lost.last_step);
  }
  frames.add(FrameType::gap, true, encode(gap), span);
}

/// What was written replaces nothing unless it can be opened.
void expect_journal(const OutputFile& output, const std::string& from) {
  try {
    const Journal opened(output.written());
  } catch (const JournalError& error) {
    throw JournalError(
        from, std::string("what is whole of it is no journal to be opened: ") + error.what());
  }
}

void write_seal(FrameWriter& frames, const Bytes& body, const FrameSpan& span) {
  Decoder in(body);
  Bytes record;
  Encoder out(record);
  encode_seal(out, decode_seal(in));
  frames.add_index_and_seal(std::move(record), span);
}

}  // namespace

Salvaged salvage(const std::filesystem::path& from, const std::filesystem::path& to, bool overwrite,
                 const std::function<void()>& progress) {
  const InputFile file(from);
  std::error_code unknown;
  if (std::filesystem::equivalent(from, to, unknown)) {
    throw FileError(to.string() +
                    ": is the damaged journal itself, which is kept; choose another "
                    "name");
  }
  const Remains remains(file);
  Salvaged result{.bytes = file.size(), .tail_bytes = file.size() - remains.end()};
  result.lost_bytes = result.tail_bytes;
  OutputFile output(to, overwrite);
  try {
    FrameWriter frames(output);
    FrameReader reader(file, ChainCheck::none);
    frames.set_salt(remains.frames().front().salt);
    for (std::size_t i = 0; i < remains.frames().size(); ++i) {
      const FrameHead& head = remains.frames()[i];
      if (progress) progress();
      if (i != 0) result.lost_bytes += head.offset - entry_of(remains.frames()[i - 1]).end();
      if (const std::optional<Gap> gap = remains.gap_before(i)) {
        write_gap(frames, *gap);
        result.gaps.push_back(*gap);
      }
      if (!reader.at(head.offset)) {
        throw JournalError(from.string(), "changed while it was read");
      }
      ++result.frames;
      if (head.type == FrameType::seal) {
        write_seal(frames, reader.body(), head.span);
      } else if (head.type != FrameType::index) {
        frames.copy(head, reader.stored());
      }
    }
    expect_journal(output, from.string());
    output.close();
  } catch (...) {
    output.discard();
    throw;
  }
  return result;
}

}  // namespace reprise
