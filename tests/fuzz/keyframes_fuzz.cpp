// A keyframe's table and its pages. Every digest is made right, so that what they say is believed
// as far as it ever is: the state of a world that was never there.
//
// An input is the size of the state (8 bytes), how many pages the table names (1), their numbers
// (8 each), then the body of a frame of pages.
#include "replay/keyframes.hpp"

#include <cstring>

#include "tests/fuzz/forge.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/support/test_agents.hpp"

namespace {

using namespace reprise;
using namespace reprise::fuzz;

struct Recorded {
  std::string journal = plain_journal(false);
  FrameBody checkpoints = first_body(journal, FrameType::checkpoints);
  FrameBody pages = first_body(journal, FrameType::pages);
  FrameBody keyframe = first_body(journal, FrameType::keyframe);
  std::string header = header_frame();
};

const Recorded& recorded() {
  static const Recorded made;
  return made;
}

constexpr std::size_t moment_bytes = 32;  // prefix and root

/// The pages in the body of a frame, as far as there are any.
std::vector<std::string_view> pages_in(std::string_view body) {
  std::vector<std::string_view> pages;
  while (body.size() >= sizeof(std::uint32_t)) {
    const auto length =
        decode<std::uint32_t>(std::as_bytes(std::span(body.substr(0, sizeof(std::uint32_t)))));
    body.remove_prefix(sizeof(std::uint32_t));
    if (length > body.size()) break;
    pages.push_back(body.substr(0, length));
    body.remove_prefix(length);
  }
  return pages;
}

/// A journal with the keyframe that `input` tells of.
std::string journal_of(std::string_view input) {
  const std::size_t named = input.size() < 9 ? 0 : static_cast<std::uint8_t>(input[8]);
  if (input.size() < 9 + 8 * named) return {};
  const std::string_view numbers = input.substr(9, 8 * named);
  const std::string_view body = input.substr(9 + 8 * named);
  const std::vector<std::string_view> pages = pages_in(body);
  std::string table = recorded().keyframe.body.substr(0, moment_bytes);
  table += input.substr(0, 8);
  table += numbers;
  for (std::size_t i = 0; i < named; ++i) {
    const auto number = decode<std::uint64_t>(std::as_bytes(std::span(numbers.substr(8 * i, 8))));
    const Digest digest = number < pages.size() ? digest_of(pages[number]) : Digest{};
    table += text_of(encode(digest.high)) + text_of(encode(digest.low));
  }
  FrameSpan span = recorded().pages.span;
  span.count = pages.size();
  return resealed(recorded().header + plain_frame(FrameType::pages, false, span, body) +
                  plain_frame(FrameType::keyframe, false, recorded().keyframe.span, table) +
                  plain_frame(FrameType::checkpoints, true, recorded().checkpoints.span,
                              recorded().checkpoints.body));
}

std::string good_input() {
  const std::string_view table = std::string_view(recorded().keyframe.body).substr(moment_bytes);
  const std::size_t named = (table.size() - 8) / (8 + sizeof(Digest));
  return std::string(table.substr(0, 8)) + static_cast<char>(named) +
         std::string(table.substr(8, 8 * named)) + recorded().pages.body;
}

/// The same in many small pages.
std::string in_small_pages() {
  constexpr std::size_t page_bytes = 100;
  const std::string good = good_input();
  const std::string_view page = pages_in(recorded().pages.body).front();
  std::string numbers;
  std::string pages;
  std::uint64_t count = 0;
  for (std::size_t at = 0; at < page.size(); at += page_bytes) {
    const std::string_view piece = page.substr(at, page_bytes);
    pages += text_of(encode(static_cast<std::uint32_t>(piece.size()))) + std::string(piece);
    numbers += text_of(encode(count++));
  }
  return good.substr(0, 8) + static_cast<char>(count) + numbers + pages;
}

/// Opens the journal of `input`; nothing where a page of it passes for a frame.
std::optional<Journal> opened(std::string_view input) {
  static MemoryFile memory;
  memory.set(journal_of(input));
  try {
    return Journal(memory.path());
  } catch (const JournalError&) {
    return std::nullopt;
  }
}

/// Restores the keyframe of `input`, if there is one; true if it holds.
bool restore(std::string_view input, Simulation& world) {
  const std::optional<Journal> journal = opened(input);
  if (!journal) return false;
  const Keyframes keyframes(*journal);
  const auto place = keyframes.find(journal->last_step());
  return place && keyframes.restore(*place, world);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Catalog catalog = test::test_catalog();
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  if (journal_of(input).empty()) return 0;
  const auto world = test::meadow(catalog);
  restore(input, *world);
  expect(restore(good_input(), *world), "a world is restored whatever was restored before");
  return 0;
}

std::vector<std::string> reprise::fuzz::seeds() {
  return {good_input(), in_small_pages()};
}
