#include "comcp/protocol/version.hpp"

#include <boost/test/unit_test.hpp>

#include <string>
#include <string_view>

#include "comcp/protocol/methods.hpp"

namespace {
using namespace comcp::protocol;

BOOST_AUTO_TEST_SUITE(protocol_version)

BOOST_AUTO_TEST_CASE(every_revision_is_found_by_its_name_and_by_its_number) {
  BOOST_TEST(all_rules().size() == 5U);
  for (const rules& r : all_rules()) {
    BOOST_TEST(find_rules(r.name) == &r);
    BOOST_TEST(&rules_of(r.id) == &r);
  }
  BOOST_TEST(find_rules("2025-06-19") == nullptr);
  BOOST_TEST(find_rules("") == nullptr);
}

BOOST_AUTO_TEST_CASE(only_the_newest_revision_is_modern) {
  BOOST_TEST(newest().name == "2026-07-28");
  BOOST_TEST(newest_legacy().name == "2025-11-25");
  for (const rules& r : all_rules())
    BOOST_TEST((r.era == era::modern) == (&r == &newest()));
}

// S-LIFE-02, S-LIFE-03: a known legacy version is echoed; anything else gets our newest legacy one.
BOOST_AUTO_TEST_CASE(initialize_negotiates_only_legacy_revisions) {
  for (const rules& r : all_rules())
    BOOST_TEST(negotiate(r.name).name == (r.era == era::legacy ? r.name : newest_legacy().name));
  BOOST_TEST(negotiate("1999-01-01").name == "2025-11-25");
  BOOST_TEST(negotiate("").name == "2025-11-25");
}

// S-SESS-07, E-06, E-10
BOOST_AUTO_TEST_CASE(streams_can_be_resumed_from_2025_03_26_and_polled_in_2025_11_25) {
  BOOST_TEST(assumed_over_http().name == "2025-03-26");
  std::string resumed;
  std::string polled;
  for (const rules& r : all_rules()) {
    if (r.sse_resumption) resumed += r.name;
    if (r.sse_polling) polled += r.name;
  }
  BOOST_TEST(resumed == "2025-03-262025-06-182025-11-25");
  BOOST_TEST(polled == "2025-11-25");
}

BOOST_AUTO_TEST_CASE(a_method_exists_just_where_the_specification_has_it) {
  const auto in = [](std::string_view name, std::string_view revision) {
    const method_info* m = find_method(name);
    return m && m->exists_in(*find_rules(revision));
  };
  BOOST_TEST(in("initialize", "2024-11-05"));
  BOOST_TEST(!in("initialize", "2026-07-28"));
  BOOST_TEST(!in("ping", "2026-07-28"));
  BOOST_TEST(in("server/discover", "2026-07-28"));
  BOOST_TEST(!in("server/discover", "2025-11-25"));
  BOOST_TEST(!in("elicitation/create", "2025-03-26"));
  BOOST_TEST(in("elicitation/create", "2025-06-18"));
  BOOST_TEST(!in("subscriptions/listen", "2025-11-25"));
  BOOST_TEST(find_method("no/such") == nullptr);
  for (const rules& r : all_rules())
    BOOST_TEST(in("tools/call", r.name));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace
