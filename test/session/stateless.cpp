#include "session/support.hpp"

// One request of the modern era, in the scope of whoever has its exchange.

using namespace comcp;
using namespace std::chrono_literals;
using test::obj;

BOOST_AUTO_TEST_SUITE(serve_one_stateless_request)

namespace {

jsonrpc::request modern_request(std::string_view method, std::string_view params = "{}") {
  auto ends = make_memory_transports();
  const testing::raw_peer composer(std::move(ends.second), protocol::revision::v2026_07_28);
  jsonrpc::decoder decoder;
  auto decoded = decoder.decode(composer.request_text(7, method, obj(params)));
  return std::get<jsonrpc::request>(std::get<jsonrpc::message>(std::move(decoded)));
}

}  // namespace

COMCP_TEST_CORO(the_answer_ends_the_outbox_of_the_exchange) {
  test::scripted_handler handler;
  auto box = outbox::make(outbox_options().ends_with_last_answer(true));
  const session_options options;
  co_await serve_stateless(modern_request("test/slow", R"({"ms":5})"), box, handler, options);
  const auto answer = co_await box->next();
  BOOST_TEST(json::parse(answer->text) == test::result(7, R"({"slept":5})"));
  BOOST_TEST(!(co_await box->next()).has_value());
}

COMCP_TEST_CORO(envelope_and_method_are_checked_before_the_handler) {
  struct row {
    const char* method;
    const char* meta;
    int code;
  };
  const std::vector<row> rows = {
      {"tools/list", R"({})", -32602},
      {"tools/list", R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}})",
       -32602},
      {"tools/list",
       R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"1900-01-01","io.modelcontextprotocol/clientCapabilities":{}}})",
       -32022},
      {"ping",
       R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}})",
       -32601},
  };
  for (const auto& r : rows) {
    test::scripted_handler handler;
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    const session_options options;
    jsonrpc::request request(7, r.method, json::parse(r.meta));
    co_await serve_stateless(std::move(request), box, handler, options);
    const auto answer = box->try_next();
    BOOST_TEST(answer->error_code == r.code);
    BOOST_TEST(json::parse(answer->text).at("id") == 7);  // S-HTTP-24
    BOOST_TEST(box->closed());
    BOOST_TEST(handler.seen.started == 0);
  }
}

COMCP_TEST_CORO(a_transport_that_has_checked_the_envelope_hands_it_over) {
  test::scripted_handler handler;
  const session_options options;
  for (const auto& [method, code] : {std::pair("test/echo", 0), std::pair("ping", -32601)}) {
    auto request = modern_request(method);
    auto decoded = protocol::decode_modern_envelope(request.params);
    auto meta = std::get<protocol::request_meta>(std::move(decoded));
    BOOST_TEST(!protocol::check_version(meta).has_value());
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    co_await serve_stateless(std::move(request), std::move(meta), box, handler, options, nullptr,
                             nullptr);
    BOOST_TEST(box->try_next()->error_code == code);
    BOOST_TEST(box->closed());
  }
}

COMCP_TEST_CORO(S_HTTP_20_a_disconnect_cancels_the_handler_and_nothing_is_sent) {
  test::scripted_handler handler;
  std::vector<send_status> statuses;
  handler.scripts["test/reluctant"] = [&](jsonrpc::request, responder a,
                                          request_context& ctx) -> awaitable<void> {
    std::exception_ptr failure;
    try {
      co_await sleep(1h);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await shielded([&]() -> awaitable<void> {
      co_await sleep(10ms);
      statuses.push_back(std::move(a).reply(obj("{}")));
    });
    BOOST_TEST(!ctx.scope().cancel_called());  // it was the scope around it
    std::rethrow_exception(failure);
  };
  for (const char* method : {"test/slow", "test/reluctant"}) {
    auto box = outbox::make(outbox_options().ends_with_last_answer(true));
    const session_options options;
    const bool finished = co_await move_on_after(5ms, [&] {
      return serve_stateless(modern_request(method, R"({"ms":60000})"), box, handler, options);
    });
    BOOST_TEST(!finished);
    BOOST_TEST(!box->try_next().has_value());
    BOOST_TEST(box->unanswered() == 1u);
    BOOST_TEST(box->closed());
  }
  BOOST_TEST((statuses.at(0) == send_status::closed));
  BOOST_TEST(handler.seen.live() == 0);
}

COMCP_TEST_CORO(R_11_equal_ids_of_different_callers_never_meet) {
  test::scripted_handler handler;
  handler.scripts["test/whoami"] = [](jsonrpc::request r, responder a,
                                      request_context&) -> awaitable<void> {
    const auto who = r.params.at("who").as_int64();
    co_await sleep(std::chrono::milliseconds((who * 7919) % 13));
    json::object result;
    result["who"] = who;
    std::move(a).reply(std::move(result));
  };
  int right = 0;
  const session_options options;
  co_await with_task_group([&](task_group& group) -> awaitable<void> {
    for (int who = 0; who < 1000; ++who) {
      group.start_soon([&, who]() -> awaitable<void> {
        auto box = outbox::make();
        auto request = modern_request("test/whoami", "{\"who\":" + std::to_string(who) + "}");
        co_await serve_stateless(std::move(request), box, handler, options);
        const auto answer = box->try_next();
        right += json::parse(answer->text).at("result").at("who") == who;
      });
    }
    co_return;
  });
  BOOST_TEST(right == 1000);
}

BOOST_AUTO_TEST_SUITE_END()
