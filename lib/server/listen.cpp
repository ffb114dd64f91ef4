// subscriptions/listen: a request that stays open and brings changes.
// spec: 2026-07-28, basic/subscriptions

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "comcp/protocol/request_meta.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/scope/event.hpp"
#include "comcp/scope/shard.hpp"
#include "server/server_core.hpp"
#include "transport/waiting_in.hpp"

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

/// One of the streams that are open.
class counted {
 public:
  explicit counted(std::atomic<std::size_t>& all) noexcept
      : all_(&all), before_(all.fetch_add(1)) {}
  counted(counted&& other) noexcept
      : all_(std::exchange(other.all_, nullptr)), before_(other.before_) {}
  counted& operator=(counted&&) = delete;
  ~counted() {
    if (all_ != nullptr) all_->fetch_sub(1);
  }
  /// How many were open before it.
  std::size_t before() const noexcept { return before_; }

 private:
  std::atomic<std::size_t>* all_;
  std::size_t before_;
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

/// What lasts as long as the stream. Hears of changes from its beginning on.
class open_listening {
 public:
  open_listening(server_core& server, counted place, change_filter wanted)
      : place_(std::move(place)),
        subscription(server.listeners.add(std::make_shared<subscriber>(
            this_shard(), std::move(wanted), server.options.max_queued_changes(), [this] {
              wake(waiting);
            }))) {}

 private:
  const counted place_;

 public:
  event* waiting = nullptr;
  const subscribers::membership subscription;
};

/// Opens a stream and acknowledges it; null: it was refused.
awaitable<std::unique_ptr<open_listening>> open(server_core& server,
                                                json::value params,
                                                const jsonrpc::request_id& id,
                                                responder& answer,
                                                request_context& context) {
  auto read = read_wish(params, server.describe(context.rules()).capabilities,
                        server.options.max_subscribed_resources());
  if (auto* error = std::get_if<jsonrpc::error_object>(&read)) {
    std::move(answer).fail(*error);
    co_return nullptr;
  }
  auto& wish = std::get<core_wish>(read);
  std::vector<std::string> topics;
  for (const auto& e : server.extensions) {
    listen_wish more(params.at("notifications").get_object(), wish.granted, topics);
    auto running = e->on_listen(more, context);
    co_await std::move(running);
  }
  wish.filter.topics.insert(topics.begin(), topics.end());
  counted place(server.streams);
  if (place.before() >= server.options.max_subscriptions()) {
    std::move(answer).fail(jsonrpc::error_object(jsonrpc::error_code::internal_error,
                                                 "Too many subscriptions are open; try later"));
    co_return nullptr;
  }
  context.leave_limits();
  // Changes wait behind the acknowledgement (S-SUB-01).
  auto opened = std::make_unique<open_listening>(server, std::move(place), std::move(wish.filter));
  json::object granted;
  granted["_meta"] = tag(id);
  granted["notifications"] = std::move(wish.granted);
  auto telling = context.notify(std::string(protocol::method::subscription_acknowledged),
                                json::value(std::move(granted)));
  co_await std::move(telling);
  co_return opened;
}

awaitable<void> tell(std::vector<change_event> changed,
                     const jsonrpc::request_id& id,
                     request_context& context) {
  for (const change_event& e : changed) {
    json::object params = params_of(e);
    params["_meta"] = tag(id);
    auto telling = context.notify(std::string(method_of(e)), json::value(std::move(params)));
    co_await std::move(telling);
  }
}

// Changes were lost: the client is to listen and read again.
awaitable<void> give_up(responder answer, const jsonrpc::request_id& id, request_context& context) {
  if (!has_stream_of_its_own(context)) {
    json::object params;
    params["requestId"] = id.to_json();
    params["reason"] = "too many changes at once";
    auto telling =
        context.notify(std::string(protocol::method::cancelled), json::value(std::move(params)));
    co_await std::move(telling);
  }
  std::move(answer).abandon();
}

}  // namespace

// Streams stay open for hours: what isn't needed for that is not in this frame.
awaitable<void> server_core::listen(jsonrpc::request request,
                                    responder answer,
                                    request_context& context) {
  auto opening = open(*this, std::move(request.params), request.id, answer, context);
  const auto stream = co_await std::move(opening);
  if (!stream) co_return;
  const auto& subscription = stream->subscription;
  while (!subscription->overflowed()) {
    auto changed = subscription->take();
    if (!changed.empty()) {
      auto telling = tell(std::move(changed), request.id, context);
      co_await std::move(telling);
      continue;
    }
    if (subscription->ended()) {  // S-SUB-05
      json::object result;
      result["_meta"] = tag(request.id);
      reply(std::move(answer), context, std::move(result));
      co_return;
    }
    waiting_in wait(stream->waiting);
    co_await wait.wake_up.wait();
  }
  auto giving_up = give_up(std::move(answer), request.id, context);
  co_await std::move(giving_up);
}

}  // namespace comcp::detail
