#include "bench/program.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <system_error>

#include "bench/world.hpp"

namespace reprise::bench {

Process run_program(std::vector<std::string> words) {
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const Stopwatch watch;
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("there is no process to be had");
  if (child == 0) {
    ::dup2(::open("/dev/null", O_WRONLY), STDOUT_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  rusage used{};
  if (::wait4(child, &status, 0, &used) != child || status != 0) {
    throw std::runtime_error(words[0] + " " + words[1] + " did not end well");
  }
  return {watch.seconds(), static_cast<std::uint64_t>(used.ru_maxrss) * 1024};
}

ScratchFolder::ScratchFolder()
    : path_(std::filesystem::temp_directory_path() /
            ("reprise_bench_" + std::to_string(::getpid()))) {
  std::filesystem::remove_all(path_);
  std::filesystem::create_directory(path_);
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::uint64_t ScratchFolder::bytes() const {
  std::uint64_t bytes = 0;
  for (const auto& each : std::filesystem::directory_iterator(path_)) bytes += each.file_size();
  return bytes;
}

}  // namespace reprise::bench
