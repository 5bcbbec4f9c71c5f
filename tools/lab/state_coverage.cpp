#include "tools/lab/state_coverage.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "engine/block.hpp"
#include "tools/output.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

constexpr int one_filling = 0x5a;
constexpr int other_filling = 0xa5;

std::size_t rounded_up(std::size_t size, std::size_t alignment) {
  return (size + alignment - 1) / alignment * alignment;
}

/// An agent in memory that was filled before.
class FilledAgent {
 public:
  template <class Make>
  FilledAgent(const AgentType& type, int filling, const Make& make)
      : type_(type), memory_(allocate_block(type.bytes, type.alignment)) {
    std::memset(memory_.get(), filling, type.bytes);
    make(memory_.get());
  }
  ~FilledAgent() { type_.destroy(memory_.get()); }
  FilledAgent(const FilledAgent&) = delete;
  FilledAgent& operator=(const FilledAgent&) = delete;

  std::byte* get() const { return memory_.get(); }

 private:
  const AgentType& type_;
  Block memory_;
};

/// Which bytes an agent has written when it is there, however its memory was filled before.
template <class Make>
std::vector<bool> written_by(const AgentType& type, const Make& make) {
  const FilledAgent one(type, one_filling, make);
  const FilledAgent other(type, other_filling, make);
  std::vector<bool> written(type.bytes);
  for (std::size_t i = 0; i < type.bytes; ++i) {
    // A pointer to itself differs, and is written.
    written[i] =
        one.get()[i] != std::byte{one_filling} || other.get()[i] != std::byte{other_filling};
  }
  return written;
}

class Survey {
 public:
  explicit Survey(const AgentType& type)
      : agent_(type, 0, type.create),
        made_(written_by(type, type.create)),
        copied_(written_by(type, [&](void* where) { type.copy(where, agent_.get()); })) {
    coverage_.bytes = type.bytes;
    visit(*type.fields, agent_.get(), type.bytes, {});
  }

  StateCoverage coverage() { return std::move(coverage_); }

 private:
  std::size_t place(const void* address) const {
    return static_cast<std::size_t>(static_cast<const std::byte*>(address) - agent_.get());
  }

  void visit(const Type& type, void* object, std::size_t size, const std::string& path) {
    if (type.shape != Shape::record && type.shape != Shape::pair) {
      coverage_.digested += size;
      return;
    }
    const std::size_t begin = place(object);
    std::size_t end = begin;  // of the fields so far
    std::string last = path;
    for (const Field& field : type.fields) {
      void* address = field.address(object);
      between(type, end, place(address), field.type->alignment, last);
      last = (path.empty() ? "" : path + ".") + std::string(field.name);
      visit(*field.type, address, field.type->memory, last);
      end = place(address) + field.type->memory;
    }
    between(type, end, begin + size, type.alignment, last);
  }

  /// What lies between two fields of `record`, the second of which may lie at multiples of
  /// `alignment`.
  void between(const Type& record, std::size_t begin, std::size_t end, std::size_t alignment,
               const std::string& after) {
    if (begin >= end) return;
    const std::size_t count = end - begin;
    const bool empty_record = record.fields.empty() && count == 1;
    const bool explained = rounded_up(begin, alignment) == end || empty_record;
    if (explained && (record.complete || left_alone(begin, end))) {
      coverage_.padding += count;
      return;
    }
    const bool partly = std::count(made_.begin() + static_cast<std::ptrdiff_t>(begin),
                                   made_.begin() + static_cast<std::ptrdiff_t>(end),
                                   true) != static_cast<std::ptrdiff_t>(count);
    coverage_.unnamed.push_back({begin, count, after, !explained || partly});
  }

  /// Whether making an agent or copying one writes none of the bytes.
  bool left_alone(std::size_t begin, std::size_t end) const {
    const auto none = [&](const std::vector<bool>& written) {
      return std::none_of(written.begin() + static_cast<std::ptrdiff_t>(begin),
                          written.begin() + static_cast<std::ptrdiff_t>(end),
                          [](bool each) { return each; });
    };
    return none(made_) || none(copied_);
  }

  FilledAgent agent_;
  std::vector<bool> made_;
  std::vector<bool> copied_;
  StateCoverage coverage_;
};

}  // namespace

bool StateCoverage::whole() const {
  return std::ranges::none_of(unnamed, &UnnamedBytes::certain);
}

StateCoverage coverage_of(const AgentType& type) {
  return Survey(type).coverage();
}

json::object to_json(const StateCoverage& coverage) {
  json::array unnamed;
  for (const UnnamedBytes& each : coverage.unnamed) {
    unnamed.push_back(json::object{{"first", each.first},
                                   {"count", each.count},
                                   {"after", each.after},
                                   {"certain", each.certain}});
  }
  return {{"bytes", coverage.bytes},
          {"digested", coverage.digested},
          {"padding", coverage.padding},
          {"not_digested", std::move(unnamed)}};
}

std::vector<KindUse> kinds_in(const Simulation& world) {
  std::map<std::string, KindUse> kinds;
  for (std::uint32_t i = 1; i <= world.agent_count(); ++i) {
    const AgentId id{i};
    const AgentType& type = world.type_of_agent(id);
    KindUse& use = kinds.try_emplace(type.name, KindUse{.type = &type}).first->second;
    const std::optional<std::uint64_t> drawn = world.stream(id).drawn_since(world.first_stream(id));
    const bool first = use.agents == use.reseeded;
    ++use.agents;
    if (!drawn) {
      ++use.reseeded;
      continue;
    }
    use.drawn += *drawn;
    use.least = first ? *drawn : std::min(use.least, *drawn);
    use.most = std::max(use.most, *drawn);
  }
  std::vector<KindUse> all;
  for (const auto& [name, use] : kinds) all.push_back(use);
  return all;
}

json::object to_json(const KindUse& use) {
  json::object all{{"kind", use.type->name}, {"agents", use.agents}};
  for (auto& [key, value] : to_json(coverage_of(*use.type))) all[key] = value;
  all["draws"] = json::object{{"words", use.drawn}, {"least", use.least}, {"most", use.most}};
  if (use.reseeded != 0) all["reseeded"] = use.reseeded;
  return all;
}

std::vector<std::string> lines_of(const StateCoverage& coverage) {
  std::vector<std::string> lines{counted(coverage.bytes, "byte") + ", " +
                                 std::to_string(coverage.digested) + " in the digest, " +
                                 std::to_string(coverage.padding) + " of padding"};
  for (const UnnamedBytes& each : coverage.unnamed) {
    const std::string where =
        each.after.empty() ? "before its first field" : "behind " + each.after;
    lines.push_back(counted(each.count, "byte") + " from " + std::to_string(each.first) + " on, " +
                    where + ", " + (each.certain ? "are" : "may be") +
                    " of members that REPRISE_FIELDS does not name: not digested, saved or shown");
  }
  return lines;
}

}  // namespace reprise
