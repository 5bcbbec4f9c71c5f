#include "timeline/input_difference.hpp"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "replay/records.hpp"

namespace reprise {

namespace {

constexpr std::size_t unmatched_max = 1'000'000;

/// The inputs of a history, without the kinds that one has to know to live it.
class ToldInputs {
 public:
  explicit ToldInputs(const Journal& journal) : stretches_(stretches_of(journal)) { open(0); }

  std::optional<ToldInput> next() {
    while (given_ >= stretches_[place_].inputs) open(place_ + 1);
    while (done_ == body_.size()) {
      std::optional<Bytes> body = bodies_->next();
      if (!body) return std::nullopt;
      body_ = std::move(*body);
      done_ = 0;
    }
    Decoder in(std::span<const std::byte>(body_).subspan(done_));
    try {
      const RecordedInput recorded = decode_input(in);
      done_ = body_.size() - in.remaining();
      ++given_;
      const Input& input = recorded.input;
      return ToldInput{.number = ++number_,
                       .at = input.at,
                       .after = input.after,
                       .to = input.to,
                       .kind = recorded.kind,
                       .version = recorded.version,
                       .payload = {recorded.payload.begin(), recorded.payload.end()},
                       .producer = input.producer,
                       .producer_seq = input.producer_seq,
                       .key = input.key};
    } catch (const DecodeError& error) {
      throw JournalError(bodies_->place(), std::string("damaged: ") + error.what());
    }
  }

 private:
  void open(std::size_t place) {
    place_ = place;
    bodies_.emplace(*stretches_[place].journal, FrameType::inputs);
    body_.clear();
    done_ = 0;
    given_ = 0;
  }

  std::vector<Stretch> stretches_;
  std::size_t place_ = 0;
  std::optional<FrameBodies> bodies_;
  Bytes body_;
  std::size_t done_ = 0;
  std::uint64_t given_ = 0;
  std::uint64_t number_ = 0;
};

/// What is to be the same.
auto content_of(const ToldInput& input) {
  return std::tie(input.at, input.after, input.to, input.kind, input.version, input.payload);
}

auto names_of(const ToldInput& input) {
  return std::tie(input.producer, input.producer_seq, input.key);
}

/// By what an input is known in the other history.
std::string identity_of(const ToldInput& input) {
  Bytes bytes;
  Encoder out(bytes);
  out(input.producer, input.producer_seq, input.key);
  if (input.producer_seq == 0 && input.key.empty()) {
    out(input.at, input.after, input.to, input.kind, input.version);
    out(std::string(reinterpret_cast<const char*>(input.payload.data()), input.payload.size()));
  }
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// The inputs of one history that the other has not had yet.
using Unmatched = std::multimap<std::string, ToldInput>;

class Comparison {
 public:
  Comparison(const Journal& a, const Journal& b) : inputs_a_(a), inputs_b_(b) {}

  InputDifference run(std::size_t inputs_max) {
    for (;;) {
      std::optional<ToldInput> a = inputs_a_.next();
      std::optional<ToldInput> b = inputs_b_.next();
      if (!a && !b) break;
      const bool same = a && b && names_of(*a) == names_of(*b);
      if (same && content_of(*a) == content_of(*b)) continue;
      if (a) match(std::move(*a), only_b_, only_a_, true, inputs_max);
      if (b) match(std::move(*b), only_a_, only_b_, false, inputs_max);
      if (only_a_.size() + only_b_.size() > unmatched_max) {
        found_.complete = false;
        break;
      }
    }
    found_.only_a = only_a_.size();
    found_.only_b = only_b_.size();
    for (auto& [identity, input] : only_a_) {
      found_.inputs.push_back({std::move(input), std::nullopt});
    }
    for (auto& [identity, input] : only_b_) {
      found_.inputs.push_back({std::nullopt, std::move(input)});
    }
    keep_earliest(inputs_max);
    return std::move(found_);
  }

 private:
  void keep_earliest(std::size_t inputs_max) {
    std::ranges::sort(found_.inputs, {}, [](const ChangedInput& each) {
      const ToldInput& one = each.a ? *each.a : *each.b;
      return std::tuple(one.at, one.number, each.a.has_value());
    });
    if (found_.inputs.size() > inputs_max) found_.inputs.resize(inputs_max);
  }

  void match(ToldInput input, Unmatched& theirs, Unmatched& ours, bool is_a,
             std::size_t inputs_max) {
    std::string identity = identity_of(input);
    const auto found = theirs.find(identity);
    if (found == theirs.end()) {
      ours.emplace(std::move(identity), std::move(input));
      return;
    }
    ToldInput other = std::move(found->second);
    theirs.erase(found);
    if (content_of(input) == content_of(other)) return;
    if (!is_a) std::swap(input, other);
    ++found_.changed;
    found_.inputs.push_back({std::move(input), std::move(other)});
    if (found_.inputs.size() / 2 > inputs_max + 8) keep_earliest(inputs_max);
  }

  ToldInputs inputs_a_;
  ToldInputs inputs_b_;
  Unmatched only_a_;
  Unmatched only_b_;
  InputDifference found_;
};

}  // namespace

InputDifference input_difference(const Journal& a, const Journal& b, std::size_t inputs_max) {
  return Comparison(a, b).run(inputs_max);
}

}  // namespace reprise
