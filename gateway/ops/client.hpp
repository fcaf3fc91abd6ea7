#pragma once
#include <chrono>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/yaml.hpp"
#include "net/http.hpp"

namespace loangate::ops {

/// Whose operations port, and with whose certificate.
struct Access {
  std::string url = "https://127.0.0.1:8444";
  std::filesystem::path certificate;  ///< of the person, PEM; empty, with the key: comes without one
  std::filesystem::path key;
  std::filesystem::path ca;  ///< that the gateway's certificate must come from
};

/// Calls the operations port as one person, one call at a time; the connection is kept between calls. Used by
/// one thread at a time.
class Client {
 public:
  static std::expected<Client, ConfigErrors> open(const Access& access);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// An answer of any status is an answer; the error says why there is none. An empty body is sent without a
  /// Content-Type. `target` is a path with its query, percent-encoded.
  std::expected<net::Response, std::string> call(
      std::string_view method, std::string target, std::string body = {},
      std::chrono::seconds within = std::chrono::seconds(60),
      std::vector<std::pair<std::string, std::string>> headers = {});

 private:
  struct State;
  explicit Client(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

using net::percent_encoded;

}  // namespace loangate::ops
