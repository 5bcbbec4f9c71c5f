#include <catch2/catch.hpp>

#include "engine/operation_history.hpp"

namespace reprise::test {
namespace {

using What = OperationHistory::What;

TEST_CASE("a client notes its calls and what came of them") {
  OperationHistory history;
  CHECK_FALSE(history.open());
  history.call("get", "k");
  CHECK(history.open());
  history.ok("a");
  CHECK_FALSE(history.open());
  CHECK(history.count == 2);
  CHECK(history.recent[0].what == What::call);
  CHECK(history.recent[0].value.empty());
  CHECK(history.recent[1].what == What::ok);
  CHECK(history.recent[1].function == "get");
  CHECK(history.recent[1].key == "k");
  CHECK(history.recent[1].value == "a");

  history.call("put", "k", "b");
  history.fail();
  CHECK(history.recent.back().what == What::fail);
  CHECK(history.recent.back().value == "b");
}

TEST_CASE("a call while one is open makes that one unknown") {
  OperationHistory history;
  history.call("put", "k", "a");
  history.call("put", "k", "b");
  CHECK(history.count == 3);
  CHECK(history.recent[1].what == What::info);
  CHECK(history.recent[1].value == "a");
  CHECK(history.recent[2].what == What::call);
  CHECK(history.open());
}

TEST_CASE("a history keeps the last few events and counts all") {
  OperationHistory history;
  for (int i = 0; i < 10; ++i) {
    history.call("put", "k", std::to_string(i));
    history.ok();
  }
  CHECK(history.count == 20);
  CHECK(history.recent.size() == OperationHistory::recent_max);
  CHECK(history.recent.back().value == "9");
}

}  // namespace
}  // namespace reprise::test
