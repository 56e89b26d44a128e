// SPDX-License-Identifier: Apache-2.0
// Names in a saved Spark ML model that writer and reader share. Inside job/export/.
#pragma once

namespace pomona::job::spark {

inline constexpr char kPipeline[] = "org.apache.spark.ml.PipelineModel";
inline constexpr char kScaler[] = "org.apache.spark.ml.feature.StandardScalerModel";
inline constexpr char kPca[] = "org.apache.spark.ml.feature.PCAModel";
// The one line of a metadata file that Spark reads.
inline constexpr char kMetadata[] = "metadata/part-00000";
// Our key in the metadata of the pipeline: reducer.json. Spark does not look at it.
inline constexpr char kPomona[] = "pomona";

}  // namespace pomona::job::spark
