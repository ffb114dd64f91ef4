#include "matrix/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>

#include "comcp/testing/virtual_time.hpp"
#include "matrix/rows.hpp"

namespace test::matrix {

namespace {

std::vector<const scenario*>& registry() {
  static std::vector<const scenario*> all;
  return all;
}

awaitable<void> play(const scenario& s, const pair& p) {
  const auto served = make_host(p.via, s.what.what());
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    co_await served->start(group);
    carrier* by = co_await served->connect(group, p.rules);
    connection c(p, *by, s.what.capabilities(), [&] { return served->connect(group, p.rules); });
    if (s.what.opened()) co_await c.open();
    co_await s.body(c);
    served->stop();
  });
  const std::string left = served->leftovers();
  BOOST_TEST(left.empty(), "left at the end: " << left);
}

void play_on(const scenario& s, const pair& p) {
  const auto body = [&s, &p] { return play(s, p); };
  if (p.via.real()) {
    comcp::testing::run_real(body, std::chrono::seconds(30));
    return;
  }
  comcp::testing::virtual_shard shard;
  shard.run(body);
  const std::string left = shard.leftovers();
  BOOST_TEST(left.empty(), "left at the end:\n" << left);
}

bool selected(const pair& p) {
  const char* only = std::getenv("COMCP_MATRIX_ONLY");  // NOLINT: one thread
  return !only || p.name().find(only) != std::string::npos;
}

}  // namespace

proves::proves(std::string_view ids)
    : capabilities_(obj(
          R"({"elicitation":{"form":{},"url":{}},"sampling":{"tools":{},"context":{}},"roots":{}})")) {
  std::istringstream words{std::string(ids)};
  for (std::string id; words >> id;)
    ids_.push_back(id);
}

proves& proves::client(std::string_view capabilities) {
  capabilities_ = obj(capabilities);
  return *this;
}

std::string proves::lacks(const pair& p) const {
  for (const auto& [reason, holds] : conditions_)
    if (!holds(p)) return reason;
  return {};
}

scenario::scenario(std::string n, proves w, scenario_body b)
    : name(std::move(n)), what(std::move(w)), body(b) {
  registry().push_back(this);
}

bool scenario::runs_on(const pair& p) const {
  if (p.via.real() && !what.real()) return false;
  const auto& ids = what.ids();
  return what.lacks(p).empty() && std::any_of(ids.begin(), ids.end(), [&](const std::string& id) {
           return row_of(id).allows(p);
         });
}

const std::vector<const scenario*>& all_scenarios() {
  return registry();
}

void run(const scenario& s) {
  for (const pair& p : all_pairs()) {
    if (!s.runs_on(p) || !selected(p)) continue;
    BOOST_TEST_CONTEXT(p.name()) {
      try {
        play_on(s, p);
      } catch (const std::exception& e) {
        BOOST_ERROR(p.name() << ": " << e.what());
      }
    }
  }
}

}  // namespace test::matrix
