// A history of clients: read or refused with a place, and judged.
#include <algorithm>

#include "scenarios/input_error.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tools/lab/edn.hpp"
#include "tools/lab/linearizability.hpp"

namespace {

using namespace reprise;

constexpr std::size_t memory_bytes_max = std::size_t{8} << 20;

/// What is canonical once stays as it is.
void read_elements(std::string_view text) {
  try {
    EdnReader reader(text);
    while (const auto element = reader.next()) {
      const std::string canonical = edn_canonical(*element);
      EdnReader again(canonical);
      const auto same = again.next();
      fuzz::expect(same && edn_canonical(*same) == canonical, "EDN reads what it wrote");
    }
  } catch (const EdnError& error) {
    fuzz::expect(error.offset() <= text.size(), "an error points into the text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_elements(text);
  try {
    const ClientHistory history = read_history(text, "fuzz");
    int asked = 0;
    const Judgement judgement = judge(
        history, {.memory_bytes_max = memory_bytes_max, .stop = [&] { return ++asked > 100; }});
    fuzz::expect(
        judgement.offending.has_value() == (judgement.verdict == Verdict::not_linearizable),
        "a no has its reason");
    if (!judgement.offending) return 0;
    const OffendingPart& part = *judgement.offending;
    fuzz::expect(std::ranges::find(part.operations, part.failing) != part.operations.end(),
                 "what fails is a part of the reason");
    const Verdict alone =
        judge(history_of(part, history), {.memory_bytes_max = memory_bytes_max}).verdict;
    fuzz::expect(!part.minimal || alone != Verdict::linearizable, "the reason is one by itself");
  } catch (const InputError& error) {
    fuzz::expect(error.place().starts_with("fuzz") && !error.remedy().empty(),
                 "an error has its place and its remedy");
  }
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  return {
      R"({:process 0, :type :invoke, :f :append, :key "0", :value "x 0 0 y"}
{:process 1, :type :invoke, :f :get, :key "0", :value nil}
{:process 0, :type :ok, :f :append, :key "0", :value "x 0 0 y"}
{:process 1, :type :ok, :f :get, :key "0", :value ""}
{:process 1, :type :invoke, :f :get, :key "0", :value nil}
{:process 1, :type :ok, :f :get, :key "0", :value ""}
)",
      R"([#jepsen.history.Op{:index 0, :time 12, :type :invoke, :process 0, :f :write, :value [7 1]}
 {:type :info, :process :nemesis, :f :start, :value #{"n1" \a 1.5e3 #_ 4 "\u00e9"}}
 {:type :info, :process 0, :f :write, :value [7 1], :error [:timeout]} ; comment
 {:type :invoke, :process 1, :f :cas, :value [7 [1 2]]}
 {:type :ok, :process 1, :f :cas, :value [7 [1 2]]}
 {:type :invoke, :process 1, :f :read, :value [7 nil]}
 {:type :ok, :process 1, :f :read, :value [7 2]}])",
      "INFO  jepsen.util - 0\t:invoke\t:read\tnil\n"
      "INFO  jepsen.util - 1\t:invoke\t:cas\t[1 2]\n"
      "INFO  jepsen.util - 1\t:info\t:cas\t:timed-out\n"
      "INFO  jepsen.core - nothing\n"
      "INFO  jepsen.util - 0\t:ok\t:read\t2\n"};
}
