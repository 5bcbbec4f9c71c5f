#include "tools/expression_text.hpp"

namespace reprise {

UsageError refusal_of(std::string_view where, const std::string& text,
                      const ExpressionError& error) {
  std::string line = text;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return UsageError(std::string(where) + ": " + error.what() + "\n  " + line + "\n  " +
                    std::string(error.column - 1, ' ') + '^');
}

WorldExpression read_world_expression(std::string_view where, const std::string& text,
                                      const Simulation& world, ValueType wanted) {
  try {
    return WorldExpression(text, world, wanted);
  } catch (const ExpressionError& error) {
    throw refusal_of(where, text, error);
  }
}

}  // namespace reprise
