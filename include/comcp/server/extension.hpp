#ifndef COMCP_SERVER_EXTENSION_HPP
#define COMCP_SERVER_EXTENSION_HPP

// Extensions of the protocol: methods, kinds of results, capabilities and notifications that the
// specification's core doesn't have. spec: 2026-07-28, extensions

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comcp/awaitable.hpp"
#include "comcp/json/value.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/version.hpp"
#include "comcp/server/tool_call.hpp"
#include "comcp/session/request_context.hpp"

namespace comcp {

class server;

/** A request method that an extension adds. */
class extension_method {
 public:
  /// To the result, without what every result has (`resultType`, the server's name): these are added
  /// where they are missing. Errors like those of any handler: request_error and so on.
  using function = std::function<awaitable<json::object>(json::object params, request_context&)>;
  using condition = std::function<bool(const protocol::rules&)>;

  extension_method(std::string name, function call)
      : name_(std::move(name)), call_(std::move(call)) {}
  /// The member of the params that the header `Mcp-Name` repeats. Default: none.
  extension_method& name_param(std::string member) {
    return name_param_ = std::move(member), *this;
  }
  /// The revisions that have it. Default: those that know extensions.
  extension_method& exists(condition c) { return exists_ = std::move(c), *this; }

  const std::string& name() const noexcept { return name_; }
  const std::string& name_param() const noexcept { return name_param_; }
  const function& call() const noexcept { return call_; }
  bool exists_in(const protocol::rules& r) const { return exists_ ? exists_(r) : r.extensions; }

 private:
  std::string name_;
  std::string name_param_;
  function call_;
  condition exists_;
};

/** What a client wants to hear of on a `subscriptions/listen` stream, beside what the core knows. */
class listen_wish {
 public:
  listen_wish(const json::object& wanted, json::object& granted, std::vector<std::string>& topics)
      : wanted_(wanted), granted_(granted), topics_(topics) {}

  /// `params.notifications`, as it came.
  const json::object& wanted() const noexcept { return wanted_; }
  /// A member of the acknowledgement.
  void grant(std::string_view member, json::value v) { granted_[member] = std::move(v); }
  /// Events of this topic (`change_event::topic`) go to the stream. Topics are private to an extension
  /// when they begin with its id.
  void topic(std::string name) { topics_.push_back(std::move(name)); }

 private:
  const json::object& wanted_;
  json::object& granted_;
  std::vector<std::string>& topics_;
};

/** What an extension adds to a server: see `server::extend`.

    In the modern era its methods exist for clients that declare its id in the request's capabilities;
    others are answered -32021. tasks.hpp is one, built on nothing but this.

    @par Thread safety every function on every shard, for many requests at once
    @par Lifetime      the server keeps it
*/
class extension {
 public:
  /// @param id "vendor.example/name"
  explicit extension(std::string id) : id_(std::move(id)) {}
  virtual ~extension() = default;
  extension(const extension&) = delete;
  extension& operator=(const extension&) = delete;

  const std::string& id() const noexcept { return id_; }
  const std::vector<extension_method>& methods() const noexcept { return methods_; }

  bool declared_by(const request_context& context) const;
  /// Throws capability_missing_error unless the client declared it with this request.
  void need_declaration(const request_context& context) const;

  /// Adds what it offers under these rules. Default: its id with empty settings, where there are
  /// extensions. Inline.
  virtual void describe(protocol::server_capabilities& offered, const protocol::rules& r) const;

  /// Whether this call is answered by `answer`. May refuse it as handlers do, by exception. Inline.
  virtual bool takes(const tool_call& call, const request_context& context);
  /// The result of a call that it took: with a `resultType` of its own, for example. Cancellation: that
  /// of the request. Errors: as of any handler.
  virtual awaitable<json::object> answer(tool_call call, request_context& context);

  /// A listen stream opens: grants what it can of its members. May refuse by exception.
  virtual awaitable<void> on_listen(listen_wish& wish, request_context& context);

  /// Once, when the server takes it in.
  virtual void attached(server&) {}

 protected:
  /// In the constructor.
  void add(extension_method m) { methods_.push_back(std::move(m)); }

 private:
  std::string id_;
  std::vector<extension_method> methods_;
};

}  // namespace comcp

#endif
