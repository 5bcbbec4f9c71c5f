#include "tools/new_project.hpp"

#include <array>

namespace reprise {

namespace {

constexpr std::string_view agents = R"text(#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string_view>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"

/// Cars that come to a landing, and the ferry that takes them across.
namespace ferry {

/// A car has come to the landing.
struct Car {
  static constexpr std::string_view kind = "ferry.car";
  REPRISE_FIELDS()
};

/// The next car comes: a timer of the road.
struct NextCar {
  static constexpr std::string_view kind = "ferry.next_car";
  REPRISE_FIELDS()
};

/// It is time to leave: a timer of the ferry.
struct Departure {
  static constexpr std::string_view kind = "ferry.departure";
  REPRISE_FIELDS()
};

/// From outside: the ferry stays where it is for a while.
struct Storm {
  static constexpr std::string_view kind = "ferry.storm";
  reprise::Duration lasts{};
  REPRISE_FIELDS(lasts)
};

/// Brings cars to the ferry at random times.
struct Road {
  static constexpr std::string_view about = "brings cars to the ferry at random times";
  using Handles = reprise::Messages<reprise::Start, NextCar>;

  struct Options {
    static constexpr reprise::About about[] = {{"gap", "The mean time from car to car."}};

    reprise::Duration gap = std::chrono::seconds(40);
    REPRISE_FIELDS(gap)

    void validate() const {
      if (gap <= reprise::Duration::zero()) throw std::invalid_argument("gap must be above 0");
    }
  };

  Options options{};
  reprise::AgentId ferry{};
  std::uint64_t brought = 0;
  REPRISE_FIELDS(options, ferry, brought)

  void on(const reprise::Start&, reprise::Context& world) {
    ferry = world.find("ferry");
    wait_for_next(world);
  }

  void on(const NextCar&, reprise::Context& world) {
    ++brought;
    world.send(ferry, Car{});
    wait_for_next(world);
  }

 private:
  void wait_for_next(reprise::Context& world) {
    const reprise::Duration gap = world.random().exponential(options.gap);
    world.wake(gap, NextCar{});
  }
};

/// Leaves at fixed times with as many cars as it has places for.
struct Ferry {
  static constexpr std::string_view about = "takes waiting cars across at fixed times";
  using Handles = reprise::Messages<reprise::Start, Car, Departure, Storm>;

  struct Options {
    static constexpr reprise::About about[] = {{"places", "How many cars it takes."},
                                               {"every", "From one departure to the next."}};

    std::uint64_t places = 20;
    reprise::Duration every = std::chrono::minutes(10);
    REPRISE_FIELDS(places, every)

    void validate() const {
      if (every <= reprise::Duration::zero()) throw std::invalid_argument("every must be above 0");
    }
  };

  Options options{};
  std::uint64_t waiting = 0;
  std::uint64_t carried = 0;
  std::uint64_t queue_max = 0;  ///< The most cars that a departure has left behind.
  reprise::Time calm_from{};    ///< When the storm ends.
  REPRISE_FIELDS(options, waiting, carried, queue_max, calm_from)

  void on(const reprise::Start&, reprise::Context& world) { world.wake(options.every, Departure{}); }

  void on(const Car&, reprise::Context&) { ++waiting; }

  void on(const Departure&, reprise::Context& world) {
    if (world.now() >= calm_from) {
      const std::uint64_t aboard = std::min(waiting, options.places);
      waiting -= aboard;
      carried += aboard;
    }
    queue_max = std::max(queue_max, waiting);
    world.wake(options.every, Departure{});
  }

  void on(const Storm& storm, reprise::Context& world) { calm_from = world.now() + storm.lasts; }
};

}  // namespace ferry
)text";

constexpr std::string_view program = R"text(#include "ferry.hpp"
#include "tools/cli.hpp"

int main(int argc, char** argv) {
  return reprise::cli(argc, argv, [](reprise::Catalog& catalog) {
    catalog.add<ferry::Road>("road");
    catalog.add<ferry::Ferry>("ferry");
  });
}
)text";

constexpr std::string_view cmake = R"text(cmake_minimum_required(VERSION 3.25)
project(ferry LANGUAGES CXX)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo)
endif()

# CMAKE_PREFIX_PATH says where reprise is installed.
find_package(reprise REQUIRED)

add_executable(ferry main.cpp)
target_link_libraries(ferry PRIVATE reprise::cli)
)text";

constexpr std::string_view scenario =
    R"text(# A day at the landing. At eight in the morning a storm keeps the ferry where it is for two hours.
name  = "ferry"
seed  = 1
until = "24h"

[[agent]]
name    = "road"
kind    = "road"
options = { gap = "40s" }

[[agent]]
name    = "ferry"
kind    = "ferry"
options = { places = 20, every = "10min" }

[[input]]
at   = "8h"
to   = "ferry"
send = { kind = "ferry.storm", lasts = "2h" }

# How the run ends, on every machine. `ferry run ferry.toml` says what is when something has changed.
[expect]
always = ["ferry.waiting <= 300"]
at_end = ["ferry.carried + ferry.waiting == road.brought"]
steps  = 4_481
prefix = "3b5ae83b21c0feca759872bd364cdfd8"
state  = "12a0779b63cfb900922bce212232691b"
)text";

constexpr std::string_view script = R"text(#!/bin/sh
# For any CI, and for you before you push: the agents are built and linted, the scenario is run and must
# end as it says, and be the same whatever changes around it. Exit status 0: all of it holds.
set -eu
cd "$(dirname "$0")"
cmake -S . -B build
cmake --build build
build/ferry lint .
build/ferry check ferry.toml
)text";

constexpr std::string_view workflow =
    R"text(# On each push: is what the agents compute still what the scenario says, and the same every time?
#
# The variable REPRISE_REPOSITORY of this repository (Settings, Actions, Variables) says where reprise
# comes from: OWNER/NAME on GitHub.
name: determinism
on: [push, pull_request]
permissions:
  contents: read
jobs:
  determinism:
    runs-on: ubuntu-latest
    container: debian:12
    steps:
      - run: apt-get update && apt-get install --yes --no-install-recommends ca-certificates git
      - uses: actions/checkout@v4
      - uses: actions/checkout@v4
        with:
          repository: ${{ vars.REPRISE_REPOSITORY }}
          path: .reprise
      - uses: ./.reprise/tools/ci/determinism-action
        with:
          sources: .
          build: cmake -S . -B build && cmake --build build
          program: build/ferry
          scenarios: ferry.toml
)text";

constexpr std::string_view ignored = R"text(/build/
/determinism/
*.rpj
)text";

constexpr std::string_view readme = R"text(# ferry

Cars come to a landing at random times, and a ferry takes them across. It is a world of
reprise: a deterministic simulation, whose every run can be lived again bit for bit.

    cmake -S . -B build -DCMAKE_PREFIX_PATH=PREFIX    # where reprise is installed
    cmake --build build
    build/ferry run ferry.toml                        # runs, records ferry.rpj, and compares with [expect]
    build/ferry verify ferry.rpj                      # lives it again and compares every step
    build/ferry lint .                                # what in the sources could make two runs differ
    build/ferry check ferry.toml                      # [expect], and the run again under perturbations
    ./ci.sh                                           # builds, lints and checks

| file | what it is |
|---|---|
| `ferry.hpp` | the agents: what they listen to, their options, their state, their handlers |
| `ferry.toml` | the scenario: who lives in the world, what comes from outside, how it ends |
| `main.cpp` | the program: the whole command line of reprise, with these agents |
| `ci.sh`, `.github/workflows/determinism.yml` | what checks it |

`build/ferry help` has every command. When you change an agent, the run ends otherwise than `[expect]`
says: `check` prints both, and if that is what you meant, `check --update` writes the new digests there.
When you change what an agent does, also give it a `static constexpr std::uint16_t version`, one higher each time, so that
journals from before are refused and not merely found to differ.
)text";

constexpr std::array files{
    ProjectFile{"CMakeLists.txt", cmake},
    ProjectFile{"README.md", readme},
    ProjectFile{"ferry.hpp", agents},
    ProjectFile{"ferry.toml", scenario},
    ProjectFile{"main.cpp", program},
    ProjectFile{"ci.sh", script, true},
    ProjectFile{".github/workflows/determinism.yml", workflow},
    ProjectFile{".gitignore", ignored},
};

}  // namespace

std::span<const ProjectFile> new_project() {
  return files;
}

}  // namespace reprise
