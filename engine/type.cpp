#include "engine/type.hpp"

namespace reprise {

std::string describe(const Type& type) {
  switch (type.shape) {
    case Shape::record: {
      std::string text = "{";
      for (const Field& field : type.fields) {
        if (text.size() > 1) text += ',';
        text += std::string(field.name) + ':' + describe(*field.type);
      }
      return text + '}';
    }
    case Shape::enumeration: {
      std::string text = type.name + '(';
      bool first = true;
      for (std::size_t value = 0; value < type.enumerators.size(); ++value) {
        if (type.enumerators[value].empty()) continue;
        if (!first) text += ',';
        first = false;
        text += std::string(type.enumerators[value]) + '=' + std::to_string(value);
      }
      return text + ')';
    }
    case Shape::list:
      if (type.fixed_size != 0) {
        return "array<" + describe(*type.element) + ',' + std::to_string(type.fixed_size) + '>';
      }
      return "list<" + describe(*type.element) + '>';
    case Shape::optional:
      return "optional<" + describe(*type.element) + '>';
    case Shape::set:
      return "set<" + describe(*type.element) + '>';
    case Shape::map:
      return "map<" + describe(*type.key) + ',' + describe(*type.element) + '>';
    case Shape::pair:
      return "pair<" + describe(*type.fields[0].type) + ',' + describe(*type.fields[1].type) + '>';
    default:
      return type.name;
  }
}

}  // namespace reprise
