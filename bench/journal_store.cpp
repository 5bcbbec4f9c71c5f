#include <optional>

#include "bench/event_store.hpp"
#include "replay/journal_reader.hpp"
#include "replay/journal_writer.hpp"
#include "replay/recorded_events.hpp"

namespace reprise::bench {

namespace {

class JournalStore : public EventStore {
 public:
  explicit JournalStore(const std::filesystem::path& path)
      : path_(path), writer_(path, event_stream_header(), ScenarioSource{}, true) {}

  void append(std::span<const KeptEvent> events) override {
    for (const KeptEvent& each : events) {
      const Event event(each.key, each.to, each.payload);
      writer_.add(Delivery{each.step, event}, each.cause);
    }
  }

  void finish() override {
    writer_.seal({});
    journal_.emplace(path_);
    events_.emplace(*journal_);
  }

  void read(ReadSum& sum) override {
    events_->seek(Step{0});
    while (const auto event = events_->next()) sum.add(*event);
  }

  bool read_from(Step step, std::uint64_t count, ReadSum& sum) override {
    events_->seek(step);
    for (std::uint64_t i = 0; i < count; ++i) sum.add(*events_->next());
    return true;
  }

 private:
  std::filesystem::path path_;
  JournalWriter writer_;
  std::optional<Journal> journal_;
  std::optional<RecordedEvents> events_;
};

}  // namespace

std::unique_ptr<EventStore> journal_store(const std::filesystem::path& path) {
  return std::make_unique<JournalStore>(path);
}

}  // namespace reprise::bench
