#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

#include "engine/decimal.hpp"

namespace reprise::market {

/// Prices, quantities and money count in units of 10^-market_scale: 61685.99 is 6168599000000.
inline constexpr int market_scale = 8;

/// One whole of it: 1.00.
inline constexpr std::int64_t market_unit = 100'000'000;

/// What one whole unit of the traded thing costs, in units of 10^-8 of the currency.
using Price = std::int64_t;

/// How much of the traded thing, in units of 10^-8 of it.
using Quantity = std::int64_t;

/// How much of the currency, in units of 10^-8 of it.
using Money = std::int64_t;

/// The largest price or quantity that an option may name: 10^9 whole units. Sums and differences of
/// a few such stay within 64 bits.
inline constexpr std::int64_t market_amount_max = 1'000'000'000 * market_unit;

/// Throws std::invalid_argument that names the option unless `amount` is at most that.
inline void expect_amount(const char* option, std::int64_t amount) {
  if (amount > market_amount_max) {
    throw std::invalid_argument(std::string(option) + " must be at most " +
                                std::to_string(market_amount_max));
  }
}

/// What `quantity` costs at `price`, rounded half to even: for -quantity it is exactly the
/// opposite. Throws std::overflow_error if it does not fit.
inline Money worth(Price price, Quantity quantity) {
  return multiply_decimal(price, quantity, market_scale);
}

}  // namespace reprise::market
