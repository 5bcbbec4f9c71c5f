#include "scenarios/input_error.hpp"

#include <catch2/catch.hpp>
#include <string>

namespace reprise {
namespace {

TEST_CASE("an input error says place and reason and remedy") {
  const InputError error("thin.toml:14:1", "unknown option 'limt'", "did you mean 'limit'?");
  CHECK(std::string(error.what()) ==
        "thin.toml:14:1: unknown option 'limt'; did you mean 'limit'?");
  CHECK(error.place() == "thin.toml:14:1");
  CHECK(error.reason() == "unknown option 'limt'");
  CHECK(error.remedy() == "did you mean 'limit'?");
}

TEST_CASE("after a reason that ends with a question the remedy is a sentence of its own") {
  CHECK(std::string(InputError("a:1", "did you mean 'b'?", "correct the line").what()) ==
        "a:1: did you mean 'b'? Correct the line");
  const InputError error("thin.toml:3:1", "unknown kind 'stoen'; did you mean 'stone'?",
                         "`reprise kinds` lists them");
  CHECK(std::string(error.what()) ==
        "thin.toml:3:1: unknown kind 'stoen'; did you mean 'stone'? `reprise kinds` lists them");
}

TEST_CASE("an input error leaves out the parts that are empty") {
  CHECK(std::string(InputError("--seed", "not a number").what()) == "--seed: not a number");
  CHECK(std::string(InputError("", "nothing to run", "name a file").what()) ==
        "nothing to run; name a file");
  CHECK(std::string(InputError("", "nothing to run").what()) == "nothing to run");
  CHECK(std::string(InputError("a.toml", "").what()) == "a.toml");
}

}  // namespace
}  // namespace reprise
