#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "engine/simulation.hpp"
#include "replay/checked_player.hpp"
#include "timeline/projection.hpp"
#include "timeline/two_slot_file.hpp"

namespace reprise {

/// A projection that cannot go on: its file is of another program, or its history is not this one.
class ProjectionError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Folds several projections over a history in one pass: while a world runs, or after the fact
/// while its journal is lived again.
///
/// With a folder, each is kept there in a file of its name, with the step it stands at and the
/// prefix digest there. One that is found there goes on from its step: what lies before is passed
/// over, and at the step itself the digest has to be the one it was folded over.
///
///     Turnover turnover;
///     Projections projections("models", 100'000);
///     projections.add(turnover);
///     projections.follow(world);   // or: projections.fold(player);
class Projections : public Observer {
 public:
  /// Keeps nothing.
  Projections() = default;

  /// Keeps them in `folder`, which is made if it is not there. They are saved after each step that
  /// is a multiple of `save_every`, if that is not 0, and by save() and fold(); not when this ends.
  explicit Projections(std::filesystem::path folder, Step save_every = 0);

  ~Projections() override;
  Projections(const Projections&) = delete;
  Projections& operator=(const Projections&) = delete;

  /// `projection` is folded from now on and must live as long as this. It is set to what is in its
  /// file, if there is one. Throws ProjectionError if that was written by another version or other
  /// fields, std::invalid_argument for a name that is malformed or taken, and FileError for a file
  /// that is damaged or cannot be read. Not while a world is followed.
  template <Projection P>
  Projections& add(P& projection) {
    add(detail::make_projection_type<P>(), &projection);
    return *this;
  }

  /// Folds what `world` delivers from now on; the world must outlive this, or be left. A projection
  /// without a file begins where the world stands; one with a file has to stand there or later.
  /// Throws ProjectionError where it does not, and for a kind that the world does not have. From
  /// then on the world's step() throws what a projection throws, FileError, and ProjectionError at
  /// the step where the history turns out to be another one. After the first and the last of these
  /// nothing is folded or saved any more: every later step and save() throws.
  void follow(Simulation& world);

  /// Looks on no longer.
  void leave();

  /// Folds the journal of `player` from where the player stands to its end, and saves.
  /// `interrupted` is asked every few thousand steps; true ends it there, saved as well. Throws as
  /// follow() and step() do, DivergenceError as the player does, and ProjectionError for a
  /// projection that stands at a step beyond the end.
  void fold(CheckedPlayer& player, const std::function<bool()>& interrupted = {});

  /// The same over all of `journal` that is still to be folded: it is lived from the last keyframe
  /// at or before the step of the projection that stands farthest back.
  void fold(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
            const std::function<bool()>& interrupted = {});

  /// Writes those that have been folded further to their files. Each costs a wait for the device.
  /// Throws FileError.
  void save();

  bool wants_deliveries() const override { return true; }
  bool wants_checkpoints() const override { return false; }
  void on_delivery(const Delivery& delivery) override;

 private:
  struct Entry {
    ProjectionType type;
    void* projection = nullptr;
    std::unique_ptr<TwoSlotFile> file;  // without a folder: none
    Step begun = 0;                     // folded are the steps after this one
    Step resumed = 0;                   // up to this one, when it was added
    Digest prefix;                      // at `resumed`
  };

  void add(ProjectionType type, void* projection);
  void load(Entry& entry) const;
  void begin(const Simulation& world);
  void fold_event(const Delivery& delivery);
  void expect_whole() const;
  void check_resumed() const;
  void expect_reached(Step end) const;

  std::filesystem::path folder_;
  Step save_every_ = 0;
  std::vector<Entry> entries_;
  const Simulation* world_ = nullptr;
  std::function<void()> leave_;
  Step step_ = 0;  // the last that was seen
  Digest prefix_;  // there
  Step resumed_max_ = 0;
  bool failed_ = false;  // one of them may have taken half an event, or one of another history
};

}  // namespace reprise
