#include "agents/standard_catalog.hpp"
#include "lighthouse.hpp"
#include "tools/cli.hpp"

int main(int argc, char** argv) {
  auto catalog = reprise::standard_catalog();
  catalog.add<harbour::Lighthouse>("lighthouse");
  catalog.add<harbour::Ship>("ship");
  return reprise::cli(argc, argv, catalog);
}
