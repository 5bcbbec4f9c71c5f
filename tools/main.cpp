#include "agents/standard_catalog.hpp"
#include "tools/cli.hpp"

int main(int argc, char** argv) {
  return reprise::cli(argc, argv, reprise::standard_catalog());
}
