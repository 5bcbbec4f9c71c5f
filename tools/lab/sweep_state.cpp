#include "tools/lab/sweep_state.hpp"

#include <array>
#include <cstring>
#include <system_error>

#include "engine/codec.hpp"
#include "replay/file.hpp"
#include "replay/journal.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/scenario_run.hpp"
#include "tools/version.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

/// The beginning of the file: who wrote it, and in what form.
constexpr std::array<char, 16> magic = {'r', 'e', 'p', 'r', 'i', 's', 'e', ' ',
                                        's', 'w', 'e', 'e', 'p', ' ', '1', '\n'};

/// What follows it: the digest of all behind it, the identity, the progress.
struct Kept {
  Digest identity;
  SweepProgress progress;

  template <class Archive>
  void serialize(Archive& archive) {
    archive(identity.high, identity.low, progress);
  }
};

constexpr std::size_t head_bytes = magic.size() + 2 * sizeof(std::uint64_t);

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw FileError(path.string() + ": " + why);
}

}  // namespace

Digest identity_of(const SweepPlan& plan, const Catalog& catalog,
                   const std::vector<std::string>& command) {
  Digester digester;
  digester(std::string(version), command, plan.seeds.first, plan.seeds.last, plan.digests,
           plan.until_fail.value_or(0));
  digester(plan.measures.texts, plan.measures.every, plan.measures.warmup,
           static_cast<std::uint64_t>(plan.measures.batches), plan.feeds.files,
           plan.feeds.skip_errors);
  for (const SweepPoint& point : plan.points) {
    const std::unique_ptr<Simulation> world = build_world(point.scenario, catalog);
    const JournalHeader header = header_of(point.scenario, *world);
    digester(header.schema, header.scenario, header.overrides, point.scenario.seed,
             point.limit.until.time_since_epoch(), point.limit.steps);
    const Expectations& expect = point.scenario.expect;
    digester(expect.steps, expect.prefix ? to_string(*expect.prefix) : "",
             expect.state ? to_string(*expect.state) : "");
    digester(expect.quiet);
    for (const auto* rules : {&expect.always, &expect.never, &expect.eventually,
                              &expect.eventually_after_quiet, &expect.at_end, &expect.sometimes}) {
      digester(static_cast<std::uint64_t>(rules->size()));
      for (const ExpectedExpression& each : *rules) digester(each.text);
    }
    digester(static_cast<std::uint64_t>(expect.leads_to.size()));
    for (const ExpectedResponse& each : expect.leads_to) {
      digester(each.from.text, each.to.text, each.within);
    }
    digester(static_cast<std::uint64_t>(expect.properties.size()));
    for (const ExpectedProperty& each : expect.properties) digester(each.type->name);
  }
  return digester.digest();
}

void save_progress(const fs::path& path, const Digest& identity, const SweepProgress& progress) {
  Bytes bytes;
  Encoder out(bytes);
  out(Kept{identity, progress});
  const Digest digest = digest_of(bytes);
  Bytes head;
  Encoder head_out(head);
  head_out.write(magic.data(), magic.size());
  head_out(digest.high, digest.low);
  make_folder(path.parent_path());
  const fs::path beside = path.string() + ".new";
  std::error_code none;
  fs::remove(beside, none);  // of a sweep that was killed while it wrote
  OutputFile file(beside, true);
  file.append(head);
  file.append(bytes);
  file.close();
  std::error_code error;
  fs::rename(beside, path, error);
  if (error) throw FileError(path.string() + ": cannot be written: " + error.message());
}

std::optional<SweepProgress> load_progress(const fs::path& path, const Digest& identity) {
  std::error_code unknown;
  if (!fs::exists(path, unknown)) return std::nullopt;
  const InputFile file(path);
  Bytes bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(0, bytes));
  const std::span<const std::byte> all(bytes);
  if (bytes.size() < head_bytes || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    refuse(path, "is no state of a sweep; name another folder with --artifacts, or remove it");
  }
  Kept kept;
  try {
    Digest digest;
    Decoder head(all.subspan(magic.size()));
    head(digest.high, digest.low);
    if (digest != digest_of(all.subspan(head_bytes))) throw DecodeError("its checksum is wrong");
    Decoder in(all.subspan(head_bytes));
    in(kept);
    in.expect_end();
  } catch (const DecodeError& error) {
    refuse(path, std::string("is damaged (") + error.what() +
                     "); remove it, and begin again without --resume");
  }
  if (kept.identity != identity) {
    refuse(path,
           "is of another sweep: another scenario, other options or another program; give the "
           "options that it began with, begin again without --resume, or name another folder with "
           "--artifacts");
  }
  return kept.progress;
}

}  // namespace reprise
