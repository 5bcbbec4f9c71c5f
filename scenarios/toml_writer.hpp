#pragma once

#include <boost/json/object.hpp>
#include <string>

namespace reprise {

/// `document` as TOML that read_toml() reads back the same: first what is neither a table nor a
/// list of tables, then each of those under its own [header], all in the order in which they are
/// there. What lies deeper is written inline. Throws std::invalid_argument for what TOML does not
/// know: a null, an integer above 2^63 - 1.
std::string toml_text(const boost::json::object& document);

}  // namespace reprise
