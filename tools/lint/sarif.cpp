#include "tools/lint/sarif.hpp"

#include <boost/json/array.hpp>
#include <string>
#include <string_view>

#include "tools/version.hpp"

namespace reprise {

namespace json = boost::json;

namespace {

json::object text(std::string_view words) {
  return {{"text", words}};
}

/// A path as a URI reference (RFC 3986).
std::string uri_of(std::string_view path) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    if (plain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      uri += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return uri;
}

json::object rule_json(std::string_view name, std::string_view about, std::string_view remedy) {
  return {{"id", name},
          {"shortDescription", text(about)},
          {"help", text(remedy)},
          {"defaultConfiguration", json::object{{"level", "error"}}}};
}

json::object result_json(const lint::Finding& finding) {
  json::object place{{"artifactLocation", json::object{{"uri", uri_of(finding.file)}}},
                     {"region", json::object{{"startLine", finding.line}}}};
  json::array locations;
  locations.push_back(json::object{{"physicalLocation", std::move(place)}});
  return {{"ruleId", finding.rule},
          {"level", "error"},
          {"message", text(finding.what + "; " + finding.remedy)},
          {"locations", std::move(locations)}};
}

}  // namespace

json::object sarif_log(std::span<const lint::Rule> rules, std::span<const lint::Finding> findings) {
  json::array described;
  for (const lint::Rule& rule : rules) {
    described.push_back(rule_json(rule.name, rule.about, rule.remedy));
  }
  described.push_back(
      rule_json(lint::excuse_rule, lint::excuse_about, "give the reason, or take the excuse out"));
  json::array results;
  for (const lint::Finding& finding : findings) results.push_back(result_json(finding));
  json::object driver{{"name", "reprise lint"}, {"version", version}, {"rules", described}};
  json::array runs;
  runs.push_back(json::object{{"tool", json::object{{"driver", std::move(driver)}}},
                              {"results", std::move(results)}});
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", std::move(runs)}};
}

}  // namespace reprise
