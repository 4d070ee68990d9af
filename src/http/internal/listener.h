#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"

namespace gyre::http::internal {

/// Listening sockets on one address: `count` of them that share the port, between which the kernel deals connections
/// out, or a single one where it cannot do that. No other process can share the port. `host` is an IPv4 or IPv6
/// address or a name, of which the first address that can be bound is taken (IPv4 first); port 0 takes a free one.
base::Result<std::vector<base::UniqueFd>> Listen(const std::string& host, uint16_t port, size_t count);

uint16_t PortOf(int fd);

}  // namespace gyre::http::internal
