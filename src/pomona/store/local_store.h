// SPDX-License-Identifier: Apache-2.0
// The parts of the local byte store; byte_store.h is the contract.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"

namespace pomona::store {

inline constexpr std::string_view kLockName = ".pomona.lock";

// Invalid for a path that is empty, absolute or leaves the root.
Status CheckStorePath(const std::string& path);

// A store on folder `root`, which need not exist yet.
std::shared_ptr<ByteStore> MakeLocalStore(std::string root);

// An unfinished file stands beside its place as ".NAME.pomona-tmp-PID-N".
std::string TemporaryName(std::string_view name, int64_t pid, int64_t n);
bool IsTemporaryName(std::string_view name);

// Makes `folder` and those above it; what was made is durable.
Status MakeFolders(const std::string& folder);

// The file `root`/`path`, whose folder must exist. `path` also names the fault points.
Result<std::unique_ptr<AtomicFile>> CreateLocalFile(const std::string& root,
                                                    const std::string& path);

// flock on ROOT/.pomona.lock. The lock of a dead process counts for nothing.
Result<std::unique_ptr<Lease>> AcquireLocalLease(const std::string& root,
                                                 const LeaseHolder& holder);

}  // namespace pomona::store
