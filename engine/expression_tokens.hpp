#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "engine/expression.hpp"

/// The words of the expression language.
namespace reprise {

struct Token {
  enum class Kind : std::uint8_t {
    end,
    name,     ///< also in backquotes
    keyword,  ///< and or not in matches true false
    number,   ///< an integer, a real or a duration
    text,     ///< in quotes, single or double
    sign      ///< an operator, a bracket, a comma or a dot
  };

  Kind kind = Kind::end;
  std::string_view source{};  ///< As it is written; of a text, what is between the quotes.
  std::size_t offset = 0;     ///< Where it begins, in bytes, the quotes included.
  std::size_t end = 0;        ///< Where it ends.
  Value number{};

  bool is(Kind which, std::string_view what) const { return kind == which && source == what; }
  bool is_sign(std::string_view what) const { return is(Kind::sign, what); }
  bool is_keyword(std::string_view what) const { return is(Kind::keyword, what); }
};

/// Takes an expression apart, a word at a time.
class Tokens {
 public:
  /// `text` must outlive it. Throws ExpressionError, as take() does.
  explicit Tokens(std::string_view text);

  const Token& peek() const { return next_; }
  Token take();

  /// Throws ExpressionError for the place `offset`.
  [[noreturn]] void fail(std::size_t offset, const std::string& reason) const;

  /// What a text stands for, its escapes undone.
  std::string unescaped(const Token& text) const;

 private:
  Token read();
  Token read_number();
  Token read_quoted(char quote);
  Token read_sign();
  Token token(Token::Kind kind, std::size_t begin) const;
  std::size_t word_end(std::size_t begin) const;

  std::string_view text_;
  std::size_t at_ = 0;
  Token next_;
};

}  // namespace reprise
