#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>

#include "engine/codec.hpp"
#include "replay/file_layer.hpp"

namespace reprise {

/// A file that is missing, in the way, or cannot be read or written; the message names it and the
/// reason.
class FileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A file that is only appended to, by one process at a time.
class OutputFile {
 public:
  /// Makes the file. Throws FileError if it is there and not `overwrite`, or cannot be made.
  /// What is overwritten stays as it is until close(): until then the new file lies beside it.
  /// `files` outlives the file.
  OutputFile(const std::filesystem::path& path, bool overwrite, FileLayer& files = system_files());

  /// Opens a file that is there, to append to it. Throws FileError if it cannot be written, or if
  /// another process is writing it.
  OutputFile(const std::filesystem::path& path, FileLayer& files);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Appends all of `bytes` or, as far as the system lets it, none of them. Throws FileError, with
  /// the file and the system's reason; then every later verb does, too.
  void append(std::span<const std::byte> bytes);

  /// What was appended is on the storage device when it returns. Throws FileError; what is on the
  /// device is then unknown, and every later verb throws, too.
  void sync();

  /// Moves what lies beyond `length` into a file beside this one, named by `path().cut-LENGTH`, and
  /// says which; done again after it was broken off, it does the same. Throws FileError.
  std::filesystem::path move_aside(std::uint64_t length);

  /// Hands what was appended to the storage device and closes. Throws FileError.
  void close();

  /// Closes and removes the file: nothing that looks like a journal stays behind.
  void discard() noexcept;

  /// How many bytes were appended since the last sync().
  std::uint64_t unsynced() const { return written_bytes_ - synced_bytes_; }

  const std::filesystem::path& path() const { return path_; }

  /// Where the bytes lie until close(): at path(), or beside what they will replace.
  const std::filesystem::path& written() const { return written_; }

 private:
  void lock();
  [[noreturn]] void fail(const std::string& what, int error);
  void expect_whole() const;

  std::filesystem::path path_;
  std::filesystem::path written_;
  std::filesystem::path target_;  // what it will replace; empty if nothing
  int descriptor_ = -1;
  bool failed_ = false;
  bool entered_ = false;  // its name is durable
  FileLayer& files_;
  std::uint64_t written_bytes_ = 0;  // the length of the file
  std::uint64_t synced_bytes_ = 0;   // of them, durable
  std::uint64_t handed_on_ = 0;      // of them, for the device to begin with
};

/// A file that is only read, at any place.
class InputFile {
 public:
  /// Throws FileError if it cannot be opened.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// Its length when it was opened.
  std::uint64_t size() const { return size_; }

  /// Fills `bytes` from `offset` and says how many there were. Throws FileError.
  std::size_t read(std::uint64_t offset, std::span<std::byte> bytes) const;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

/// The bytes of a file for one who mostly goes forward: reads ahead, the more the longer it goes
/// on, up to 256 KiB. What is held is not read again, should the file change. Keeps as much memory
/// as the largest piece took that was asked for, or was read ahead.
class FilePassage {
 public:
  /// `file` outlives it.
  explicit FilePassage(const InputFile& file) : file_(file) {}
  FilePassage(const FilePassage&) = delete;
  FilePassage& operator=(const FilePassage&) = delete;

  /// The `size` bytes at `offset`, or as many of them as there are; valid until the next call.
  /// Throws FileError.
  std::span<const std::byte> at(std::uint64_t offset, std::size_t size);

 private:
  const InputFile& file_;
  Bytes bytes_;
  std::uint64_t begin_ = 0;  // where what it holds stands in the file
  std::size_t held_ = 0;     // how much it holds
};

}  // namespace reprise
