#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <cmath>

#include "tests/support/temp_dir.hpp"
#include "tests/tools/program.hpp"

// What `sweep` estimates of queues that can be computed.
namespace reprise::test {
namespace {

namespace json = boost::json;

constexpr double service = 10.8;  // seconds; these loads make the inter-arrival times exact

struct Queue {
  int servers;
  double load;
  const char* interarrival;
};

struct Truth {
  double delay;
  double in_node;
};

/// Of M/M/c in the long run (A. K. Erlang, 1917).
Truth truth_of(const Queue& queue) {
  const double offered = queue.load * queue.servers;
  double term = 1;  // offered^k / k!
  double sum = 0;
  for (int k = 0; k < queue.servers; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double waiting = term / (1 - queue.load);
  const double in_queue = waiting / (sum + waiting) * queue.load / (1 - queue.load);
  return {in_queue * service / offered, in_queue + offered};
}

constexpr Queue queues[] = {{1, 0.5, "21.6s"}, {1, 0.8, "13.5s"}, {1, 0.9, "12s"},
                            {3, 0.5, "7.2s"},  {3, 0.8, "4.5s"},  {3, 0.9, "4s"}};

std::string scenario() {
  std::string text = read_file(shipped("queueing/mm3.toml"));
  text = text.substr(0, text.find("[expect]"));
  return text.replace(text.find("\"12s\""), 5, "\"10.8s\"");
}

json::object answer_of(const Queue& queue, std::vector<std::string> words) {
  const TempDir folder;
  folder.write("queue.toml", scenario());
  words.insert(words.begin(),
               {"sweep", "queue.toml", "--json", "--set",
                "agent.station.options.servers=" + std::to_string(queue.servers), "--set",
                std::string("agent.arrivals.options.mean_interarrival=") + queue.interarrival});
  const ProgramResult result = run_program(words, {folder.path()});
  INFO(result.err);
  REQUIRE(result.code == 0);
  return json_of(result).at("points").as_array()[0].as_object();
}

void check_encloses(const json::value& measure, double truth) {
  const double low = measure.at("low").to_number<double>();
  const double high = measure.at("high").to_number<double>();
  INFO(measure << " should enclose " << truth);
  CHECK(low <= truth);
  CHECK(truth <= high);
  CHECK(high - low < truth);  // it says something
}

TEST_CASE("Erlang's formula is the one that the shipped scenario speaks of") {
  const Queue shipped_queue{3, 0.8, "5s"};
  CHECK(truth_of(shipped_queue).delay * 12 / service == Approx(12.94).margin(0.005));
  CHECK(truth_of({1, 0.5, ""}).in_node == Approx(1));
  CHECK(truth_of({1, 0.9, ""}).in_node == Approx(9));
}

TEST_CASE("intervals over seeds enclose the mean delay and number of an M/M/c queue") {
  for (const Queue& queue : queues) {
    INFO(queue.servers << " servers at load " << queue.load);
    const json::object point =
        answer_of(queue, {"--seeds", "1..30", "--until", "200000s", "--measure",
                          "station.mean_delay", "--measure", "station.mean_in_node"});
    const json::array& measures = point.at("measures").as_array();
    CHECK(measures[0].at("count") == 30);
    check_encloses(measures[0], truth_of(queue).delay);
    check_encloses(measures[1], truth_of(queue).in_node);
  }
}

TEST_CASE("averages over time after a warm-up enclose the number in an M/M/c queue") {
  for (const Queue& queue : queues) {
    INFO(queue.servers << " servers at load " << queue.load);
    const std::vector<std::string> over_time{"--every",   "30s",
                                             "--warmup",  "20000s",
                                             "--measure", "station.in_queue + station.in_service"};
    std::vector<std::string> seeds{"--seeds", "1..30", "--until", "200000s"};
    seeds.insert(seeds.end(), over_time.begin(), over_time.end());
    check_encloses(answer_of(queue, seeds).at("measures").as_array()[0], truth_of(queue).in_node);
    std::vector<std::string> one{"--seeds", "1", "--until", "4000000s"};
    one.insert(one.end(), over_time.begin(), over_time.end());
    const json::value measure = answer_of(queue, one).at("measures").as_array()[0];
    CHECK(measure.at("method") == "batches");
    CHECK(measure.at("count") == 20);
    check_encloses(measure, truth_of(queue).in_node);
  }
}

}  // namespace
}  // namespace reprise::test
