#pragma once

#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>

namespace gyre::bench {

/// "--name value" pairs; ends the program for a name that is not in `defaults`, which also says what may be given.
class Arguments {
 public:
  Arguments(int argc, char** argv, std::map<std::string, std::string> defaults) : values_(std::move(defaults)) {
    for (int i = 1; i < argc; i += 2) {
      const std::string name = argv[i];
      const bool known = name.starts_with("--") && values_.contains(name.substr(2));
      if (!known || i + 1 == argc) Usage(argv[0]);
      values_[name.substr(2)] = argv[i + 1];
    }
  }

  const std::string& Text(const std::string& name) const { return values_.at(name); }
  double Number(const std::string& name) const { return std::strtod(values_.at(name).c_str(), nullptr); }
  size_t Count(const std::string& name) const { return static_cast<size_t>(Number(name)); }

 private:
  [[noreturn]] void Usage(const char* program) const {
    std::fprintf(stderr, "usage: %s", program);
    for (const auto& [name, value] : values_) std::fprintf(stderr, " [--%s %s]", name.c_str(), value.c_str());
    std::fputc('\n', stderr);
    std::exit(2);
  }

  std::map<std::string, std::string> values_;
};

/// Ends the program, saying what the operating system refused.
[[noreturn]] inline void Die(const char* what) {
  std::perror(what);
  std::exit(1);
}

}  // namespace gyre::bench
