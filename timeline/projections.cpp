#include "timeline/projections.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "replay/file.hpp"

namespace reprise {

namespace {

constexpr std::uint16_t layout = 1;

bool is_name(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string in_words(const ProjectionType& type) {
  return "the projection '" + std::string(type.name) + "'";
}

std::string rebuild(const TwoSlotFile* file) {
  if (file == nullptr) return "; begin with a new one";
  return "; remove " + file->path().string() + " to have it rebuilt from the start";
}

}  // namespace

Projections::Projections(std::filesystem::path folder, Step save_every)
    : folder_(std::move(folder)), save_every_(save_every) {
  std::error_code error;
  std::filesystem::create_directories(folder_, error);
  if (error) throw FileError(folder_.string() + ": cannot be made: " + error.message());
}

Projections::~Projections() {
  leave();
}

void Projections::add(ProjectionType type, void* projection) {
  REPRISE_ASSERT(world_ == nullptr);
  if (!is_name(type.name)) {
    throw std::invalid_argument("the projection name '" + std::string(type.name) +
                                "' is not made of lower-case letters, digits and underscores");
  }
  for (const Entry& entry : entries_) {
    if (entry.type.name != type.name) continue;
    throw std::invalid_argument(in_words(type) + " is there twice");
  }
  Entry entry{.type = std::move(type), .projection = projection, .file = nullptr, .prefix = {}};
  if (!folder_.empty()) {
    try {
      entry.file =
          std::make_unique<TwoSlotFile>(folder_ / (std::string(entry.type.name) + ".projection"));
      if (!entry.file->empty()) load(entry);
    } catch (const DecodeError& error) {
      throw ProjectionError(entry.file->path().string() + ": damaged: " + error.what() +
                            rebuild(entry.file.get()));
    }
  }
  entries_.push_back(std::move(entry));
}

void Projections::load(Entry& entry) const {
  const ProjectionType& type = entry.type;
  Decoder in(entry.file->content());
  std::uint16_t number = 0;
  std::string name;
  std::uint16_t version = 0;
  std::string fields;
  in(number);
  if (number != layout) throw DecodeError("it is of layout " + std::to_string(number));
  in(name, version, fields, entry.begun, entry.resumed, entry.prefix.high, entry.prefix.low);
  const auto refuse = [&](const std::string& why) {
    throw ProjectionError(entry.file->path().string() + ": " + why + rebuild(entry.file.get()));
  };
  if (name != type.name) refuse("holds the projection '" + name + "'");
  if (version != type.version) {
    refuse(in_words(type) + " is of version " + std::to_string(version) + " there and of version " +
           std::to_string(type.version) + " in this program");
  }
  if (fields != describe(*type.fields)) {
    refuse(in_words(type) + " has the fields " + fields + " there and " + describe(*type.fields) +
           " in this program");
  }
  if (entry.resumed <= entry.begun) throw DecodeError("it ends before it begins");
  type.decode(entry.projection, in);
  in.expect_end();
}

void Projections::begin(const Simulation& world) {
  REPRISE_ASSERT(world_ == nullptr);
  expect_whole();
  const Step step = world.steps();
  resumed_max_ = 0;
  for (Entry& entry : entries_) {
    for (const auto& handler : entry.type.handlers) {
      if (world.catalog().message(handler.message->name) == handler.message) continue;
      throw ProjectionError(in_words(entry.type) + " listens to " +
                            std::string(handler.message->name) +
                            ", which is no kind of this world's catalog");
    }
    if (step_ > entry.resumed) {  // folded here before
      entry.resumed = step_;
      entry.prefix = prefix_;
    }
    if (entry.resumed == 0) entry.begun = entry.resumed = step;
    if (entry.resumed < step) {
      throw ProjectionError(in_words(entry.type) + " stands at step " +
                            std::to_string(entry.resumed) + " and the world already at step " +
                            std::to_string(step) +
                            ": what lies between would be missed; begin with a world that stands "
                            "at or before it");
    }
    if (entry.resumed > entry.begun) resumed_max_ = std::max(resumed_max_, entry.resumed);
  }
  world_ = &world;
  step_ = step;
  prefix_ = world.prefix();
  try {
    if (step_ != 0) check_resumed();
  } catch (...) {
    world_ = nullptr;
    throw;
  }
}

void Projections::follow(Simulation& world) {
  begin(world);
  world.observe(*this);
  leave_ = [this, &world] { world.forget(*this); };
}

void Projections::leave() {
  if (leave_) std::exchange(leave_, {})();
  world_ = nullptr;
}

void Projections::fold(CheckedPlayer& player, const std::function<bool()>& interrupted) {
  begin(player.world());
  player.observe(*this);
  leave_ = [this, &player] { player.forget(*this); };
  bool whole = false;
  try {
    whole = player.run_to(player.journal().last_step(), time_max, interrupted);
  } catch (...) {
    leave();
    throw;
  }
  leave();
  if (whole) expect_reached(player.world().steps());
  save();
}

void Projections::fold(const Journal& journal, const Catalog& catalog, const WorldFactory& factory,
                       const std::function<bool()>& interrupted) {
  Step start = std::numeric_limits<Step>::max();
  for (const Entry& entry : entries_) start = std::min(start, std::max(entry.resumed, step_));
  CheckedPlayer player(journal, catalog, factory, std::min(start, journal.last_step()));
  fold(player, interrupted);
}

void Projections::on_delivery(const Delivery& delivery) {
  expect_whole();
  failed_ = true;  // until all of it is folded
  step_ = delivery.step;
  prefix_ = world_->prefix();
  if (step_ <= resumed_max_) check_resumed();
  fold_event(delivery);
  failed_ = false;
  if (save_every_ != 0 && step_ % save_every_ == 0) save();
}

void Projections::fold_event(const Delivery& delivery) {
  const Event& event = delivery.event;
  const EventInfo info{delivery.step, event.key.at, event.key.from, event.to, delivery.dropped};
  for (const Entry& entry : entries_) {
    if (step_ <= entry.resumed) continue;
    for (const auto& handler : entry.type.handlers) {
      if (handler.message == event.kind) handler.fold(entry.projection, event.message, info);
    }
  }
}

void Projections::expect_whole() const {
  if (!failed_) return;
  throw ProjectionError(
      "the projections failed before and are not folded any further; begin with "
      "new ones");
}

/// Those that stand at the present step were folded over this history.
void Projections::check_resumed() const {
  for (const Entry& entry : entries_) {
    if (entry.resumed != step_ || entry.begun == step_ || entry.prefix == prefix_) continue;
    throw ProjectionError("at step " + std::to_string(step_) + " the history is another than the " +
                          "one " + in_words(entry.type) + " was folded over (prefix digest " +
                          to_string(prefix_) + ", not " + to_string(entry.prefix) + ")" +
                          rebuild(entry.file.get()));
  }
}

void Projections::expect_reached(Step end) const {
  for (const Entry& entry : entries_) {
    if (entry.resumed <= end) continue;
    throw ProjectionError(in_words(entry.type) + " stands at step " +
                          std::to_string(entry.resumed) + " and the history ends at step " +
                          std::to_string(end) + ": it was folded over another" +
                          rebuild(entry.file.get()));
  }
}

void Projections::save() {
  expect_whole();
  for (Entry& entry : entries_) {
    if (entry.file == nullptr || step_ <= entry.resumed) continue;
    Bytes bytes;
    Encoder out(bytes);
    out(layout, std::string(entry.type.name), entry.type.version, describe(*entry.type.fields),
        entry.begun, step_, prefix_.high, prefix_.low);
    entry.type.encode(entry.projection, out);
    entry.file->store(bytes);
  }
}

}  // namespace reprise
