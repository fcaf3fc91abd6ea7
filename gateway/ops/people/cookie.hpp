#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "net/http.hpp"

/// The session's cookie. `__Host-` makes browsers keep it to this host, this port's scheme and the whole
/// path.
namespace loangate::ops {

inline constexpr std::string_view session_cookie = "__Host-loangate";

/// The token in the request's Cookie fields: 64 lower-case hexadecimal digits. None if there is no such
/// cookie, if it is not of this form, or if it stands there twice: a second one may be somebody else's.
std::optional<std::string_view> session_token(const net::RequestHead& head);

/// The value of Set-Cookie that gives the token, or takes it away if it is empty.
std::string set_cookie(std::string_view token);

}  // namespace loangate::ops
