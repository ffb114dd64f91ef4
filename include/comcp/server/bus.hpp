#ifndef COMCP_SERVER_BUS_HPP
#define COMCP_SERVER_BUS_HPP

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "comcp/json/value.hpp"

namespace comcp {

/** Something that subscribers want to hear of. */
class change_event {
 public:
  enum class kind : std::uint8_t {
    tools,             ///< the list of tools changed
    prompts,           ///< the list of prompts changed
    resources,         ///< the list of resources or templates changed
    resource_updated,  ///< what `uri` holds changed
    topic              ///< an extension's own: subscribers of the topic `uri` get the notification
  };

  change_event() = default;
  explicit change_event(kind k, std::string u = {}) : what(k), uri(std::move(u)) {}

  /// An extension's event: of those that wait for one subscriber only the last of its topic counts.
  static change_event of_topic(std::string topic, std::string method, json::object params) {
    change_event e(kind::topic, std::move(topic));
    e.method = std::move(method);
    e.params = std::move(params);
    return e;
  }

  kind what = kind::tools;
  std::string uri;
  std::string method;  // of the notification; kind::topic alone
  json::object params;
};

/** Carries changes from where they happen to every instance of a server that has subscribers.

    The default stays in the process. Several instances behind a balancer share one over a message
    broker, so that the instance that holds a client's stream hears of changes made elsewhere.

    @par Thread safety every function from any thread
*/
class bus {
 public:
  using listener = std::function<void(const change_event&)>;

  virtual ~bus() = default;

  /// Hands on an event, to the listeners of this process too; never waits, never throws.
  virtual void publish(const change_event& event) noexcept = 0;

  /** Calls `heard` for each event, on any thread, until the returned handle is released; after the
      release has returned it is not called any more. It returns quickly, doesn't throw, and doesn't call
      the bus. */
  virtual std::shared_ptr<void> subscribe(listener heard) = 0;
};

/// A bus within this process.
std::shared_ptr<bus> make_local_bus();

}  // namespace comcp

#endif
