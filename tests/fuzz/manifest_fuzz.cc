// SPDX-License-Identifier: Apache-2.0
// The JSON files of a destination: whatever they hold ends in a value within its promised
// range or in an error. The input is tried as each of them; a zero byte parts two plans.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "pomona/job/layout.h"
#include "pomona/job/listing.h"
#include "pomona/job/manifest.h"
#include "pomona/job/plan.h"
#include "pomona/store/byte_store.h"

namespace {

using namespace pomona;  // NOLINT: a program, not a library

void Check(bool promise) {
  if (!promise) std::abort();
}

void TryManifest(store::ByteStore* store, const std::string& text) {
  Check(store->Put(job::kManifestFile, text).ok());
  const auto state = job::ReadManifest(store);
  Check(state.ok() && state->text == text && state->shards >= 0);
  Check(!state->complete || state->generation >= 0);
  job::ManifestContent content;
  content.generations.emplace_back();
  job::RunReport report;
  Check(job::WriteManifest(store, content, state->runs, &report).ok());
  Check(job::ReadManifest(store)->complete);
}

void TryPlans(const std::string& text) {
  const size_t cut = text.find('\0');
  const std::string there = text.substr(0, cut);
  const std::string here = cut == std::string::npos ? there : text.substr(cut + 1);
  (void)job::PlanChoice(there);
  const auto difference = job::ComparePlans(there, here);
  if (!difference.ok()) return;
  const size_t lines = difference->settings.size() + difference->platform.size();
  Check(there != here || lines == 0);
  const auto back = job::ComparePlans(here, there);
  Check(back.ok() && back->settings.size() + back->platform.size() == lines);
}

void TryListing(store::ByteStore* store, const std::string& text) {
  Check(store->Put(job::ListingSummary(0), text).ok());
  job::Listing listing(store, 16, 4);
  if (!listing.Load().ok()) return;
  Check(listing.images() >= 1 && listing.shards() >= 1 && listing.blocks() >= 1);
  const int64_t last = listing.shards() - 1;
  Check(listing.BlockOf(last) == listing.blocks() - 1);
  Check(listing.BlockShards(listing.blocks() - 1).second == last + 1);
  Check(!listing.Shard(last).ok());  // there is no part
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto store = store::MakeMemoryStore();
  TryManifest(store.get(), text);
  TryPlans(text);
  TryListing(store.get(), text);
  return 0;
}
