#include "tools/lab/perturbation.hpp"

#include <algorithm>
#include <cfenv>
#include <clocale>
#include <cstring>
#include <ctime>
#include <fstream>
#include <locale>

#include "engine/random.hpp"
#include "tools/command.hpp"

#ifndef __has_feature
#define __has_feature(feature) 0
#endif

namespace reprise {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool heap_of_its_own = true;  // which the tunables of the C library do not reach
#else
constexpr bool heap_of_its_own = false;
#endif

bool cpu_has_fma() {
  std::ifstream facts("/proc/cpuinfo");
  for (std::string line; std::getline(facts, line);) {
    if (line.starts_with("flags")) return (line + ' ').find(" fma ") != std::string::npos;
  }
  return false;
}

/// Numbers as they are written in much of the world: 1.234,5.
class DecimalComma final : public std::numpunct<char> {
  char do_decimal_point() const override { return ','; }
  char do_thousands_sep() const override { return '.'; }
  std::string do_grouping() const override { return "\3"; }
};

/// The heap as after a long life: of many blocks of all small sizes, filled with a pattern, most
/// have been freed in no order.
std::vector<std::unique_ptr<unsigned char[]>> churned(std::uint64_t seed) {
  constexpr std::size_t blocks = 40'000;
  constexpr int pattern = 0xa7;
  Random random(seed, "check/addresses");
  std::vector<std::unique_ptr<unsigned char[]>> all;
  all.reserve(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    const std::int64_t most = i % 16 == 0 ? 8'192 : 512;
    const auto size = static_cast<std::size_t>(random.uniform(1, most));
    all.push_back(std::make_unique_for_overwrite<unsigned char[]>(size));
    std::memset(all.back().get(), pattern, size);
  }
  for (std::size_t i = blocks - 1; i != 0; --i) {
    const auto other = static_cast<std::size_t>(random.uniform(0, static_cast<std::int64_t>(i)));
    std::swap(all[i], all[other]);
  }
  all.resize(blocks / 8);  // which keep the others apart
  return all;
}

}  // namespace

const PerturbationFacts& facts_of(Perturbation perturbation) {
  return *std::ranges::find(perturbations, perturbation, &PerturbationFacts::what);
}

bool has(const Perturbations& all, Perturbation perturbation) {
  return std::ranges::find(all, perturbation) != all.end();
}

std::string without_effect(Perturbation perturbation) {
  const bool of_the_heap =
      perturbation == Perturbation::heap || perturbation == Perturbation::addresses;
  if (of_the_heap && heap_of_its_own) return "a sanitizer's heap is not that of the C library";
  if (perturbation == Perturbation::cpu && !cpu_has_fma()) return "this processor has no FMA";
  return "";
}

std::string names_of(const Perturbations& all) {
  std::string names;
  for (const Perturbation each : all) {
    names += (names.empty() ? "" : ",") + std::string(facts_of(each).name);
  }
  return names;
}

Perturbation perturbation_named(std::string_view name) {
  const auto found = std::ranges::find(perturbations, name, &PerturbationFacts::name);
  if (found != perturbations.end()) return found->what;
  std::string known;
  for (const PerturbationFacts& each : perturbations) known += ' ' + std::string(each.name);
  throw UsageError("there is no perturbation '" + std::string(name) + "'; there are" + known);
}

Perturbations perturbations_named(std::string_view names) {
  Perturbations all;
  while (!names.empty()) {
    const std::size_t end = std::min(names.find(','), names.size());
    all.push_back(perturbation_named(names.substr(0, end)));
    names.remove_prefix(std::min(end + 1, names.size()));
  }
  return all;
}

std::vector<std::pair<std::string, std::string>> environment_of(const Perturbations& all) {
  std::vector<std::pair<std::string, std::string>> variables;
  std::string tunables;
  const auto tune = [&](const char* tunable) {
    tunables += (tunables.empty() ? "" : ":") + std::string(tunable);
  };
  // Blocks that a thread's cache gives out are not filled, so there is none.
  if (has(all, Perturbation::heap)) {
    tune("glibc.malloc.perturb=181");
    tune("glibc.malloc.tcache_count=0");
  }
  if (has(all, Perturbation::addresses)) {  // large blocks lie below those before them
    tune("glibc.malloc.mmap_threshold=8192");
    tune("glibc.malloc.top_pad=1048576");
  }
  if (has(all, Perturbation::cpu)) tune("glibc.cpu.hwcaps=-FMA,-FMA4,-AVX,-AVX2,-AVX512F");
  if (!tunables.empty()) variables.emplace_back("GLIBC_TUNABLES", tunables);
  if (has(all, Perturbation::locale)) variables.emplace_back("LC_ALL", "de_DE.UTF-8");
  if (has(all, Perturbation::timezone)) variables.emplace_back("TZ", "CHECK-13:45");
  if (has(all, Perturbation::environment)) {
    variables.emplace_back("REPRISE_CHECK_PADDING", std::string(100'000, 'x'));
  }
  return variables;
}

struct ProcessPerturbed::Kept {
  std::vector<std::unique_ptr<unsigned char[]>> blocks;
  std::locale before;
  std::string c_before;
};

ProcessPerturbed::ProcessPerturbed(const Perturbations& all, std::uint64_t seed)
    : kept_(std::make_unique<Kept>()) {
  if (has(all, Perturbation::addresses) || has(all, Perturbation::heap)) {
    kept_->blocks = churned(seed);
  }
  if (!has(all, Perturbation::locale)) return;
  kept_->c_before = std::setlocale(LC_ALL, nullptr);
  for (const char* name : {"de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "C.UTF-8"}) {
    if (std::setlocale(LC_ALL, name) != nullptr) break;
  }
  kept_->before = std::locale::global(std::locale(std::locale(), new DecimalComma));
}

ProcessPerturbed::~ProcessPerturbed() {
  if (kept_->c_before.empty()) return;
  std::locale::global(kept_->before);
  std::setlocale(LC_ALL, kept_->c_before.c_str());
}

struct RoundingPerturbed::Before {
  std::fenv_t state;
};

RoundingPerturbed::RoundingPerturbed(bool wanted) {
  if (!wanted) return;
  before_ = std::make_unique<Before>();
  std::fegetenv(&before_->state);
  std::fesetround(FE_UPWARD);
#ifdef __SSE2__
  constexpr unsigned to_zero = 0x8040;  // results and operands
  __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | to_zero);
#endif
}

RoundingPerturbed::~RoundingPerturbed() {
  if (before_) std::fesetenv(&before_->state);
}

}  // namespace reprise
