#include "tools/cli.hpp"
#include "tools/lab/planted_agents.hpp"

int main(int argc, char** argv) {
  return reprise::cli(argc, argv, reprise::add_planted_agents);
}
