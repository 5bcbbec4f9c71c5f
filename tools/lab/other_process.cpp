#include "tools/lab/other_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>

#include "tools/interrupt.hpp"

namespace reprise {

namespace {

constexpr const char* this_program = "/proc/self/exe";

std::vector<std::string> variables_of(const OtherProcess& other) {
  std::vector<std::string> all;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string variable = *each;
    const std::string name = variable.substr(0, variable.find('='));
    const auto replaced = [&](const auto& own) { return own.first == name; };
    if (std::ranges::none_of(other.environment, replaced)) all.push_back(variable);
  }
  for (const auto& [name, value] : other.environment) all.push_back(name + '=' + value);
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

/// A process that does not outlive this object.
class Child {
 public:
  explicit Child(pid_t id) : id_(id) {}
  ~Child() {
    if (ended_) return;
    ::kill(id_, SIGKILL);
    ::waitpid(id_, nullptr, 0);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool ended() {
    if (ended_) return true;
    const pid_t found = ::waitpid(id_, &status_, WNOHANG);
    if (found < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "cannot wait for a process");
    }
    ended_ = found == id_;
    return ended_;
  }

  /// Once it has ended.
  int status() const {
    return WIFSIGNALED(status_) ? 128 + WTERMSIG(status_) : WEXITSTATUS(status_);
  }

 private:
  pid_t id_;
  int status_ = 0;
  bool ended_ = false;
};

/// The child's part; does not return.
[[noreturn]] void become(const OtherProcess& other, char* const* argv, char* const* variables) {
  const int nothing = ::open("/dev/null", O_RDWR);
  const int errors = ::open(other.errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ::dup2(nothing, STDIN_FILENO);
  ::dup2(nothing, STDOUT_FILENO);
  ::dup2(errors, STDERR_FILENO);
  if (other.directory.empty() || ::chdir(other.directory.c_str()) == 0) {
    ::execve(this_program, argv, variables);
  }
  ::_exit(127);
}

}  // namespace

int run_other(const OtherProcess& other, const std::function<bool()>& interrupted) {
  std::vector<std::string> words{"reprise"};
  words.insert(words.end(), other.arguments.begin(), other.arguments.end());
  std::vector<std::string> variables = variables_of(other);
  const std::vector<char*> argv = pointers(words);
  const std::vector<char*> envp = pointers(variables);
  std::signal(SIGCHLD, SIG_DFL);  // where it is ignored, nobody can wait for it
  const pid_t id = ::fork();
  if (id < 0) throw std::system_error(errno, std::generic_category(), "cannot start a process");
  if (id == 0) become(other, argv.data(), envp.data());
  Child child(id);
  while (!child.ended()) {
    if (interrupted && interrupted()) throw Interrupted();
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return child.status();
}

}  // namespace reprise
