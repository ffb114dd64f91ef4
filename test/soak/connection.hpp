#ifndef COMCP_TEST_SOAK_CONNECTION_HPP
#define COMCP_TEST_SOAK_CONNECTION_HPP

// A client's connection that checks what comes: whole, once, and its own.

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "comcp/json/value.hpp"
#include "lifecycle/wire.hpp"
#include "soak/totals.hpp"

namespace soak {

namespace json = comcp::json;

/// A message of a client; the params are the members of an object, the word is its progress token.
std::string call(int id,
                 std::string_view tool,
                 const std::string& arguments,
                 std::string_view word = {});
std::string modern(int id,
                   std::string_view method,
                   std::string_view name,
                   const std::string& params,
                   std::string_view word = {});
std::string modern_call(int id,
                        const std::string& tool,
                        const std::string& arguments,
                        std::string_view word = {});
/// A JSON object with one member, a text.
std::string one(std::string_view key, std::string_view text);

/// Arguments of the tool steps.
std::string steps(std::string_view word, int n = 3);

/// Text of a member, "" where there is none.
std::string text_at(const json::object& in, std::string_view key);
/// What a tool said.
std::string text_of(const json::object& answer);

/** Throws the failure that it is when what came isn't what was wanted. Each client's word begins with "tk-",
    so another's can be told. */
void expect(const std::string& came, const std::string& wanted);

/// Progress that a call must have reported, in order, with its own word as token and, where the revision has one,
/// message.
class progress {
 public:
  explicit progress(std::string word) : word_(std::move(word)) {}
  /// Takes the notification; throws the failure that it is.
  void take(const json::object& notification);
  int seen() const noexcept { return seen_; }
  const std::string& word() const noexcept { return word_; }

 private:
  std::string word_;
  int seen_ = 0;
};

/** A connection to the server under test. Everything throws failure. */
class connection {
 public:
  connection(std::uint16_t port, totals& counts, int receive_buffer = 0);

  void send(std::string_view bytes) { wire_.send(bytes); }
  /// The head of the answer, and its body unless it is a stream.
  lifecycle::http_answer head(int status = 200);
  /// The head of an answer that must be a stream.
  void stream();
  /// The next event of a stream; nothing: it has ended with its last chunk.
  std::optional<lifecycle::stream_event> event();
  /// The next message of a stream, heartbeats and priming events left out.
  std::optional<json::object> message();

  using other = std::function<void(const json::object& message)>;
  /** The one answer to this request, read to the end of its stream; with an error, it throws.
      @param reported takes progress
      @param or_else  takes whatever else comes */
  json::object answer(int id, progress* reported = nullptr, const other& or_else = {});
  /// The same behind a head that was read.
  json::object answer(const lifecycle::http_answer& head,
                      int id,
                      progress* reported,
                      const other& or_else = {});
  /// send, answer, and its text must be this.
  void ask(std::string_view bytes, int id, const std::string& wanted, progress* reported = nullptr);

  lifecycle::wire& raw() noexcept { return wire_; }

 private:
  lifecycle::wire wire_;
  totals& counts_;
};

}  // namespace soak

#endif
