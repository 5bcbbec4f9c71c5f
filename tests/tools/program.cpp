#include "tests/tools/program.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "tests/support/sizes.hpp"
#include "tools/cli.hpp"

namespace reprise::test {

namespace {

using std::chrono::steady_clock;

/// A program that takes longer than this hangs; an instrumented one on a busy machine may be slow,
/// and one that does all that --thorough asks of it takes its time.
const std::chrono::seconds patience(cases(120, 7200));

/// A file without a name that takes what is written to a stream. A pipe would have to be emptied
/// all the while.
class CapturedStream {
 public:
  CapturedStream() : file_(std::tmpfile()) {
    if (!file_) throw std::runtime_error("no temporary file can be made");
  }

  int descriptor() const { return ::fileno(file_.get()); }

  std::string text() const {
    std::string text(static_cast<std::size_t>(::lseek(descriptor(), 0, SEEK_END)), '\0');
    const ssize_t size = ::pread(descriptor(), text.data(), text.size(), 0);
    if (size != static_cast<ssize_t>(text.size()))
      throw std::runtime_error("output cannot be read back");
    return text;
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  std::unique_ptr<std::FILE, Close> file_;
};

/// Sends a stream of this process elsewhere while it lives.
class Redirect {
 public:
  Redirect(int stream, int target) : stream_(stream), before_(::dup(stream)) {
    ::dup2(target, stream_);
  }
  ~Redirect() {
    ::dup2(before_, stream_);
    ::close(before_);
  }
  Redirect(const Redirect&) = delete;
  Redirect& operator=(const Redirect&) = delete;

 private:
  int stream_;
  int before_;
};

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> result;
  for (std::string& word : words) result.push_back(word.data());
  result.push_back(nullptr);
  return result;
}

/// Looks again and again until `done` holds; false if that takes too long.
bool wait_for(const std::function<bool()>& done) {
  const auto end = steady_clock::now() + patience;
  while (!done()) {
    if (steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

int exit_code(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

ProgramResult call(std::vector<std::string> words, const ProgramOptions& options,
                   const std::function<bool()>& ready = {}) {
  const CapturedStream out;
  const CapturedStream err;
  const std::vector<char*> argv = pointers(words);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("cannot fork");
  if (child == 0) {
    const int nothing = ::open("/dev/null", O_RDONLY);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(out.descriptor(), STDOUT_FILENO);
    ::dup2(err.descriptor(), STDERR_FILENO);
    if (options.cwd.empty() || ::chdir(options.cwd.c_str()) == 0) ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  if (ready) {
    wait_for(ready);
    ::kill(child, SIGINT);  // and once more at once, as timeout(1) does
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    ::kill(child, SIGINT);
  }
  int status = 0;
  if (!wait_for([&] { return ::waitpid(child, &status, WNOHANG) == child; })) {
    ::kill(child, SIGKILL);
    ::waitpid(child, &status, 0);
  }
  return {exit_code(status), out.text(), err.text()};
}

/// Calls `program` with the words, as main() would be.
ProgramResult in_process(const std::function<int(int, char**)>& program,
                         std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "reprise");
  std::vector<char*> argv = pointers(arguments);
  const CapturedStream out;
  const CapturedStream err;
  std::cout.flush();
  std::fflush(nullptr);
  int code = 0;
  {
    const Redirect stdout_elsewhere(STDOUT_FILENO, out.descriptor());
    const Redirect stderr_elsewhere(STDERR_FILENO, err.descriptor());
    code = program(static_cast<int>(arguments.size()), argv.data());
    std::fflush(nullptr);
  }
  return {code, out.text(), err.text()};
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments,
                          const ProgramOptions& options) {
  std::vector<std::string> words{REPRISE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return call(std::move(words), options);
}

ProgramResult run_shell(const std::string& line, const ProgramOptions& options) {
  return call({"/bin/sh", "-c", line}, options);
}

ProgramResult run_in_process(const Catalog& catalog, std::vector<std::string> arguments) {
  return in_process([&](int argc, char** argv) { return cli(argc, argv, catalog); },
                    std::move(arguments));
}

ProgramResult run_in_process(const std::function<void(Catalog&)>& add_kinds,
                             std::vector<std::string> arguments) {
  return in_process([&](int argc, char** argv) { return cli(argc, argv, add_kinds); },
                    std::move(arguments));
}

ProgramResult interrupt_program(const std::vector<std::string>& arguments,
                                const std::function<bool()>& ready, const ProgramOptions& options) {
  std::vector<std::string> words{REPRISE_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return call(std::move(words), options, ready);
}

boost::json::object json_of(const ProgramResult& result) {
  try {
    return boost::json::parse(result.out).as_object();
  } catch (const std::exception& error) {
    throw std::runtime_error("no JSON object (" + std::string(error.what()) + "): '" + result.out +
                             "', '" + result.err + "'");
  }
}

std::string reproducing_command(const ProgramResult& result) {
  std::istringstream lines(result.err);
  for (std::string line; std::getline(lines, line);) {
    constexpr std::string_view mark = "reproduce: ";
    if (line.starts_with(mark)) return line.substr(mark.size());
  }
  throw std::runtime_error("no reproducing command in '" + result.err + "'");
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> files_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

std::string shipped(const std::string& name) {
  return REPRISE_SOURCE_DIR "/scenarios/library/" + name;
}

}  // namespace reprise::test
