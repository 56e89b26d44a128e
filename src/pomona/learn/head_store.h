// SPDX-License-Identifier: Apache-2.0
// Heads in folders, and whether rows may meet them.
#pragma once

#include <string>
#include <vector>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/store/byte_store.h"
#include "pomona/table/tables.h"

namespace pomona::learn {

inline constexpr char kHeadName[] = "head.safetensors";

// head.json, and head.safetensors last: its presence says that the folder is whole.
Status SaveHead(const Head& head, store::ByteStore* store);
// Where the head is that a user names: "fruit", "variety", "maturity" and "health" are
// those that are built in, unless something of that name is there; else `given` itself.
Result<std::string> HeadLocation(const std::string& given);
// A head.safetensors file, its folder (or s3:// prefix), or a name as above.
Result<Head> LoadHead(const std::string& location);
// Files of the heads that ship with Pomona, for rows of the same kind: "fruit",
// "variety", "maturity", "health" (assets/heads/README.md says what they are good for).
Result<std::vector<std::string>> BuiltInHeads();

// The contract and network of rows, which travel with the head.
void CarryContract(const table::Metadata& rows, Head* head);
// The columns of each part of rows with `rows` as their metadata, for RowForm; empty
// where a row is one part. Invalid where they do not add up to `dim`.
Result<std::vector<int64_t>> PartsOf(const table::Metadata& rows, int64_t dim);
// OK when rows made with `rows` may meet `head`: same columns, contract, network and
// precision; else Invalid with what differs.
Status CheckHeadFits(const Head& head, const table::Metadata& rows, int64_t dim);

}  // namespace pomona::learn
