#pragma once

#include "engine/catalog.hpp"

/// Agents with all that agents must not have: what a check of determinism is checked with.
namespace reprise {

/// Adds
///   trickster  says a word to itself every millisecond; at some of them (`first` to `last`, the
///              fiftieth alone if nobody says) it adds to its field `seen` what its `trick` sees:
///              the wall clock, an address, the environment and so on; `silent` hides that in its
///              words;
///   forgetful  remembers what it names in no field;
///   fragile    fails at the fiftieth word.
/// The fiftieth word is heard at step 51, and the word of step 52 shows it.
void add_planted_agents(Catalog& catalog);

/// While it lives, this process stands for one that another compiler built, and that hears more
/// from outside: the tricks contraction, draw_order and unrecorded_input do otherwise.
class OtherBuild {
 public:
  OtherBuild();
  ~OtherBuild();
  OtherBuild(const OtherBuild&) = delete;
  OtherBuild& operator=(const OtherBuild&) = delete;

  static bool stands_in();
};

}  // namespace reprise
