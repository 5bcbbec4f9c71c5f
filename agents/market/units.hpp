#pragma once

#include <cstdint>

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

/// What `quantity` costs at `price`, rounded half to even: for -quantity it is exactly the
/// opposite. Throws std::overflow_error if it does not fit.
inline Money worth(Price price, Quantity quantity) {
  return multiply_decimal(price, quantity, market_scale);
}

}  // namespace reprise::market
