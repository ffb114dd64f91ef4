#include "comcp/server/prompt.hpp"

namespace comcp::detail {

prompt_definition define_prompt(std::string name,
                                std::string description,
                                prompt_options options,
                                std::vector<protocol::prompt_argument> derived,
                                prompt_function get) {
  prompt_definition made;
  made.info.name = std::move(name);
  made.info.title = options.title();
  made.info.description = std::move(description);
  made.info.arguments = options.arguments().empty() ? std::move(derived) : options.arguments();
  made.info.icons = options.icons();
  made.info.meta = options.meta();
  made.get = std::move(get);
  return made;
}

}  // namespace comcp::detail
