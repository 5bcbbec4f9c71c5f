// The text of an expression: read or refused with a column, and evaluated.
#include "engine/expression.hpp"

#include <limits>

#include "tests/fuzz/fuzz.hpp"

namespace {

using namespace reprise;

/// Knows three names, each of a type of its own, and one of any.
class SomeNames final : public Vocabulary, public Values {
 public:
  ValueType type_of(const Path& path) const override {
    const std::string& name = path.front().text;
    if (name == "price") return ValueType::number;
    if (name == "kind") return ValueType::text;
    if (name == "dropped") return ValueType::boolean;
    if (name == "any") return ValueType::any;
    throw PathError(0, "there is no such name");
  }

  Value at(const Path& path) const override {
    const std::string& name = path.front().text;
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
          R"(dropped or kind in ["a", "b"] and 1h + 5ms < price)"};
}
