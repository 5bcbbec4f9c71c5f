#include "tools/text_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <string_view>

#include "replay/file.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

namespace fs = std::filesystem;

TEST_CASE("a file is written beside and then put in place so that nobody sees a part of it") {
  const TempDir folder;
  const std::string file = folder.write("report.json", "old");
  const std::string held = folder.file("held");
  fs::create_hard_link(file, held);  // as one that has it open
  write_file(file, "new");
  CHECK(read_file(file) == "new");
  CHECK(read_file(held) == "old");
  CHECK_FALSE(fs::exists(file + ".new"));
}

TEST_CASE("a file that is written anew keeps its permissions and its link") {
  const TempDir folder;
  const std::string file = folder.write("report.json", "old");
  const auto only_mine = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(file, only_mine);
  const std::string link = folder.file("link.json");
  fs::create_symlink("report.json", link);
  write_file(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK(read_file(file) == "new");
  CHECK(fs::status(file).permissions() == only_mine);
}

TEST_CASE("what is no regular file is written to and not replaced") {
  const TempDir folder;
  const std::string pipe = folder.file("pipe");
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  write_file(pipe, "new");
  char text[8];
  const ssize_t size = ::read(reader, text, sizeof text);
  ::close(reader);
  CHECK(std::string_view(text, size < 0 ? 0 : static_cast<std::size_t>(size)) == "new");
  CHECK(fs::is_fifo(pipe));
}

TEST_CASE("a file that is open as /dev/fd is written to and not replaced") {
  const TempDir folder;
  const std::string file = folder.write("out.txt", "");
  const int open = ::open(file.c_str(), O_WRONLY);
  REQUIRE(open >= 0);
  write_file("/dev/fd/" + std::to_string(open), "new");
  struct stat held {};
  struct stat named {};
  REQUIRE(::fstat(open, &held) == 0);
  REQUIRE(::stat(file.c_str(), &named) == 0);
  ::close(open);
  CHECK(held.st_ino == named.st_ino);
  CHECK(read_file(file) == "new");
}

TEST_CASE("a link to a file that is not there yet is followed") {
  const TempDir folder;
  const std::string link = folder.file("latest.xml");
  fs::create_symlink("today.xml", link);
  write_file(link, "new");
  CHECK(fs::is_symlink(link));
  CHECK(read_file(folder.file("today.xml")) == "new");
}

TEST_CASE("what a killed writer has left is in nobody's way") {
  const TempDir folder;
  const std::string file = folder.write("report.json", "old");
  folder.write("report.json.new", "ne");
  write_file(file, "new");
  CHECK(read_file(file) == "new");
  CHECK_FALSE(fs::exists(file + ".new"));
}

TEST_CASE("a file that cannot be written is said with the reason and nothing is left behind") {
  const TempDir folder;
  const auto refused = [&](const std::string& path) -> std::string {
    try {
      write_file(path, "new");
    } catch (const FileError& error) {
      return error.what();
    }
    return "it was written";
  };
  CHECK_THAT(refused(folder.file("nowhere/report.json")),
             Catch::Contains("nowhere") && Catch::Contains("No such file"));
  fs::create_directory(folder.path() / "taken");
  CHECK_THAT(refused(folder.file("taken")), Catch::Contains("Is a directory"));
  CHECK_THAT(refused(""), Catch::Contains("cannot be written"));
  CHECK_FALSE(fs::exists(".new"));
  // a folder in the way of the new text, with something in it
  const std::string file = folder.write("report.json", "old");
  fs::create_directories(file + ".new/kept");
  CHECK_THAT(refused(file), Catch::Contains("report.json.new"));
  CHECK(read_file(file) == "old");
  CHECK(fs::exists(file + ".new/kept"));
}

}  // namespace
}  // namespace reprise::test
