#include "option_kinds.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <utility>

#include "suggest.hpp"
#include "units.hpp"

namespace comcp::program {

namespace {

using text_parser = std::function<void(const std::string&)>;

CLI::Option* custom(CLI::App& app,
                    const std::string& name,
                    const std::string& help,
                    const std::string& type,
                    const std::string& shown_default,
                    const text_parser& parse) {
  return app.add_option_function<std::string>(name, parse, help)
      ->type_name(type)
      ->default_str(shown_default);
}

}  // namespace

CLI::Option* duration_option(CLI::App& app,
                             const std::string& name,
                             std::chrono::milliseconds& out,
                             const std::string& help) {
  return custom(app, name, help, "TIME", duration_text(out), [&out, name](const std::string& text) {
    const auto value = parse_duration(text);
    if (!value) {
      throw CLI::ValidationError(name, "'" + text + "' is no time: write 500ms, 30s, 5m or 1h");
    }
    out = *value;
  });
}

CLI::Option* size_option(CLI::App& app,
                         const std::string& name,
                         std::size_t& out,
                         const std::string& help) {
  return custom(app, name, help, "SIZE", size_text(out), [&out, name](const std::string& text) {
    const auto value = parse_size(text);
    if (!value) {
      throw CLI::ValidationError(name,
                                 "'" + text + "' is no size: write 65536, 64KiB, 4MiB or 1GiB");
    }
    out = *value;
  });
}

CLI::Option* count_option(CLI::App& app,
                          const std::string& name,
                          std::size_t& out,
                          std::size_t least,
                          std::size_t most,
                          const std::string& help) {
  const auto parse = [&out, name, least, most](const std::string& text) {
    std::size_t value = 0;
    if (text.find_first_not_of("0123456789") != std::string::npos ||
        !CLI::detail::lexical_cast(text, value) || value < least || value > most) {
      throw CLI::ValidationError(name, "'" + text + "' must be a number from " +
                                           std::to_string(least) + " to " + std::to_string(most));
    }
    out = value;
  };
  return custom(app, name, help, "N", std::to_string(out), parse);
}

std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> out;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames())
      out.push_back(name);
  }
  return out;
}

std::string message_of(const CLI::ParseError& error, CLI::App& app) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error)) {
    const auto left = app.remaining();
    const std::string word = left.empty() ? std::string() : left.front();
    if (word.starts_with("--")) {
      const std::string name = word.substr(2, word.find('=') - 2);
      const std::string near = nearest(name, known_names(app));
      return "unknown option '--" + name + "'" +
             (near.empty() ? std::string() : "; did you mean '--" + near + "'?");
    }
    return "unexpected argument '" + word + "'";
  }
  return error.what();
}

void parse(CLI::App& app, std::vector<std::string> arguments) {
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants it
  app.parse(std::move(arguments));
}

namespace {

// One column of names and types; defaults at the end of the sentence.
class help_format final : public CLI::Formatter {
 public:
  help_format() { column_width(34); }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_name().empty() ? std::string() : " " + option->get_type_name();
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const std::string shown = option->get_default_str();
    return option->get_description() + (shown.empty() ? std::string() : " [" + shown + "]");
  }
};

}  // namespace

std::string help_text(CLI::App& app) {
  app.formatter(std::make_shared<help_format>());
  std::string text = app.help();
  for (auto at = text.find("\n\n\n"); at != std::string::npos; at = text.find("\n\n\n", at)) {
    text.erase(at, 1);
  }
  return text;
}

}  // namespace comcp::program
