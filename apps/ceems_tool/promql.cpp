#include "base/text.h"
#include "commands.h"
#include "promql/parser.h"
#include "promql/printer.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace ceems::tool {

namespace {

constexpr std::size_t kInputLimit = std::size_t{64} << 20;

base::Result<std::string> read_standard_input() {
  std::string text;
  std::array<char, 65536> buffer{};
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail_errno(errno, "standard input");
    text.append(buffer.data(), static_cast<std::size_t>(got));
    if (text.size() > kInputLimit)
      return base::fail(base::ErrorCode::kTooLarge, "standard input", "more than {} bytes", kInputLimit);
  }
}

class Promql final : public config::Command {
 public:
  explicit Promql(bool print) : print_(print) {}

  void declare(config::Flags& flags) override {
    flags.boolean(
        "null", false,
        print_ ? "Read many queries from standard input, each with a NUL byte behind it, and write their "
                 "texts the same way: an empty one for what is not valid."
               : "Read many queries from standard input, each with a NUL byte behind it.",
        null_);
    flags.positional(
        "query",
        "The query; without it, standard input is read. Write -- in front of one that starts with a dash.",
        queries_);
  }

  int run() override {
    if (queries_.size() > 1 || (null_ && !queries_.empty())) {
      config::print_start_error("ceems_tool", null_ ? "--null reads standard input and takes no query"
                                                    : "give one query, in quotes");
      return 1;
    }
    if (!queries_.empty()) return one(queries_.front());
    const auto input = read_standard_input();
    if (!input) {
      config::print_start_error("ceems_tool", input.error().text());
      return 1;
    }
    return null_ ? many(*input) : one(*input);
  }

 private:
  int one(std::string_view query) const {
    const auto parsed = promql::parse_with_position(query);
    if (!parsed) return refuse(query, parsed.error());
    if (print_) fmt::print("{}\n", promql::print(**parsed));
    return 0;
  }

  int many(std::string_view input) const {
    int status = 0;
    if (input.ends_with('\0')) input.remove_suffix(1);
    for (const std::string_view query : base::split(input, '\0')) {
      const auto parsed = promql::parse_with_position(query);
      if (!parsed) status = refuse(query, parsed.error());
      if (!print_) continue;
      std::string text = parsed ? promql::print(**parsed) : std::string();
      text.push_back('\0');
      std::fwrite(text.data(), 1, text.size(), stdout);
    }
    return status;
  }

  static int refuse(std::string_view query, const promql::ParseError& error) {
    fmt::print(stderr, "{}\n", promql::explain(query, error));
    return 1;
  }

  bool print_;
  bool null_ = false;
  std::vector<std::string> queries_;
};

}  // namespace

std::unique_ptr<config::Command> make_promql_format() {
  return std::make_unique<Promql>(true);
}

std::unique_ptr<config::Command> make_promql_check() {
  return std::make_unique<Promql>(false);
}

}  // namespace ceems::tool
