#include "tests/crash/gateway_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <thread>
#include <vector>

namespace loangate::crash {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::cerr << why << '\n';
  std::abort();
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(socket, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    give_up("no free port");
  }
  close(socket);
  return ntohs(address.sin_port);
}

bool listens(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in address = loopback(port);
  const bool connected = connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(socket);
  return connected;
}

}  // namespace

GatewayProcess::GatewayProcess(std::filesystem::path folder, const std::map<PartnerId, std::uint16_t>& pushes,
                               Date begins, Installation installation)
    : folder_(std::move(folder)),
      begins_(begins),
      installation_(std::move(installation)),
      partners_port_(free_port()),
      operations_port_(free_port()) {
  const std::filesystem::path& source = installation_.source;
  std::filesystem::create_directories(folder_ / "config");
  std::ofstream config(folder_ / "config/gateway.yaml");
  config << fmt::format(
      "listen: {{partners: 127.0.0.1:{}, operations: 127.0.0.1:{}}}\n"
      "partners: {}\nprogrammes: {}\ncalendar: {}\nlpr: {}\n"
      "tls:\n  certificate: pki/server.pem\n  key: pki/server.key\n  client_ca: pki/ca.pem\n  crl: "
      "pki/crl.pem\n"
      "  own_certificate: pki/gateway-client.pem\n  own_key: pki/gateway-client.key\n"
      "delivery: {{first_retry_ms: 50, longest_retry_ms: 500}}\nstore: {{low_water_mib: 1}}\npush:\n  ca: "
      "pki/ca.pem\n  partners:\n",
      partners_port_, operations_port_, (source / "adapters/partners").string(),
      (source / "config/programmes").string(), (source / "config/calendar.yaml").string(),
      (source / "config/lpr.yaml").string());
  for (const auto& [partner, port] : pushes) {
    config << fmt::format("    {0}: {{host: 127.0.0.1, port: {1}, server_name: {0}}}\n", partner.view(),
                          port);
  }
  config << installation_.more;
}

GatewayProcess::~GatewayProcess() {
  kill();
}

void GatewayProcess::start() {
  std::vector<std::string> words = installation_.under;
  words.insert(words.end(), {installation_.program, "serve", "--config", folder_ / "config", "--data",
                             folder_ / "data", "--demo-clock", format(begins_)});
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string log = folder_ / "gateway.log";
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  const int failed = posix_spawn(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) give_up("loangate cannot be started");
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!listens(partners_port_) || !listens(operations_port_)) {
    int status = 0;
    if (waitpid(process_, &status, WNOHANG) == process_)
      give_up("the gateway ended at its start: see " + log);
    if (std::chrono::steady_clock::now() > deadline)
      give_up("the gateway does not listen after 20 seconds: see " + log);
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

void GatewayProcess::kill() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

int GatewayProcess::stop() {
  ::kill(process_, SIGTERM);
  int status = 0;
  waitpid(process_, &status, 0);
  process_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace loangate::crash
