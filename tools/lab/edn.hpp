#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

/// The extensible data notation (EDN, github.com/edn-format/edn) that Jepsen writes its histories
/// in. Nothing is built from a text: an element is a place in it, and its parts are read on demand.
namespace reprise {

/// Text that is no EDN: where, and what is wrong there.
class EdnError : public std::runtime_error {
 public:
  EdnError(std::size_t offset, const std::string& reason)
      : std::runtime_error(reason), offset_(offset) {}

  /// In bytes, from the start of the whole text.
  std::size_t offset() const { return offset_; }

 private:
  std::size_t offset_;
};

enum class EdnKind {
  nil,
  boolean,
  integer,
  real,
  text,
  character,
  keyword,
  symbol,
  list,
  vector,
  map,
  set
};

/// One element. A tag before it is left out: `#jepsen.history.Op{:process 0}` is a map.
struct EdnElement {
  EdnKind kind = EdnKind::nil;
  std::string_view source;  ///< As it is written, with its quotes or brackets.
  std::size_t offset = 0;   ///< Of `source`, in the whole text.
};

/// The elements of a text, or of a collection, one after the other. Comments and what `#_` discards
/// are passed over.
class EdnReader {
 public:
  /// How deep collections, tags and discards may lie in each other.
  static constexpr int depth_max = 64;

  /// Reads `text`, whose first byte lies at `offset` in the whole of it. The text outlives the
  /// reader and what it gives.
  explicit EdnReader(std::string_view text, std::size_t offset = 0)
      : text_(text), offset_(offset) {}

  /// The elements within `collection`; for a map its keys and values in turn.
  explicit EdnReader(const EdnElement& collection);

  /// The next element, checked to its end; nothing after the last. Throws EdnError.
  std::optional<EdnElement> next() { return next(0); }

  /// Where the next element is looked for, in the whole text.
  std::size_t offset() const { return offset_ + at_; }

 private:
  std::optional<EdnElement> next(int depth);
  EdnElement expect_next(int depth, const char* after);
  EdnElement element(int depth);
  void skip_aside(int depth);
  void skip_text();
  EdnElement collection(EdnKind kind, std::size_t begin, std::size_t opening, char close,
                        int depth);
  EdnElement character(std::size_t begin);
  EdnElement token(std::size_t begin);
  EdnElement from(EdnKind kind, std::size_t begin) const;
  [[noreturn]] void fail(std::size_t at, const std::string& reason) const;

  std::string_view text_;
  std::size_t offset_ = 0;
  std::size_t at_ = 0;
};

/// The elements of a vector or list.
std::vector<EdnElement> edn_items(const EdnElement& collection);

/// What the quoted text says. Throws EdnError for a half of a surrogate pair.
std::string edn_text(const EdnElement& text);

/// `text` as EDN writes it, in quotes; control characters are written as escapes.
std::string edn_quoted(std::string_view text);

/// `element` as EDN, the same text for all ways to write the same value: one blank between
/// elements, maps and sets sorted, numbers without signs and digits that they do not need.
std::string edn_canonical(const EdnElement& element);

}  // namespace reprise
