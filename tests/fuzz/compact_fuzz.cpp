// A sealed journal, written again in larger frames: it says the same.
#include "replay/compaction.hpp"

#include "replay/recorded_events.hpp"
#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

/// The digest of all events, as far as they are told.
Digest events_of(const Journal& journal) {
  Digester digest;
  RecordedEvents events(journal);
  while (const auto event = events.next()) {
    digest(event->step, event->key.at, event->key.hop, event->key.from, event->key.seq, event->to,
           event->kind, event->dropped, event->cause.value_or(0));
    if (!event->payload.empty()) digest.write(event->payload.data(), event->payload.size());
  }
  return digest.digest();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::TempDir folder;
  static MemoryFile memory;
  memory.set(sealed_again({reinterpret_cast<const char*>(data), size}));
  try {
    const Journal journal(memory.path());
    compact(journal, folder.path() / "a.rpj", true);
    const Journal compacted(folder.path() / "a.rpj");
    compacted.check();
    expect(compacted.identity() == journal.identity(), "compaction keeps the identity");
    expect(compacted.inputs() == journal.inputs() && compacted.events() == journal.events() &&
               compacted.checkpoints() == journal.checkpoints() &&
               compacted.keyframes() == journal.keyframes(),
           "compaction keeps every record");
    expect(events_of(compacted) == events_of(journal), "compaction keeps the events");
  } catch (const JournalError&) {
  }
  return 0;
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int) {
  size = LLVMFuzzerMutate(data, size, max_size);
  return mutated(data, size, max_size, [](std::string_view bytes) { return resealed(bytes); });
}

std::vector<std::string> reprise::fuzz::seeds() {
  const std::string journal = plain_journal(false);
  const FrameBody first = first_body(journal, FrameType::events);
  FrameSpan later = first.span;
  later.first_step = first.span.last_step + 10;
  later.last_step = later.first_step + later.count - 1;
  return {journal, header_frame(),
          resealed(journal + plain_frame(FrameType::events, false, later, first.body))};
}
