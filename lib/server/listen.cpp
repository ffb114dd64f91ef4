// subscriptions/listen: a request that stays open and brings changes.
// spec: 2026-07-28, basic/subscriptions

#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "server/server_core.hpp"

namespace comcp::detail {
namespace {

/// What a listen request wants, and how the acknowledgement repeats what is granted of it.
class core_wish {
 public:
  change_filter filter;
  json::object granted;
};

std::optional<bool> flag(const json::object& wanted, std::string_view member) {
  const json::value* v = wanted.if_contains(member);
  if (!v) return false;
  if (!v->is_bool()) return std::nullopt;
  return v->get_bool();
}

// Kinds that the server doesn't offer are left out, members that we don't know are ignored.
// (S-SUB-02)
std::variant<core_wish, jsonrpc::error_object> read_wish(const json::value& params,
                                                         const protocol::server_capabilities& can,
                                                         std::size_t max_resources) {
  const json::object* o = params.if_object();
  const json::value* member = o ? o->if_contains("notifications") : nullptr;
  const json::object* wanted = member ? member->if_object() : nullptr;
  if (!wanted) return protocol::invalid_params("/notifications must be an object");
  core_wish wish;
  const auto grant = [&](std::string_view name, bool offered, bool& into) {
    const auto asked = flag(*wanted, name);
    if (asked && *asked && offered) {
      into = true;
      wish.granted[name] = true;
    }
    return asked.has_value();
  };
  if (!grant("toolsListChanged", can.tools_list_changed, wish.filter.tools) ||
      !grant("promptsListChanged", can.prompts_list_changed, wish.filter.prompts) ||
      !grant("resourcesListChanged", can.resources_list_changed, wish.filter.resources))
    return protocol::invalid_params(
        "the members of /notifications that end in ListChanged are true or false");
  if (const json::value* uris = wanted->if_contains("resourceSubscriptions")) {
    const json::array* list = uris->if_array();
    if (!list)
      return protocol::invalid_params(
          "/notifications/resourceSubscriptions must be an array of URIs");
    if (list->size() > max_resources)
      return protocol::invalid_params("a stream may subscribe to " + std::to_string(max_resources) +
                                      " resources");
    json::array granted;
    for (const json::value& uri : *list) {
      if (!uri.is_string())
        return protocol::invalid_params(
            "/notifications/resourceSubscriptions must be an array of URIs");
      if (can.resources_subscribe &&
          wish.filter.uris.emplace(std::string_view(uri.get_string())).second)
        granted.push_back(uri);
    }
    if (!granted.empty()) wish.granted["resourceSubscriptions"] = std::move(granted);
  }
  return wish;
}

/// Lets the stream's task sleep until its subscriber has something. One shard.
class wake_up {
 public:
  void ring() noexcept {
    rung_ = true;
    if (waiting_) waiting_->set();
  }
  awaitable<void> wait() {
    if (!std::exchange(rung_, false)) {
      event e;
      const reset at_end{waiting_};
      waiting_ = &e;
      co_await e.wait();
      rung_ = false;
    }
  }

 private:
  class reset {
   public:
    explicit reset(event*& p) noexcept : p_(p) {}
    ~reset() { p_ = nullptr; }
    reset(const reset&) = delete;
    reset& operator=(const reset&) = delete;

   private:
    event*& p_;
  };
  event* waiting_ = nullptr;
  bool rung_ = false;
};

class counted {
 public:
  explicit counted(std::atomic<std::size_t>& c) noexcept : count_(c) {}
  ~counted() { count_.fetch_sub(1); }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;

 private:
  std::atomic<std::size_t>& count_;
};

json::object tag(const jsonrpc::request_id& id) {
  json::object meta;
  meta[protocol::meta_key::subscription_id] = id.to_json();  // S-SUB-03
  return meta;
}

// On HTTP the stream's end tells the client; on a shared connection nothing else does.
bool has_stream_of_its_own(const request_context& context) {
  return context.origin() != nullptr && context.origin()->transport_name() == "streamable-http";
}

}  // namespace

awaitable<void> server_core::listen(jsonrpc::request request,
                                    responder answer,
                                    request_context& context) {
  auto read = read_wish(request.params, describe(context.rules()).capabilities,
                        options.max_subscribed_resources());
  if (auto* error = std::get_if<jsonrpc::error_object>(&read)) {
    std::move(answer).fail(*error);
    co_return;
  }
  auto& wish = std::get<core_wish>(read);
  std::vector<std::string> topics;
  for (const auto& e : extensions) {
    listen_wish more(request.params.at("notifications").get_object(), wish.granted, topics);
    auto running = e->on_listen(more, context);
    co_await std::move(running);
  }
  wish.filter.topics.insert(topics.begin(), topics.end());
  if (streams.fetch_add(1) >= options.max_subscriptions()) {
    streams.fetch_sub(1);
    std::move(answer).fail(jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                                 "Too many subscriptions are open; try later"));
    co_return;
  }
  const counted open(streams);
  context.leave_limits();

  // Hears of changes from here on; they wait behind the acknowledgement (S-SUB-01).
  wake_up bell;
  const subscribers::membership subscription = listeners.add(
      std::make_shared<subscriber>(this_shard(), std::move(wish.filter),
                                   options.max_queued_changes(), [&bell] { bell.ring(); }));
  {
    json::object params;
    params["_meta"] = tag(request.id);
    params["notifications"] = std::move(wish.granted);
    co_await context.notify(std::string(protocol::method::subscription_acknowledged),
                            json::value(std::move(params)));
  }
  while (!subscription->overflowed()) {
    const auto changed = subscription->take();
    for (const change_event& e : changed) {
      json::object params = params_of(e);
      params["_meta"] = tag(request.id);
      co_await context.notify(std::string(method_of(e)), json::value(std::move(params)));
    }
    if (!changed.empty()) continue;
    if (subscription->ended()) {  // S-SUB-05
      json::object result;
      result["_meta"] = tag(request.id);
      reply(std::move(answer), context, std::move(result));
      co_return;
    }
    co_await bell.wait();
  }
  // Changes were lost: the client is to listen and read again.
  if (!has_stream_of_its_own(context)) {
    json::object params;
    params["requestId"] = request.id.to_json();
    params["reason"] = "too many changes at once";
    co_await context.notify(std::string(protocol::method::cancelled),
                            json::value(std::move(params)));
  }
  std::move(answer).abandon();
}

}  // namespace comcp::detail
