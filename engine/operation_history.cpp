#include "engine/operation_history.hpp"

#include <utility>

#include "engine/assert.hpp"

namespace reprise {

void OperationHistory::call(std::string_view function, std::string_view key,
                            std::string_view value) {
  if (open()) info();
  note({What::call, std::string(function), std::string(key), std::string(value)});
}

void OperationHistory::ok(std::string_view value) {
  end(What::ok);
  recent.back().value = value;
}

void OperationHistory::end(What what) {
  REPRISE_ASSERT(open());
  Event event = recent.back();
  event.what = what;
  note(std::move(event));
}

void OperationHistory::note(Event event) {
  if (recent.size() == recent_max) recent.erase(recent.begin());
  recent.push_back(std::move(event));
  ++count;
}

}  // namespace reprise
