#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <catch2/catch.hpp>

#include "replay/journal_reader.hpp"
#include "replay/records.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

namespace reprise::test {
namespace {

using Catch::Contains;

struct Damaged {
  TempDir folder;
  std::string path = folder.file("damaged.rpj");
  std::string whole = folder.file("whole.rpj");

  Damaged() {
    const ProgramResult run = run_program(
        {"run", shipped("market/btcusdt.toml"), "-o", path, "--keyframes", "500", "--events"});
    INFO(run.err);
    REQUIRE(run.code == 0);
  }

  /// Changes the first frame of `type`.
  FrameEntry spoil(FrameType type) const {
    const Journal journal(path);
    for (const FrameEntry& entry : journal.frames()) {
      if (entry.type != type) continue;
      std::string bytes = read_file(path);
      char& byte = bytes[entry.offset + FrameHead::bytes + entry.stored_bytes / 2];
      byte = static_cast<char>(byte ^ 1);
      folder.write("damaged.rpj", bytes);
      return entry;
    }
    throw std::logic_error("there is no such frame");
  }
};

TEST_CASE("a journal whose inputs hold is salvaged and verified to its end") {
  const Damaged made;
  const FrameEntry lost = made.spoil(FrameType::checkpoints);
  CHECK(run_program({"verify", made.path}).code == 4);
  const ProgramResult result = run_program({"salvage", made.path, "-o", made.whole});
  INFO(result.out << result.err);
  CHECK(result.code == 0);
  CHECK_THAT(
      result.out,
      Contains(" bytes at offset " + std::to_string(lost.offset) +
               ": checkpoints of the "
               "steps 0 to 1,449 (2 records)") &&
          Contains("no input is lost: the history can be lived again to its end, step 1,449"));
  const ProgramResult verified = run_program({"verify", made.whole});
  CHECK(verified.code == 0);
  CHECK_THAT(verified.out, Contains("equal, 1,449 steps; the proof has gaps"));
  const ProgramResult info = run_program({"info", "--check", made.whole});
  CHECK(info.code == 0);
  CHECK_THAT(info.out, Contains("gap          "));
  CHECK(run_program({"show", made.whole, "--at", "700"}).code == 0);
}

TEST_CASE("a journal that lost inputs is lived again up to them") {
  const Damaged made;
  const FrameEntry lost = made.spoil(FrameType::inputs);
  const boost::json::object answer =
      json_of(run_program({"salvage", made.path, "-o", made.whole, "--json"}));
  CHECK(answer.at("journal").as_string() == made.path);
  CHECK(answer.at("output").as_string() == made.whole);
  CHECK(answer.at("sealed") == false);
  CHECK(answer.at("tail_bytes") == 0);
  CHECK(answer.at("lost_bytes").to_number<std::uint64_t>() == FrameHead::bytes + lost.stored_bytes);
  const boost::json::object gap = answer.at("gaps").as_array().at(0).as_object();
  CHECK(gap.at("offset").to_number<std::uint64_t>() == lost.offset);
  const boost::json::object frame = gap.at("lost").as_array().at(0).as_object();
  CHECK(frame.at("stream").as_string() == "inputs");
  CHECK(frame.at("records").to_number<std::uint64_t>() == lost.span.count);
  const Step last = lost.span.first_step - 1;
  CHECK(answer.at("steps").to_number<Step>() == last);
  const ProgramResult verified = run_program({"verify", made.whole});
  CHECK(verified.code == 4);
  CHECK_THAT(verified.err, Contains("a gap: the inputs of the steps ") &&
                               Contains("equal up to step " + std::to_string(last)));
  CHECK(run_program({"info", "--check", made.whole}).code == 0);
  const boost::json::object info = json_of(run_program({"info", "--json", made.whole}));
  CHECK(info.at("gaps") == answer.at("gaps"));
  CHECK(run_program({"show", made.whole, "--at", std::to_string(last)}).code == 0);
  CHECK(run_program({"show", made.whole, "--at", std::to_string(last + 1)}).code == 2);
  const ProgramResult again = run_program({"run", "--continue", made.whole});
  CHECK(again.code != 0);
}

TEST_CASE("a journal that would be refused replaces none") {
  const Damaged made;
  const std::string precious = read_file(made.path);
  made.folder.write("whole.rpj", precious);
  const std::string later = made.folder.file("later.rpj");
  {
    const Journal journal(made.path);
    OutputFile file(later, false);
    FrameWriter frames(file);
    const Bytes header = journal.body(journal.frames().front());
    frames.set_salt(journal_salt(header));
    frames.add(FrameType::header, true, header, {.count = 1});
    frames.add(FrameType{77}, true, header, {.count = 1});
    file.close();
  }
  const ProgramResult result = run_program({"salvage", later, "-o", made.whole, "--force"});
  CHECK(result.code == 4);
  CHECK_THAT(result.err, Contains("later.rpj: what is whole of it is no journal") &&
                             Contains("a frame of unknown type 77"));
  CHECK(read_file(made.whole) == precious);
  CHECK_FALSE(std::filesystem::exists(made.whole + ".new"));
}

TEST_CASE("salvage takes a file to write that is another one") {
  const Damaged made;
  CHECK(run_program({"salvage", made.path}).code == 2);
  CHECK(run_program({"salvage", made.path, "-o", made.path, "--force"}).code == 2);
  CHECK(run_program({"salvage", made.folder.file("none.rpj"), "-o", made.whole}).code == 2);
  made.folder.write("text.rpj", "no journal at all");
  CHECK(run_program({"salvage", made.folder.file("text.rpj"), "-o", made.whole}).code == 4);
  CHECK_FALSE(std::filesystem::exists(made.whole));
  made.spoil(FrameType::header);
  const ProgramResult headless = run_program({"salvage", made.path, "-o", made.whole});
  CHECK(headless.code == 4);
  CHECK_THAT(headless.err, Contains("its header is damaged"));
  CHECK_FALSE(std::filesystem::exists(made.whole));
}

}  // namespace
}  // namespace reprise::test
