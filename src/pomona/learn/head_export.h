// SPDX-License-Identifier: Apache-2.0
// A head in the formats of other libraries, and from them (docs/formats.md, "Exports").
// As in job/export/: there whole or not at all, not replaced unless `overwrite` is given.
// Same head, same bytes.
#pragma once

#include <string>

#include "pomona/base/status.h"
#include "pomona/learn/head.h"
#include "pomona/model/backbone.h"
#include "pomona/table/tables.h"

namespace pomona::learn {

// `features` (N, columns) float32 to `probabilities` (N, classes) float32.
Status ExportHeadOnnx(const Head& head, const std::string& destination, bool overwrite);

// Network and head in one: `pixels` (N, H, W, 3) uint8, RGB, of the contract's size to
// `probabilities`. `files` names model and weights where they are files. Invalid for
// rows that are more than one pass of the network, and as FusedToOnnx.
Status ExportFusedHeadOnnx(const Head& head, const model::BackboneOptions& files,
                           const std::string& destination, bool overwrite);

// Arrays for NumPy, with HeadRecipe inside.
Status ExportHeadNpz(const Head& head, const std::string& destination, bool overwrite);
// Lines of Python that apply the file to rows.
std::string HeadRecipe(const std::string& file);

// A linear classifier of another library, as pomona._sklearn tells it: JSON with
// `classes`, `columns`, `weights` (float32 little-endian, classes x columns, in capital
// hex digits) and `bias`. It knows no distances and no sets: its rows are always known,
// and the answer is the only candidate. Invalid where sizes do not fit.
Result<Head> HeadFromLinear(const std::string& json, const std::string& target);
// The metadata of the rows of a run, or of a head or reducer's run: for CarryContract.
Result<table::Metadata> RowMetadataOf(const std::string& run);

}  // namespace pomona::learn
