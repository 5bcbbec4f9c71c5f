#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "engine/simulation.hpp"
#include "replay/frame.hpp"
#include "replay/journal_reader.hpp"

/// Keyframes: whole states on the way, so that a moment can be reached without living again all
/// that was before. A cache: each is checked against its own digests, and one that does not hold is
/// passed over.
namespace reprise {

/// What a keyframe is of.
struct KeyframeMoment {
  Step step = 0;
  Time at{};
  Digest prefix;
  Digest root;
};

/// When keyframes are written, by deterministic figures only.
struct KeyframePolicy {
  /// No keyframe comes before so many steps after the last; 0: never any.
  Step steps_min = 1'000'000;

  /// Nor before so many steps for each byte of state, and of pages that had changed.
  Step steps_per_byte = 2;
  Step steps_per_new_byte = 8;

  static KeyframePolicy none() { return {.steps_min = 0}; }

  /// Every `steps` steps, whatever it costs.
  static KeyframePolicy every(Step steps) { return {steps, 0, 0}; }
};

/// The pages of a state by their digests, with their numbers: in the journal itself, or in its
/// parent (`generation` 1), the parent of that (2) and so on.
class PageNumber {
 public:
  PageNumber(std::uint64_t generation, std::uint64_t number) : bits_(generation << 48 | number) {}

  /// As a keyframe's table has it.
  explicit PageNumber(std::uint64_t bits) : bits_(bits) {}
  std::uint64_t bits() const { return bits_; }

  std::uint64_t generation() const { return bits_ >> 48; }
  std::uint64_t number() const { return bits_ & ((std::uint64_t{1} << 48) - 1); }

 private:
  std::uint64_t bits_;
};

using PageNumbers = std::map<Digest, PageNumber>;

/// Writes states as pages of 16 KiB. A page that was in the keyframe before is named, not stored
/// again.
class KeyframeWriter {
 public:
  /// Takes the body of a frame of pages or of a keyframe.
  using Sink = std::function<void(FrameType, Bytes, const FrameSpan&)>;

  explicit KeyframeWriter(Sink sink) : sink_(std::move(sink)) {}

  /// The file holds so many keyframes, which come a second time and are not written again, and so
  /// many pages.
  void go_on(std::uint64_t keyframes, std::uint64_t pages);

  /// Before anything is written: these were in the keyframe before, which is an ancestor's.
  void inherit(PageNumbers pages) { last_ = std::move(pages); }

  /// How many of them are still to come.
  std::uint64_t held() const { return held_; }

  /// How many bytes the state had, and how many of them are in pages that had to be stored.
  struct Size {
    std::uint64_t state = 0;
    std::uint64_t stored = 0;
  };

  /// Writes the state that `save` writes (Simulation::save()), page by page; it is never held as a
  /// whole.
  Size add(const KeyframeMoment& moment, const std::function<void(Encoder&)>& save);

 private:
  Sink sink_;
  PageNumbers last_;         // the last keyframe's pages
  std::uint64_t pages_ = 0;  // written so far
  std::uint64_t held_ = 0;
  std::uint64_t held_pages_ = 0;  // some may be of a keyframe that is not there
};

/// The keyframes of a journal.
class Keyframes {
 public:
  /// `journal` must outlive it.
  explicit Keyframes(const Journal& journal);

  /// The last one at or before `step` and not later than `until`, as a place among
  /// Journal::frames(); those before can be asked for with a lower step.
  std::optional<std::size_t> find(Step step, Time until = time_max) const;

  /// Puts `world` into the state of the keyframe at `place`. False if it does not hold, or is not
  /// of the journal's history; then the world can only be restored again.
  bool restore(std::size_t place, Simulation& world) const;

  /// The pages of the keyframe at `place`, as its table names them. Throws JournalError and
  /// DecodeError.
  PageNumbers pages(std::size_t place) const;

 private:
  struct Pages {  // of a journal
    explicit Pages(const Journal& of);

    const Journal* journal;
    std::vector<std::size_t> frames{};     // places among Journal::frames()
    std::vector<std::uint64_t> numbers{};  // of the first page in each
    std::uint64_t bytes = 0;               // of all of them
  };

  struct FramePlace {
    std::size_t generation = 0;
    std::size_t frame = 0;  // in Pages::frames

    friend bool operator==(const FramePlace&, const FramePlace&) = default;
  };

  std::optional<FramePlace> frame_of(PageNumber number) const;
  std::optional<Bytes> state(std::span<const std::byte> table, std::uint64_t size) const;

  const Journal& journal_;
  std::vector<Pages> generations_;  // of the journal, its parent, the parent of that, ...
  std::uint64_t page_bytes_ = 0;    // of all pages that there are
};

/// The pages of the last keyframe that `journal` or an ancestor has of its history up to `step`, as
/// a branch that leaves it there names them; none where there is no keyframe that can be read.
PageNumbers inherited_pages(const Journal& journal, Step step);

}  // namespace reprise
