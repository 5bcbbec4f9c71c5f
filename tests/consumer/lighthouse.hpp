#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "engine/context.hpp"
#include "engine/control.hpp"
#include "engine/fields.hpp"

namespace harbour {

/// The lamp has come round.
struct Turn {
  static constexpr std::string_view kind = "harbour.turn";
  static constexpr std::uint16_t version = 1;
  std::uint64_t number = 0;
  REPRISE_FIELDS(number)
};

/// Light that reaches a ship.
struct Flash {
  static constexpr std::string_view kind = "harbour.flash";
  static constexpr std::uint16_t version = 1;
  std::uint64_t number = 0;
  REPRISE_FIELDS(number)
};

/// Hears flashes and remembers the last.
struct Ship {
  using Handles = reprise::Messages<Flash>;

  std::uint64_t heard = 0;
  std::uint64_t last = 0;
  REPRISE_FIELDS(heard, last)

  void on(const Flash& flash, reprise::Context&) {
    ++heard;
    last = flash.number;
  }
};

/// Flashes at the ship once every period; the light needs `haze` to get there.
struct Lighthouse {
  using Handles = reprise::Messages<reprise::Start, Turn>;

  struct Options {
    reprise::Duration period = std::chrono::seconds(10);    ///< From one flash to the next.
    reprise::Duration haze = std::chrono::milliseconds(1);  ///< From the lamp to the ship.
    REPRISE_FIELDS(period, haze)
  };

  Options options;
  reprise::AgentId ship{};
  std::uint64_t flashes = 0;
  REPRISE_FIELDS(options, ship, flashes)

  void on(const reprise::Start&, reprise::Context& world) {
    ship = world.find("ship");
    world.wake(options.period, Turn{1});
  }

  void on(const Turn& turn, reprise::Context& world) {
    ++flashes;
    world.send(ship, Flash{turn.number}, options.haze);
    world.wake(options.period, Turn{turn.number + 1});
  }
};

}  // namespace harbour
