// The text of an expression: read or refused with a column, and evaluated.
#include "engine/expression.hpp"

#include <limits>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace reprise;

/// Knows three names, each of a type of its own, one of any, and one of a group of three.
class SomeNames final : public Vocabulary, public Values {
 public:
  Term term(const Path& path) const override {
    const std::string& name = path.front().text;
    if (name == "price") return {.path = path, .type = ValueType::number};
    if (name == "kind") return {.path = path, .type = ValueType::text};
    if (name == "dropped") return {.path = path, .type = ValueType::boolean};
    if (name == "any") return {.path = path};
    if (name == "each") return {.path = path, .type = ValueType::number, .group = 0};
    throw PathError(0, "there is no such name");
  }

  std::size_t members(std::size_t) const override { return 3; }

  Value at(const Term& term, std::size_t member) const override {
    const Path& path = term.path;
    const std::string& name = path.front().text;
    if (name == "each") return WideInteger{member};
    if (name == "price") return WideInteger{std::numeric_limits<std::int64_t>::min()};
    if (name == "kind") return std::string("market.trade");
    if (name == "dropped") return true;
    if (path.size() > 1) return 0.5;
    return Unknown{};
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const SomeNames names;
  try {
    const Expression expression(text, names);
    fuzz::expect(expression.holds(names) == expression.holds(names), "an expression is pure");
  } catch (const ExpressionError& error) {
    fuzz::expect(error.column >= 1 && error.column <= size + 1,
                 "an error points into the expression");
  }
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  return {R"(kind == "market.trade" and price > 5)",
          R"(not (price * 3 - -2 / 7 % 5 <= 1e3) or kind matches "m.*[a-z]{2}$")",
          R"(any in [1, 2.5, "a", true] or any[3].b["x y"] != 9223372036854775807)",
          R"(dropped or kind in ["a", "b"] and 1h + 5ms < price)",
          R"(count(each > 1) == 1 and sum(each * price) < max(each) or all(each >= any))"};
}
