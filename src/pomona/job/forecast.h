// SPDX-License-Identifier: Apache-2.0
// What a run would do, told without writing anything: the source is listed, and the
// destination is looked at, as job::Run would.
#pragma once

#include <cstdint>
#include <string>

#include "pomona/base/status.h"
#include "pomona/job/run.h"
#include "pomona/job/settings.h"
#include "pomona/store/image_source.h"

namespace pomona::job {

struct ForecastOptions {
  // Images a second, or 0: as the last run of `rate_from` (a destination, "" is the one
  // of the run) did, where there is one.
  double rate = 0;
  std::string rate_from;
  bool on_cluster = false;  // groups of blocks are merged by tasks there
};

// Pieces that are not done, by job::Work.
struct PiecesToDo {
  int64_t extract = 0;    // shards
  int64_t moments = 0;    // blocks
  int64_t merge = 0;      // groups of blocks
  int64_t transform = 0;  // shards
  int64_t sum() const { return extract + moments + merge + transform; }
};

// Of the files that would be there at the end, estimated: features and moments are upper
// bounds (rows of zeros compress), of what stands beside numbers a part for each image.
struct BytesAtEnd {
  int64_t listing = 0;
  int64_t features = 0;
  int64_t moments = 0;
  int64_t reducer = 0;
  int64_t reduced = 0;  // Parquet, and CSV and NPZ where asked for
  int64_t sum() const { return listing + features + moments + reducer + reduced; }
};

struct Forecast {
  std::string source;        // for messages
  std::string state;         // of the destination: "new", "begun" or "complete"
  int64_t images = 0;        // of the destination when the run has ended
  int64_t new_images = 0;    // of them, not listed there yet
  int64_t source_bytes = 0;  // of the new ones, as far as the listing tells
  store::SkippedCounts skipped;
  int64_t generation = 0;
  int64_t shards = 0;
  int64_t blocks = 0;
  int64_t images_to_do = 0;  // images of shards that are not done, at most
  PiecesToDo pieces;
  int64_t feature_dim = 0;
  int64_t components = 0;  // 0: not reduced
  // k is not known before the fit (--variance): `components` is 64 for the estimate.
  bool components_guessed = false;
  BytesAtEnd bytes;
  double rate = 0;      // images a second; 0: not known
  std::string rate_is;  // "--rate", or which run had it
  double hours = 0;     // of the extraction; 0: not known
  bool nothing_to_do() const { return pieces.sum() == 0; }
};

// Errors are those that Run would begin with (another source, other settings, a network
// file that does not fit), and Cancelled after a stop. Takes no lease: the destination
// may be in use.
Result<Forecast> Foresee(const std::string& source, const std::string& destination,
                         const Settings& settings, const RunOptions& options,
                         const ForecastOptions& how);

}  // namespace pomona::job
