#ifndef COMCP_FWD_HPP
#define COMCP_FWD_HPP

// Forward declarations of the types that interfaces mention most.

namespace comcp {

class bus;
class cancel_scope;
class endpoint;
class outbox;
class principal;
class request_context;
class request_handler;
class resource_options;
class responder;
class run_options;
class runtime;
class server;
class server_options;
class session;
class session_options;
class shard;
class task_group;
class tool_definition;
class tool_options;
class transport;
class uri_template;

namespace protocol {
class call_tool_result;
class content_block;
class get_prompt_result;
class read_resource_result;
struct rules;
}  // namespace protocol

}  // namespace comcp

#endif
