#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace reprise {

/// Wrong input from a user, met where it comes in: a file, a scenario, a flag, a feed. Its message
/// is ready to print: "place: reason; remedy", without the parts that are empty. After a
/// reason that ends with a question the remedy is a sentence of its own.
class InputError : public std::runtime_error {
 public:
  InputError(std::string place, std::string reason, std::string remedy = "")
      : std::runtime_error(message(place, reason, remedy)),
        place_(std::move(place)),
        reason_(std::move(reason)),
        remedy_(std::move(remedy)) {}

  /// Where: "thin_market.toml:14:1", "--seed".
  const std::string& place() const { return place_; }
  /// What is wrong there.
  const std::string& reason() const { return reason_; }
  /// What to do about it.
  const std::string& remedy() const { return remedy_; }

 private:
  static std::string message(const std::string& place, const std::string& reason,
                             const std::string& remedy) {
    std::string text = place;
    if (!text.empty() && !reason.empty()) text += ": ";
    text += reason;
    if (text.empty() || remedy.empty()) return text + remedy;
    if (!text.ends_with('?')) return text + "; " + remedy;
    const char first = remedy.front();
    return text + ' ' +
           (first >= 'a' && first <= 'z' ? static_cast<char>(first - 'a' + 'A') : first) +
           remedy.substr(1);
  }

  std::string place_;
  std::string reason_;
  std::string remedy_;
};

}  // namespace reprise
