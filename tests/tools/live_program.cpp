#include "tests/tools/live_program.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/parse.hpp>
#include <csignal>
#include <stdexcept>

namespace reprise::test {

namespace {

constexpr int answers_descriptor = 3;

std::array<int, 2> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("cannot make a pipe");
  // Above what the child is given: else one could be closed by being put in its place.
  for (int& end : ends) {
    const int moved = ::fcntl(end, F_DUPFD_CLOEXEC, 10);
    ::close(end);
    end = moved;
  }
  return ends;
}

void shut(int& descriptor) {
  if (descriptor >= 0) ::close(descriptor);
  descriptor = -1;
}

}  // namespace

LiveProgram::LiveProgram(const std::string& folder, std::vector<std::string> arguments) {
  std::signal(SIGPIPE, SIG_IGN);
  arguments.insert(arguments.begin(), REPRISE_PROGRAM);
  std::vector<char*> words;
  for (std::string& argument : arguments) words.push_back(argument.data());
  words.push_back(nullptr);
  std::array<int, 2> in = make_pipe();
  std::array<int, 2> out = make_pipe();
  const std::string errors = folder + "/complaints";
  errors_ = ::open(errors.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  child_ = ::fork();
  if (child_ < 0) throw std::runtime_error("cannot fork");
  if (child_ == 0) {
    const int nothing = ::open("/dev/null", O_WRONLY);
    ::dup2(in[0], STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(errors_, STDERR_FILENO);
    ::dup2(out[1], answers_descriptor);
    if (::chdir(folder.c_str()) == 0) ::execv(words[0], words.data());
    ::_exit(127);
  }
  ::close(in[0]);
  ::close(out[1]);
  input_ = in[1];
  answers_ = out[0];
}

LiveProgram::~LiveProgram() {
  if (child_ > 0) {
    signal(SIGKILL);
    wait();
  }
  shut(answers_);
  shut(errors_);
}

void LiveProgram::send(const std::string& text) {
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t written = ::write(input_, rest.data(), rest.size());
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LiveProgram::end_input() {
  shut(input_);
}

void LiveProgram::stop_reading() {
  shut(answers_);
}

std::optional<boost::json::object> LiveProgram::answer(std::chrono::microseconds patience) {
  std::size_t end = 0;
  while ((end = read_.find('\n')) == std::string::npos) {
    pollfd one{.fd = answers_, .events = POLLIN, .revents = 0};
    const timespec time{.tv_sec = patience.count() / 1'000'000,
                        .tv_nsec = patience.count() % 1'000'000 * 1000};
    if (::ppoll(&one, 1, &time, nullptr) <= 0) return std::nullopt;
    std::array<char, 4096> bytes{};
    const ssize_t got = ::read(answers_, bytes.data(), bytes.size());
    if (got <= 0) return std::nullopt;
    read_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  const std::string line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return boost::json::parse(line).as_object();
}

void LiveProgram::signal(int number) const {
  ::kill(child_, number);
}

int LiveProgram::wait() {
  end_input();
  int status = 0;
  ::waitpid(child_, &status, 0);
  child_ = -1;
  std::array<char, 4096> bytes{};
  ssize_t got = 0;
  off_t offset = 0;
  while ((got = ::pread(errors_, bytes.data(), bytes.size(), offset)) > 0) {
    complaints_.append(bytes.data(), static_cast<std::size_t>(got));
    offset += got;
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace reprise::test
