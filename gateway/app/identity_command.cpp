#include "app/identity_command.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "net/identities.hpp"
#include "net/tls.hpp"

namespace loangate::app {
namespace {

int finish(const ConfigErrors& errors, std::string_view done) {
  for (const ConfigError& error : errors) fmt::print(stderr, "{}\n", error.text());
  if (!errors.empty()) return 1;
  fmt::print("{}\n", done);
  return 0;
}

}  // namespace

int identity_add(const IdentityAdd& add) {
  auto spki = net::spki_sha256_of_file(add.certificate);
  if (!spki) return finish(spki.error(), "");
  net::Pin pin;
  pin.spki_sha256 = *std::move(spki);
  pin.comment = add.comment;
  const auto change = [&](net::Identities& identities) -> std::string {
    if (add.person.empty()) {
      identities.add_to_sender(add.sender, add.partners, pin);
    } else {
      identities.add_to_person(add.person, add.roles, pin);
    }
    return {};
  };
  return finish(net::edit_identities(add.identities, change),
                fmt::format("已登记 · added {} {}; kill -HUP puts it in force",
                            add.person.empty() ? add.sender : add.person, pin.spki_sha256));
}

int identity_retire(const std::filesystem::path& file, const std::filesystem::path& certificate) {
  auto spki = net::spki_sha256_of_file(certificate);
  if (!spki) return finish(spki.error(), "");
  net::Pin pin;
  pin.spki_sha256 = *std::move(spki);
  const auto change = [&](net::Identities& identities) -> std::string {
    return identities.retire(pin, real_now())
               ? ""
               : fmt::format("no identity has the key {}: nothing to retire", pin.spki_sha256);
  };
  return finish(net::edit_identities(file, change),
                fmt::format("已停用 · retired {}; kill -HUP puts it in force", pin.spki_sha256));
}

}  // namespace loangate::app
