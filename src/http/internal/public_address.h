#pragma once

#include <sys/socket.h>

namespace gyre::http::internal {

/// Whether an address is one of the public internet: not of this machine, a private network, a link, a document or a
/// group, also where IPv6 wraps an IPv4 address. What is neither IPv4 nor IPv6 is not.
bool IsPublicAddress(const sockaddr& address);

}  // namespace gyre::http::internal
