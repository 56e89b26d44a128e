// SPDX-License-Identifier: Apache-2.0
#include <malloc.h>

#include "commands.h"

int main(int argc, char** argv) {
  // Left to itself, glibc takes ever larger buffers from heaps that never shrink below
  // their last live byte: shards and states (19 and 85 MB, made and freed by several
  // threads) leave holes, and a run's memory grows with its images. Mapped each by itself
  // they go back to the system at once. A fixed threshold says so; it is set here, since
  // the library changes nothing of its process's.
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  return pomona::cli::Main(argc, argv);
}
