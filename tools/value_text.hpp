#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <span>
#include <string>

#include "engine/expression.hpp"
#include "engine/world_expression.hpp"

/// Values of expressions as programs and persons read them.
namespace reprise {

/// Unknown is null; an integer that no JSON reader expects, of more than 64 bits, becomes text.
boost::json::value json_of(const Value& value);

/// Text without its quotes; `unknown` for what is not known.
std::string text_of(const Value& value, const char* unknown);

/// "exchange.bid = 5, event.kind = \"market.trade\"": text in quotes, what is not known "unknown".
std::string text_of(std::span<const NamedValue> values);

boost::json::object json_of(std::span<const NamedValue> values);

}  // namespace reprise
