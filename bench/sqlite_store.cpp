#include "bench/event_store.hpp"

#if defined(REPRISE_SQLITE)

#include <sqlite3.h>

#include <stdexcept>

namespace reprise::bench {

namespace {

constexpr std::uint64_t rows_a_transaction = 1000;

class SqliteStore : public EventStore {
 public:
  explicit SqliteStore(const std::filesystem::path& path) {
    expect(sqlite3_open(path.c_str(), &database_));
    run("PRAGMA journal_mode = WAL");
    run("PRAGMA synchronous = NORMAL");
    run("CREATE TABLE events (step INTEGER PRIMARY KEY, at INTEGER, hop INTEGER, sender INTEGER,"
        " seq INTEGER, receiver INTEGER, kind INTEGER,"
        " cause INTEGER, payload BLOB)");
    insert_ = prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
  }
  ~SqliteStore() override {
    sqlite3_finalize(insert_);
    sqlite3_finalize(select_);
    sqlite3_close(database_);
  }

  void append(std::span<const KeptEvent> events) override {
    for (const KeptEvent& event : events) {
      if (in_transaction_ == 0) run("BEGIN");
      payload_.clear();
      append_payload(event.payload, payload_);
      bind(1, event.step);
      bind(2, static_cast<std::uint64_t>(event.key.at.time_since_epoch().count()));
      bind(3, event.key.hop);
      bind(4, number(event.key.from));
      bind(5, event.key.seq);
      bind(6, number(event.to));
      bind(7, event_kind_index(event.payload.type()));
      bind(8, event.cause.value_or(0));
      sqlite3_bind_blob(insert_, 9, payload_.data(), static_cast<int>(payload_.size()),
                        SQLITE_STATIC);
      if (sqlite3_step(insert_) != SQLITE_DONE) expect(SQLITE_ERROR);
      expect(sqlite3_reset(insert_));
      if (++in_transaction_ == rows_a_transaction) commit();
    }
  }

  void finish() override {
    if (in_transaction_ != 0) commit();
    run("PRAGMA wal_checkpoint(TRUNCATE)");
    select_ = prepare("SELECT * FROM events WHERE step >= ? ORDER BY step");
  }

  void read(ReadSum& sum) override { read_from(0, ~std::uint64_t{0}, sum); }

  bool read_from(Step step, std::uint64_t count, ReadSum& sum) override {
    expect(sqlite3_bind_int64(select_, 1, static_cast<sqlite3_int64>(step)));
    for (; count != 0 && sqlite3_step(select_) == SQLITE_ROW; --count) {
      const auto* bytes = static_cast<const std::byte*>(sqlite3_column_blob(select_, 8));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(select_, 8));
      sum.add({.step = column(0),
               .key = {.at = Time(Duration(static_cast<std::int64_t>(column(1)))),
                       .hop = static_cast<std::uint32_t>(column(2)),
                       .from = AgentId{static_cast<std::uint32_t>(column(3))},
                       .seq = column(4)},
               .to = AgentId{static_cast<std::uint32_t>(column(5))},
               .kind = event_kinds()[column(6)]->id,
               .cause = column(7),
               .payload = std::span(bytes, size)});
    }
    expect(sqlite3_reset(select_));
    return true;
  }

 private:
  void expect(int result) const {
    if (result != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(database_));
  }
  void run(const char* statement) {
    expect(sqlite3_exec(database_, statement, nullptr, nullptr, nullptr));
  }
  sqlite3_stmt* prepare(const char* statement) {
    sqlite3_stmt* prepared = nullptr;
    expect(sqlite3_prepare_v2(database_, statement, -1, &prepared, nullptr));
    return prepared;
  }
  void bind(int place, std::uint64_t value) {
    expect(sqlite3_bind_int64(insert_, place, static_cast<sqlite3_int64>(value)));
  }
  std::uint64_t column(int place) const {
    return static_cast<std::uint64_t>(sqlite3_column_int64(select_, place));
  }
  void commit() {
    run("COMMIT");
    in_transaction_ = 0;
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* select_ = nullptr;
  std::uint64_t in_transaction_ = 0;
  Bytes payload_;
};

}  // namespace

std::unique_ptr<EventStore> sqlite_store(const std::filesystem::path& path) {
  return std::make_unique<SqliteStore>(path);
}

}  // namespace reprise::bench

#else

namespace reprise::bench {

std::unique_ptr<EventStore> sqlite_store(const std::filesystem::path&) {
  return nullptr;
}

}  // namespace reprise::bench

#endif
