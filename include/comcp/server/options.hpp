#ifndef COMCP_SERVER_OPTIONS_HPP
#define COMCP_SERVER_OPTIONS_HPP

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comcp/log.hpp"
#include "comcp/protocol/capabilities.hpp"
#include "comcp/protocol/result.hpp"
#include "comcp/server/bus.hpp"
#include "comcp/session/rounds.hpp"

namespace comcp {

/** Options of a server. Every limit has a default and can be moved. */
class server_options {
 public:
  server_options() = default;

  // Who the server says it is.
  server_options& title(std::string t) { return title_ = std::move(t), *this; }
  server_options& description(std::string t) { return description_ = std::move(t), *this; }
  server_options& website_url(std::string u) { return website_url_ = std::move(u), *this; }
  server_options& icon(protocol::icon i) { return icons_.push_back(std::move(i)), *this; }
  /// Text for the model: how to use this server.
  server_options& instructions(std::string t) { return instructions_ = std::move(t), *this; }

  // What it offers. Features follow from what is registered; these can only take something away.
  /// Whether clients are told when lists change at run time. Default: yes.
  server_options& list_changed(bool on) { return list_changed_ = on, *this; }
  /// Whether single resources can be subscribed to. Default: yes, if there are any.
  server_options& resource_subscriptions(bool on) { return subscriptions_ = on, *this; }
  /// Whether handlers' log messages reach clients. Default: yes, if there are handlers.
  server_options& logging(bool on) { return logging_ = on, *this; }
  /// A member of the `experimental` or the `extensions` capability.
  server_options& experimental(std::string_view id, json::object settings = {}) {
    return experimental_[id] = std::move(settings), *this;
  }
  server_options& extension(std::string_view id, json::object settings = {}) {
    return extensions_[id] = std::move(settings), *this;
  }

  /// Entries on one page of a list; default 1000.
  server_options& page_size(std::size_t n) { return page_size_ = n == 0 ? 1 : n, *this; }
  /// How long clients may keep lists and the answer to `server/discover`. Default: not at all.
  server_options& cache_lists(protocol::cache_hints h) { return cache_lists_ = h, *this; }
  /// How long clients may keep what they read, where the resource doesn't say. Default: not at all.
  server_options& cache_reads(protocol::cache_hints h) { return cache_reads_ = h, *this; }

  /// Handlers that run at once, over all sessions and shards (1024); more wait, each in its request's
  /// scope, up to `max_waiting_calls`. Tasks and parked calls don't count while they wait for answers of their
  /// client, and go on at once behind them, beyond the limit if need be. The limit of one session is in
  /// session_options.
  server_options& max_concurrent_calls(std::size_t n) { return max_calls_ = n, *this; }
  /// Calls that may wait for one of those places (10,000); more are answered -32603 "server is busy".
  server_options& max_waiting_calls(std::size_t n) { return max_waiting_ = n, *this; }
  /// Streams of `subscriptions/listen` at once (10,000); more are refused.
  server_options& max_subscriptions(std::size_t n) { return max_subscriptions_ = n, *this; }
  /// Resources that one stream or session may subscribe to (1024).
  server_options& max_subscribed_resources(std::size_t n) { return max_uris_ = n, *this; }
  /// Changes that may wait for one subscriber (1024). Equal ones count once. Beyond it a listen
  /// stream ends, and the client reads everything anew; a session is told once that all of its lists and
  /// resources changed.
  server_options& max_queued_changes(std::size_t n) { return max_changes_ = n, *this; }

  /// How requests of 2026-07-28 remember their questions: keys, lifetime, limits.
  server_options& rounds(round_options r) { return rounds_ = std::move(r), *this; }

  /// Calls of tools with `tool_options::parked` that wait at once (256); more are refused with -32603.
  server_options& max_parked_calls(std::size_t n) { return max_parked_ = n, *this; }

  server_options& log(logger l) { return log_ = std::move(l), *this; }
  /// Default: a bus within the process.
  server_options& change_bus(std::shared_ptr<bus> b) { return bus_ = std::move(b), *this; }

  const std::string& title() const noexcept { return title_; }
  const std::string& description() const noexcept { return description_; }
  const std::string& website_url() const noexcept { return website_url_; }
  const std::vector<protocol::icon>& icons() const noexcept { return icons_; }
  const std::string& instructions() const noexcept { return instructions_; }
  bool list_changed() const noexcept { return list_changed_; }
  bool resource_subscriptions() const noexcept { return subscriptions_; }
  bool logging() const noexcept { return logging_; }
  const json::object& experimental() const noexcept { return experimental_; }
  const json::object& extensions() const noexcept { return extensions_; }
  std::size_t page_size() const noexcept { return page_size_; }
  const protocol::cache_hints& cache_lists() const noexcept { return cache_lists_; }
  const protocol::cache_hints& cache_reads() const noexcept { return cache_reads_; }
  std::size_t max_concurrent_calls() const noexcept { return max_calls_; }
  std::size_t max_waiting_calls() const noexcept { return max_waiting_; }
  std::size_t max_subscriptions() const noexcept { return max_subscriptions_; }
  std::size_t max_subscribed_resources() const noexcept { return max_uris_; }
  std::size_t max_queued_changes() const noexcept { return max_changes_; }
  const round_options& rounds() const noexcept { return rounds_; }
  std::size_t max_parked_calls() const noexcept { return max_parked_; }
  const logger& log() const noexcept { return log_; }
  const std::shared_ptr<bus>& change_bus() const noexcept { return bus_; }

 private:
  std::string title_;
  std::string description_;
  std::string website_url_;
  std::vector<protocol::icon> icons_;
  std::string instructions_;
  bool list_changed_ = true;
  bool subscriptions_ = true;
  bool logging_ = true;
  json::object experimental_;
  json::object extensions_;
  std::size_t page_size_ = 1000;
  protocol::cache_hints cache_lists_;
  protocol::cache_hints cache_reads_;
  std::size_t max_calls_ = 1024;
  std::size_t max_waiting_ = 10'000;
  std::size_t max_subscriptions_ = 10'000;
  std::size_t max_uris_ = 1024;
  std::size_t max_changes_ = 1024;
  round_options rounds_;
  std::size_t max_parked_ = 256;
  logger log_;
  std::shared_ptr<bus> bus_;
};

}  // namespace comcp

#endif
