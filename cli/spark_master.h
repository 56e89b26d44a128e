// SPDX-License-Identifier: Apache-2.0
// A Spark master's address, and whether something answers there: Spark itself tries for
// more than a minute before it says so.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "pomona/base/status.h"

namespace pomona::cli {

struct Endpoint {
  std::string host;
  std::string port;
};

// Where `master` can be reached: of spark://HOST:PORT[,HOST:PORT] and k8s://HOST:PORT;
// none for local, local[N], local-cluster[...] and yarn. Invalid, with what is right, for
// anything else.
Result<std::vector<Endpoint>> ParseMaster(const std::string& master);

// OK when something accepts connections at one of the endpoints (or there are none)
// within `timeout`; else IOError that names master, endpoint and reason.
Status ProbeMaster(const std::string& master, std::chrono::milliseconds timeout);

}  // namespace pomona::cli
