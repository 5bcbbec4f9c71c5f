#include "tools/lab/sweep_state.hpp"

#include "engine/codec.hpp"
#include "replay/file.hpp"
#include "tools/lab/state_file.hpp"

namespace reprise {

Digest identity_of(const SweepPlan& plan, const Catalog& catalog,
                   const std::vector<std::string>& command) {
  Digester digester;
  digester(command, plan.seeds.first, plan.seeds.last, plan.digests, plan.until_fail.value_or(0));
  digester(plan.measures.texts, plan.measures.every, plan.measures.warmup,
           static_cast<std::uint64_t>(plan.measures.batches));
  add_identity(digester, plan.feeds);
  for (const SweepPoint& point : plan.points) {
    digester(point.scenario.seed);
    add_identity(digester, point.scenario, point.limit, catalog);
  }
  return digester.digest();
}

void save_progress(const std::filesystem::path& path, const Digest& identity,
                   const SweepProgress& progress) {
  Bytes bytes;
  Encoder out(bytes);
  out(progress);
  save_state(path, "sweep", identity, bytes);
}

std::optional<SweepProgress> load_progress(const std::filesystem::path& path,
                                           const Digest& identity) {
  const std::optional<Bytes> bytes = load_state(path, "sweep", identity, "--artifacts");
  if (!bytes) return std::nullopt;
  SweepProgress progress;
  try {
    Decoder in(*bytes);
    in(progress);
    in.expect_end();
  } catch (const DecodeError& error) {
    throw FileError(path.string() + ": is damaged (" + error.what() +
                    "); remove it, and begin again without --resume");
  }
  return progress;
}

}  // namespace reprise
