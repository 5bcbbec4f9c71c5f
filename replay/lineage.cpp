#include "replay/lineage.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>
#include <ranges>
#include <string>
#include <utility>
#include <vector>

#include "replay/history.hpp"
#include "replay/parent.hpp"
#include "replay/records.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t salt_offset = 24;  // in the head of any frame: the name begins with it
constexpr std::size_t salt_bytes = 8;
constexpr const char* help =
    "put the journal that it was forked from beside it, or say where it is with --parents";

/// Whether the file may be the journal of that name: looks at a few bytes.
bool may_be(const fs::path& file, const Sha256& name) {
  if (!is_journal(file)) return false;
  std::array<std::byte, salt_bytes> salt{};
  try {
    if (InputFile(file).read(salt_offset, salt) != salt.size()) return false;
  } catch (const FileError&) {
    return false;
  }
  return std::memcmp(salt.data(), name.data(), salt.size()) == 0;
}

void add_candidates(const fs::path& place, const Sha256& name, std::vector<fs::path>& found) {
  std::error_code unknown;
  std::vector<fs::path> files;
  if (fs::is_directory(place, unknown)) {
    for (fs::directory_iterator file(place, unknown), end; !unknown && file != end;
         file.increment(unknown)) {
      files.push_back(file->path().lexically_normal());  // no "./"
    }
    std::ranges::sort(files);  // a folder has no order of its own
  } else {
    files.push_back(place);
  }
  for (const fs::path& file : files) {
    if (may_be(file, name)) found.push_back(file);
  }
}

Bytes encoded_without_parent(JournalHeader header) {
  header.parent.reset();
  Bytes bytes;
  Encoder out(bytes);
  encode_header(out, header);
  return bytes;
}

/// Why the trail of `parent` does not lead to what `link` says; empty if it does, as far as its
/// checkpoints tell.
std::string against_trail(const Journal& parent, const ParentLink& link) {
  RecordedCheckpoints checkpoints(parent);
  const Step begin = checkpoints.seek(link.step);
  const std::optional<RecordedCheckpoint> checkpoint = checkpoints.next();
  const bool proved = checkpoint && (checkpoint->step == link.step || link.step > begin);
  if (!proved && !parent.gaps().empty()) return "";  // what proved it is lost
  if (!checkpoint) return "holds no checkpoint at or after step " + std::to_string(link.step);
  const std::string other = "has another history up to step " + std::to_string(link.step);
  if (checkpoint->step != link.step) {
    const auto low = static_cast<std::uint8_t>(link.prefix.low);
    if (link.step <= begin) return "has no trail at step " + std::to_string(link.step);
    return checkpoint->trail[link.step - begin - 1] == low ? "" : other;
  }
  return checkpoint->prefix == link.prefix ? "" : other;
}

std::vector<FrameEntry>::const_iterator first_checkpoints(const Journal& journal) {
  return std::ranges::find(journal.frames(), FrameType::checkpoints, &FrameEntry::type);
}

/// Why `parent` is not what `branch` names; empty if it is.
std::string against(const Journal& parent, const Journal& branch) {
  const ParentLink& link = *branch.header().parent;
  if (parent.name() != link.header) return "is another journal";
  if (encoded_without_parent(parent.header()) != encoded_without_parent(branch.header())) {
    return "is of another scenario, seed or kinds than the branch";
  }
  const std::optional<ParentLink>& grandparent = parent.header().parent;
  if (grandparent && link.step < grandparent->step) {
    return "begins at step " + std::to_string(grandparent->step) + ", after step " +
           std::to_string(link.step) + ", at which the branch leaves it";
  }
  const bool unproved = parent.checkpoints() == 0 && parent.gaps().empty();
  if (unproved || link.step > parent.last_step()) {
    return "ends at step " + std::to_string(parent.last_step()) + ", before step " +
           std::to_string(link.step) + ", at which the branch leaves it";
  }
  const std::string other_inputs = "holds other inputs up to step " + std::to_string(link.step);
  if (link.input_count > parent.inputs()) return other_inputs;
  const FirstInputs inputs = first_inputs(parent, link.input_count);
  if (inputs.digest != link.inputs) return other_inputs;
  // Of the checkpoints only a branch's first knows edits after its step, and those up to its time.
  const bool edited = inputs.last_after == link.step;
  const auto first = first_checkpoints(parent);
  const bool at_its_first = grandparent && link.step == grandparent->step &&
                            first != parent.frames().end() &&
                            inputs.last_at <= first->span.first_at;
  return edited && !at_its_first ? "" : against_trail(parent, link);
}

/// Its first checkpoint is that of the step at which it leaves its parent.
void expect_begun(const Journal& branch) {
  const auto first = first_checkpoints(branch);
  if (first == branch.frames().end()) {
    throw JournalError(branch.path().string(), "was cut off before anything of it was proved",
                       "fork it again");
  }
  const Step step = branch.header().parent->step;
  if (first->span.first_step == step && branch.last_step() >= step) return;
  if (first->span.first_step == step && !branch.gaps().empty()) {
    throw JournalError(branch.path().string(),
                       "lost the inputs right after step " + std::to_string(step) +
                           ", at which it begins, so nothing of it can be lived again",
                       "fork it again");
  }
  throw JournalError(branch.place(*first), "damaged: the checkpoint of step " +
                                               std::to_string(first->span.first_step) +
                                               " is not that of step " + std::to_string(step) +
                                               ", at which the branch begins");
}

/// The parent of the last of `line`, each of which is the parent of the one before.
std::shared_ptr<Journal> parent_of(std::span<const std::shared_ptr<Journal>> line,
                                   std::span<const fs::path> places) {
  const Journal& branch = *line.back();
  const ParentLink& link = *branch.header().parent;
  std::vector<fs::path> all;
  for (const auto& each : line | std::views::reverse) {
    const fs::path folder = each->path().parent_path();
    all.push_back(folder.empty() ? fs::path(".") : folder);
  }
  all.insert(all.end(), places.begin(), places.end());
  std::vector<fs::path> candidates;
  for (auto place = all.begin(); place != all.end(); ++place) {
    if (std::find(all.begin(), place, *place) != place) continue;
    add_candidates(*place, link.header, candidates);
  }
  // Several may hold the same history: the one that it was forked from goes first.
  const auto is_called_so = [&](const fs::path& file) {
    return file.filename() == branch.source().file;
  };
  std::stable_partition(candidates.begin(), candidates.end(), is_called_so);
  std::string reasons;
  for (const fs::path& file : candidates) {
    std::string reason;
    try {
      auto parent = std::make_shared<Journal>(file);
      reason = against(*parent, branch);
      if (reason.empty()) return parent;
      reason = file.string() + ' ' + reason;
    } catch (const JournalError& error) {
      reason = error.what();
    } catch (const FileError& error) {
      reason = error.what();
    }
    reasons += (reasons.empty() ? "" : "; ") + reason;
  }
  const std::string name = to_string(link.header);
  if (candidates.empty()) {
    throw ParentError(branch, true,
                      "is a branch, and its parent is missing: a journal with the header " + name +
                          ", called " + branch.source().file + " when it was forked");
  }
  throw ParentError(branch, false, "is a branch, and its parent is not what it was: " + reasons);
}

}  // namespace

ParentError::ParentError(const Journal& branch, bool is_missing, const std::string& reason)
    : JournalError(branch.path().string(), reason, help), missing(is_missing) {}

std::shared_ptr<Journal> open_parent(const std::shared_ptr<Journal>& branch,
                                     std::span<const fs::path> places) {
  expect_begun(*branch);
  return parent_of({&branch, 1}, places);
}

FirstInputs first_inputs(const Journal& journal, std::uint64_t count) {
  FirstInputs first;
  Sha256Stream stream;
  FrameBodies bodies(journal, FrameType::inputs);
  while (count != 0) {
    const std::optional<Bytes> body = bodies.next();
    if (!body) {
      throw JournalError(journal.path().string(), "holds fewer inputs than are asked for");
    }
    if (bodies.entry().span.count < count) {
      count -= bodies.entry().span.count;
      stream.add(*body);
      continue;
    }
    try {
      Decoder in(*body);
      for (; count != 0; --count) {
        const Input last = decode_input(in).input;
        first.last_after = last.after;
        first.last_at = last.at;
      }
      stream.add(std::span<const std::byte>(*body).first(body->size() - in.remaining()));
    } catch (const DecodeError& error) {
      throw JournalError(bodies.place(), error.what());
    }
  }
  first.digest = stream.digest();
  return first;
}

Journal open_history(const fs::path& path, std::span<const fs::path> places) {
  std::vector<std::shared_ptr<Journal>> line{std::make_shared<Journal>(path)};
  while (line.back()->header().parent) {
    const Journal& branch = *line.back();
    expect_begun(branch);
    if (line.size() > ancestors_max) {
      throw JournalError(
          path.string(),
          "is a branch with more than " + std::to_string(ancestors_max) + " ancestors",
          "`reprise flatten` one of them and fork that");
    }
    line.push_back(parent_of(line, places));
  }
  for (std::size_t i = line.size() - 1; i-- > 0;) line[i]->set_parent(line[i + 1]);
  return std::move(*line.front());
}

}  // namespace reprise
