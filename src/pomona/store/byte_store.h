// SPDX-License-Identifier: Apache-2.0
// A byte store holds the files of one destination (or of a reducer, a table): a folder or
// an s3:// prefix over arrow::fs, or memory. Paths are relative to its root,
// '/'-separated. A file appears whole or not at all. All methods are thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/io/type_fwd.h>
#include <arrow/type_fwd.h>

#include "pomona/base/status.h"
#include "pomona/store/s3/retry.h"

namespace pomona::store {

// A file being written. Nothing is visible under its name before Commit; destroying it
// without Commit removes every trace.
class AtomicFile {
 public:
  virtual ~AtomicFile() = default;
  virtual arrow::io::OutputStream* stream() = 0;
  // Makes the file visible and durable (local: fsync, rename, fsync of the folder),
  // replacing an older one of that name.
  virtual Status Commit() = 0;
};

struct StoredFile {
  std::string path;  // relative to the root
  int64_t size = 0;
};

// Who holds a destination; written into the lease so that another run can say it.
struct LeaseHolder {
  std::string host;
  int64_t pid = 0;
  std::string start;  // ISO 8601, UTC
};

// Exclusive use of a destination, given up by destruction (or by the process's death).
class Lease {
 public:
  virtual ~Lease() = default;
};

class ByteStore {
 public:
  virtual ~ByteStore() = default;

  // The root as the user would write it: a path, "s3://bucket/prefix", "memory:".
  virtual std::string uri() const = 0;

  // The whole file. KeyError when there is none.
  virtual Result<std::shared_ptr<arrow::Buffer>> Read(const std::string& path) = 0;
  // Random access, for Parquet. KeyError when there is none.
  virtual Result<std::shared_ptr<arrow::io::RandomAccessFile>> Open(
      const std::string& path) = 0;
  // Folders are made as needed.
  virtual Result<std::unique_ptr<AtomicFile>> Create(const std::string& path) = 0;
  virtual Result<bool> Exists(const std::string& path) = 0;
  // Every committed file below `prefix` ("" is all), sorted by path as bytes. Unfinished
  // files and the lease are not listed. A missing root is an empty store.
  virtual Result<std::vector<StoredFile>> List(const std::string& prefix) = 0;
  // Both succeed when there is nothing to remove. DeleteTree also removes unfinished
  // files.
  virtual Status Delete(const std::string& path) = 0;
  virtual Status DeleteTree(const std::string& prefix) = 0;
  // Fails with AlreadyExists, naming the other holder, while another lease is alive.
  virtual Result<std::unique_ptr<Lease>> Acquire(const LeaseHolder& holder) = 0;

  // Create + write + Commit.
  Status Put(const std::string& path, std::string_view bytes);
};

// A store for a local folder (made when first written to) or an s3:// address. `on_retry`
// is told of requests to S3 that are tried again, from any thread; it may be empty.
Result<std::shared_ptr<ByteStore>> OpenByteStore(const std::string& uri,
                                                 s3::RetrySink on_retry = {});

// A store in memory, for tests.
std::shared_ptr<ByteStore> MakeMemoryStore();

}  // namespace pomona::store
