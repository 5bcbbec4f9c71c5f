#include "tools/lab/kept_failures.hpp"

#include <system_error>

#include "tools/lab/artifacts.hpp"
#include "tools/lab/run_failure.hpp"
#include "tools/output.hpp"

namespace reprise {

std::filesystem::path KeptFailures::journal_of(const std::string& fingerprint) const {
  return folder_ / (short_name(fingerprint) + ".rpj");
}

void KeptFailures::keep(const std::string& fingerprint,
                        const std::function<KeptRun(const std::filesystem::path&)>& live) {
  make_folder(folder_);
  const std::filesystem::path journal = journal_of(fingerprint);
  const KeptRun kept = live(journal);
  if (kept == KeptRun::another) {
    differs_ = true;
    call_.complain(journal.string() + ": the run that failed (" + printable(fingerprint) +
                   ") went another way when it was lived again: it is not deterministic; "
                   "`reprise check` says why");
  }
  if (kept != KeptRun::interrupted) return;
  cut_ = true;
  std::error_code none;
  std::filesystem::remove(journal, none);
}

}  // namespace reprise
