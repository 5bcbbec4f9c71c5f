#include "agents/raft/client.hpp"

#include <stdexcept>
#include <string>
#include <vector>

#include "engine/enums.hpp"
#include "engine/random.hpp"

namespace reprise::raft {

void Client::Options::validate() const {
  if (keys == 0 || attempts == 0 || pause <= Duration::zero() || patience <= Duration::zero()) {
    throw std::invalid_argument("keys, attempts, pause and patience must be above 0");
  }
  if (read_percent > 100 || put_percent > 100 - read_percent) {
    throw std::invalid_argument("read_percent and put_percent must be at most 100 together");
  }
}

void Client::on(const Start&, Context& world) {
  if (history.open()) {  // its node has crashed
    ++unknown;
    history.info();
  }
  rest(world);
}

void Client::on(const NextOperation&, Context& world) {
  Random& random = world.random();
  ++command.number;
  command.client = world.self();
  command.key = "k" + std::to_string(random.uniform(0, std::int64_t{options.keys} - 1));
  const auto kind = random.uniform(1, 100);
  if (kind <= options.read_percent) {
    command.action = Action::get;
    command.value.clear();
  } else {
    const bool puts = kind <= options.read_percent + options.put_percent;
    command.action = puts ? Action::put : Action::append;
    command.value =
        std::to_string(number(world.self())) + "." + std::to_string(command.number) + " ";
  }
  history.call(*enumerator_name(command.action), command.key, command.value);
  attempt = 0;
  ask(world);
}

void Client::on(const AnswerDue& due, Context& world) {
  if (!history.open() || due.number != command.number || due.attempt != attempt) return;
  if (++attempt == options.attempts) {
    ++unknown;
    history.info();
    rest(world);
    return;
  }
  server = {};
  ask(world);
}

void Client::on(const Reply& reply, Context& world) {
  if (!history.open() || reply.number != command.number) return;
  switch (reply.outcome) {
    case Outcome::done:
      ++answered;
      if (command.action == Action::get) {
        history.ok(reply.value);
      } else {
        history.ok();
      }
      rest(world);
      break;
    case Outcome::elsewhere:
      if (reply.leader != AgentId() && reply.leader != server) {
        server = reply.leader;
        world.send(server, Request{command});
      }
      break;
    case Outcome::later:
      break;
  }
}

void Client::ask(Context& world) {
  if (server == AgentId()) {
    const std::vector<AgentId> servers = world.find_all(options.servers);
    world.check(!servers.empty(), "there is a server to ask");
    server = world.random().choice(servers);
  }
  world.send(server, Request{command});
  world.wake(options.patience, AnswerDue{command.number, attempt});
}

void Client::rest(Context& world) {
  world.wake(world.random().exponential(options.pause), NextOperation{});
}

void Operator::Options::validate() const {
  if (every <= Duration::zero()) throw std::invalid_argument("every must be above 0");
}

void Operator::on(const Start&, Context& world) {
  world.wake(world.random().exponential(options.every), NextChange{});
}

void Operator::on(const NextChange&, Context& world) {
  if (options.until > Duration::zero() && world.now() >= Time(options.until)) return;
  ++changes;
  const std::vector<AgentId> servers = world.find_all(options.servers);
  do {  // the second at once is to be refused
    const AgentId one = world.random().choice(servers);
    const bool joins = world.random().bernoulli(0.6);
    for (const AgentId server : servers) world.send(server, Reconfigure{one, joins});
  } while (world.random().bernoulli(0.3));
  world.wake(world.random().exponential(options.every), NextChange{});
}

}  // namespace reprise::raft
