// SPDX-License-Identifier: Apache-2.0
// One run a destination, by a small object that is written only where there is none.
#pragma once

#include <memory>

#include "pomona/base/status.h"
#include "pomona/store/byte_store.h"
#include "pomona/store/s3/connection.h"

namespace pomona::store::s3 {

// PREFIX/.pomona.lock, written under If-None-Match and renewed every 10 s. One that was
// not renewed for 60 s, by the server's clock, or whose process on this machine is dead,
// is taken over under If-Match. A holder that was cut off for so long does not notice:
// then two runs are alive, and write the same bytes to the same names. AlreadyExists
// while another holds it.
Result<std::unique_ptr<Lease>> AcquireS3Lease(std::shared_ptr<Connection> connection,
                                              const LeaseHolder& holder);

}  // namespace pomona::store::s3
