// SPDX-License-Identifier: Apache-2.0
// A reducer in the formats of other libraries, and back (docs/formats.md, "Exports"). An
// export is there whole or not at all, is not replaced unless `overwrite` is given, and
// carries what it was made of: reducer.json, with the kind of weights and the contract.
// Same reducer, same bytes.
#pragma once

#include <string>

#include "pomona/base/status.h"
#include "pomona/model/backbone.h"
#include "pomona/stats/reducer.h"

namespace pomona::job {

// mean, scale, components, offset and more as NumPy's NPZ, with NpzRecipe inside.
Status ExportNpz(const stats::Reducer& reducer, const std::string& destination,
                 bool overwrite);
// Lines of Python that apply the file to rows.
std::string NpzRecipe(const std::string& file);

// `features` (N, dim) float32 to `pca` (N, k) float32. Invalid where a number of the
// reducer is none of float32.
Status ExportOnnx(const stats::Reducer& reducer, const std::string& destination,
                  bool overwrite);

// Network and reducer in one: `pixels` (N, H, W, 3) uint8, RGB, of the contract's size to
// `pca`. `files` names the model and weights where they are files; all else is told by
// the reducer's metadata. Invalid for a reducer without them, for another network than
// its own, and for an ONNX network that nothing can be appended to; says why.
Status ExportFusedOnnx(const stats::Reducer& reducer, const model::BackboneOptions& files,
                       const std::string& destination, bool overwrite);

// A folder that Spark's PipelineModel.load reads: StandardScalerModel (`features` to
// `scaled`) and PCAModel (`scaled` to `pca`).
Status ExportSpark(const stats::Reducer& reducer, const std::string& destination,
                   bool overwrite);

// A saved PipelineModel of [StandardScalerModel,] PCAModel, or a PCAModel alone, from a
// folder or s3:// prefix. What Pomona exported comes back as it was; of others the rows
// that they were fitted on (count 0), contract and network are not known, and
// pomona.imported says where they are from. Invalid, naming file and field, for other
// stages and for sizes that do not fit.
Result<stats::Reducer> ImportSpark(const std::string& location);

// Gives `reducer` the contract and network of `like` (a run or a reducer): that on whose
// rows it was fitted. Invalid where the columns differ.
Status AdoptContractOf(const std::string& like, stats::Reducer* reducer);

}  // namespace pomona::job
