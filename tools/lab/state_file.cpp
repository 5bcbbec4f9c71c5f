#include "tools/lab/state_file.hpp"

#include <cstring>
#include <span>
#include <system_error>

#include "replay/file.hpp"
#include "replay/journal.hpp"
#include "tools/lab/artifacts.hpp"
#include "tools/scenario_run.hpp"
#include "tools/text_file.hpp"
#include "tools/version.hpp"

namespace reprise {

namespace fs = std::filesystem;

namespace {

/// The beginning of the file: who wrote it, and in what form. The digest of all behind it follows,
/// then the identity and the state.
std::string magic_of(std::string_view work) {
  std::string magic = "reprise " + std::string(work);
  magic.resize(16, ' ');
  return magic + "2\n";
}

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw FileError(path.string() + ": " + why);
}

}  // namespace

void add_identity(Digester& digester, const Scenario& scenario, const RunLimit& limit,
                  const Catalog& catalog) {
  const std::unique_ptr<Simulation> world = build_world(scenario, catalog);
  const JournalHeader header = header_of(scenario, *world);
  digester(std::string(version), header.schema, header.scenario, header.overrides,
           limit.until.time_since_epoch(), limit.steps);
  const Expectations& expect = scenario.expect;
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

void add_identity(Digester& digester, const FeedOptions& feeds) {
  digester(feeds.files, feeds.skip_errors);
}

void save_state(const fs::path& path, std::string_view work, const Digest& identity,
                const Bytes& state) {
  Bytes body;
  Encoder out(body);
  out(identity.high, identity.low);
  body.insert(body.end(), state.begin(), state.end());
  const Digest digest = digest_of(body);
  const std::string magic = magic_of(work);
  Bytes head;
  Encoder head_out(head);
  head_out.write(magic.data(), magic.size());
  head_out(digest.high, digest.low);
  body.insert(body.begin(), head.begin(), head.end());
  make_folder(path.parent_path());
  write_file(path, {reinterpret_cast<const char*>(body.data()), body.size()});
}

std::optional<Bytes> load_state(const fs::path& path, std::string_view work, const Digest& identity,
                                std::string_view folder_option) {
  std::error_code unknown;
  if (!fs::exists(path, unknown)) return std::nullopt;
  const InputFile file(path);
  Bytes bytes(static_cast<std::size_t>(file.size()));
  bytes.resize(file.read(0, bytes));
  const std::span<const std::byte> all(bytes);
  const std::string magic = magic_of(work);
  const std::size_t digest_end = magic.size() + 2 * sizeof(std::uint64_t);
  const std::size_t head_bytes = digest_end + 2 * sizeof(std::uint64_t);
  if (bytes.size() < head_bytes || std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) {
    refuse(path, "is no state of such a " + std::string(work) + "; name another folder with " +
                     std::string(folder_option) + ", or remove it");
  }
  Digest digest;
  Digest kept;
  Decoder head(all.subspan(magic.size(), head_bytes - magic.size()));
  head(digest.high, digest.low, kept.high, kept.low);
  if (digest != digest_of(all.subspan(digest_end))) {
    refuse(path, "is damaged (its checksum is wrong); remove it, and begin again without --resume");
  }
  if (kept != identity) {
    refuse(path, "is of another " + std::string(work) +
                     ": another scenario, other options or another program; give the options that "
                     "it began with, begin again without --resume, or name another folder with " +
                     std::string(folder_option));
  }
  return Bytes(bytes.begin() + static_cast<std::ptrdiff_t>(head_bytes), bytes.end());
}

}  // namespace reprise
