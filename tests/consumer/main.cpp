#include "lighthouse.hpp"
#include "tools/cli.hpp"

int main(int argc, char** argv) {
  return reprise::cli(argc, argv, [](reprise::Catalog& catalog) {
    catalog.add<harbour::Lighthouse>("lighthouse");
    catalog.add<harbour::Ship>("ship");
  });
}
