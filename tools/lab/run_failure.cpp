#include "tools/lab/run_failure.hpp"

#include "engine/digest.hpp"
#include "tools/readable.hpp"

namespace reprise {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

/// `text` with `mark` in place of each number: digits that no word begins with, with the sign, the
/// fraction, the exponent or the unit that they have.
std::string without_numbers(const std::string& text, char mark) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const char before = i == 0 ? ' ' : text[i - 1];
    const bool sign = text[i] == '-' && !is_word(before) && i + 1 < text.size();
    if (is_word(before) || !is_digit(text[sign ? i + 1 : i])) {
      plain += text[i++];
      continue;
    }
    plain += mark;
    i += sign ? 1 : 0;
    while (i < text.size() &&
           (is_word(text[i]) || (text[i] == '.' && i + 1 < text.size() && is_digit(text[i + 1])))) {
      ++i;
    }
  }
  return plain;
}

/// `text` with * for whatever stands in a pair of double quotes.
std::string without_quotations(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t end = text[i] == '"' ? text.find('"', i + 1) : std::string::npos;
    if (end == std::string::npos) {
      plain += text[i++];
    } else {
      plain += "\"*\"";
      i = end + 1;
    }
  }
  return plain;
}

/// What it did, with another name and reason for those of the agent.
std::string sentence(const RunFailure& failure, const std::string& agent,
                     const std::string& reason) {
  if (failure.agent.empty()) {
    return failure.what + (failure.property.empty() ? "" : " '" + failure.property + '\'') + ' ' +
           reason;
  }
  return agent + " fails on " + failure.message + ": " + reason;
}

}  // namespace

std::string fingerprint_of(const RunFailure& failure) {
  return sentence(failure, without_numbers(failure.agent, '*'),
                  without_numbers(without_quotations(failure.reason), '#'));
}

std::string in_words(const RunFailure& failure) {
  if (!failure.words.empty()) return failure.words;
  return sentence(failure, failure.agent, failure.reason) + " at step " +
         std::to_string(failure.step) + ", " + readable(failure.at);
}

std::string short_name(const std::string& fingerprint) {
  return to_string(digest_of(fingerprint)).substr(0, 8);
}

}  // namespace reprise
