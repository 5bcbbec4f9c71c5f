#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/catalog.hpp"
#include "engine/time.hpp"
#include "engine/type.hpp"
#include "scenarios/scenario_tree.hpp"

namespace reprise {

/// One table of a scenario, read key by key. Whatever does not fit is an InputError with the place
/// of the value.
class Table {
 public:
  /// The table `value` at `path`; messages call it `what`: "an agent". `tree` must outlive it.
  Table(const ScenarioTree& tree, std::string path, const boost::json::value& value,
        std::string what);

  /// Refuses every key but these.
  void only(std::span<const std::string> keys) const;

  bool has(std::string_view key) const { return object_->contains(key); }

  /// The value of `key`; the other readers take it from here. Throws if it is not there.
  const boost::json::value& at(std::string_view key) const;

  std::string text(std::string_view key) const;
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  bool boolean(std::string_view key) const;
  std::vector<std::string> texts(std::string_view key) const;

  /// The tables in the list at `key`, each of which messages call `what`.
  std::vector<Table> tables(std::string_view key, const std::string& what) const;

  /// Text with a unit, 0 or more: "10min".
  Duration duration(std::string_view key) const;

  /// Sets the fields of `object`, a record of `type`, from `value` at `key`. Messages speak of a
  /// `noun` of `owner`: "unknown option 'limt' of momentum_trader; did you mean 'limit'?".
  void fill(std::string_view key, const boost::json::value& value, const Type& type, void* object,
            const std::string& noun, const std::string& owner) const;

  const boost::json::object& object() const { return *object_; }
  const ScenarioTree& tree() const { return tree_; }

  /// Where the value of `key` is; without a key, where the table is.
  std::string path(std::string_view key) const {
    if (key.empty()) return path_;
    return path_.empty() ? std::string(key) : path_ + '.' + std::string(key);
  }

  /// Where the table, or the value of `key` in it, is from.
  std::string place() const { return tree_.place(path_); }
  std::string place(std::string_view key) const { return tree_.place(path(key)); }

  /// Whether an override gave the value of `key`.
  bool changed(std::string_view key) const { return tree_.changed(path(key)); }

  [[noreturn]] void refuse(std::string_view key, std::string reason, std::string remedy = "") const;

 private:
  [[noreturn]] void wrong_type(std::string_view key, std::string_view expected) const;
  void check_fields(const Type& type, const boost::json::value& value, const std::string& path,
                    const std::string& noun, const std::string& owner) const;

  const ScenarioTree& tree_;
  std::string path_;
  const boost::json::object* object_;
  std::string what_;
};

/// The tables of the list at `key`, "agent": an empty list if it is not there.
std::vector<Table> tables(const ScenarioTree& tree, const std::string& key,
                          const std::string& what);

/// The kind of message that `kind` in the table names, which is one that may come from outside.
const MessageType& message_kind(const Table& table, const Catalog& catalog);

}  // namespace reprise
