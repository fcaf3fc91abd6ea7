#pragma once
#include <openssl/types.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/temporary_folder.hpp"
#include "net/tls.hpp"

namespace loangate::net::testing {

void write_file(const std::filesystem::path& path, std::string_view text);
std::string read_file(const std::filesystem::path& path);

/// What certs/make-dev-pki.sh makes, once for all tests of a build: senders bank01 and bank02, server fund.
const std::filesystem::path& dev_pki();
ServerTlsFiles dev_server_files();

struct KeyPair {
  std::filesystem::path certificate;
  std::filesystem::path key;
};
KeyPair dev_pair(const std::string& name);  // `senders/bank01`, `special/revoked`, …

/// A certificate to ask for; what it says as it stands is good for a client.
struct Wish {
  std::string name = "client";
  int rsa_bits = 0;  // 0: P-256
  std::string curve = "P-256";
  std::string usage = "clientAuth";    // empty: no extended key usage
  std::string alternative_names = {};  // empty: none
  bool authority = false;
  long starts_in_seconds = -3600;
  long ends_in_seconds = 3600;
};

/// A CA that signs what dev PKI never would.
class TestCa {
 public:
  TestCa(const std::filesystem::path& folder, const std::string& name);
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  const std::filesystem::path& file() const { return file_; }
  KeyPair issue(const Wish& wish);
  /// Writes a CRL that revokes these certificates; number 0: without one.
  void write_crl(const std::filesystem::path& path, int number,
                 const std::vector<std::filesystem::path>& revoked, long ends_in_seconds = 3600) const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path file_;
  EVP_PKEY* key_;
  X509* certificate_;
  long serial_ = 1000;
};

}  // namespace loangate::net::testing
