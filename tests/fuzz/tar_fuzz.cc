// SPDX-License-Identifier: Apache-2.0
// Whatever the scanner of tar archives visits lies inside the archive. Checksums would
// stop every mutation at the door, so each block gets a right one first.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "pomona/store/tar.h"

namespace {

constexpr size_t kBlock = 512;
constexpr size_t kChecksum = 148;

std::string Seal(std::string_view input) {
  std::string archive(input);
  for (size_t at = 0; at + kBlock <= archive.size(); at += kBlock) {
    char* block = archive.data() + at;
    if (std::string_view(block, kBlock).find_first_not_of('\0') ==
        std::string_view::npos) {
      continue;  // the end marker stays one
    }
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) {
      const bool blank = i >= kChecksum && i < kChecksum + 8;
      sum += blank ? ' ' : static_cast<uint8_t>(block[i]);
    }
    std::snprintf(block + kChecksum, 8, "%06o", sum);
    block[kChecksum + 7] = ' ';
  }
  return archive;
}

void Scan(std::string_view archive) {
  const int fd = memfd_create("tar", 0);
  if (fd < 0) std::abort();
  if (write(fd, archive.data(), archive.size()) != static_cast<ssize_t>(archive.size())) {
    std::abort();
  }
  const auto size = static_cast<int64_t>(archive.size());
  auto file = pomona::store::OpenLocalFile("/proc/self/fd/" + std::to_string(fd));
  if (!file.ok()) std::abort();
  (void)pomona::store::ScanTar(*file, [size](const pomona::store::TarMember& member) {
    if (member.offset < 0 || member.size < 0 || member.size > size - member.offset) {
      std::abort();
    }
    return pomona::Status::OK();
  });
  close(fd);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  Scan(input);
  Scan(Seal(input));
  return 0;
}
