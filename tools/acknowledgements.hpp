#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace reprise {

/// The answers to live producers: a JSON object a line, in the order of what they answer, each
/// written when the inputs before it are durable.
class Acknowledgements {
 public:
  /// Appends to `file`; "/dev/fd/3" is what the caller has open there. Without one nothing is
  /// written. Throws FileError.
  explicit Acknowledgements(const std::optional<std::string>& file);
  ~Acknowledgements();
  Acknowledgements(const Acknowledgements&) = delete;
  Acknowledgements& operator=(const Acknowledgements&) = delete;

  /// An answer, to be given once so many inputs of the journal are durable.
  void add(const boost::json::object& answer, std::uint64_t inputs);

  /// Gives the answers that wait for no more than `inputs` durable ones. Throws FileError.
  void give(std::uint64_t inputs);

 private:
  struct Waiting {
    std::uint64_t inputs = 0;
    std::string line;
  };

  std::string file_;
  int descriptor_ = -1;
  std::deque<Waiting> waiting_;
};

}  // namespace reprise
