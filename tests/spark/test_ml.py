# SPDX-License-Identifier: Apache-2.0
"""StandardScaler and PCA beside pyspark.ml's, on features of real pictures."""

import numpy as np
import pomona.spark as ours
import pyspark.ml.feature as theirs
import pytest
from frames import matrix
from pomona.spark._moments import moments_of
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import Vectors

import pomona

K = 6


def error(found, wanted):
    """The worst row, by 2-norms."""
    sizes = np.linalg.norm(wanted, axis=1)
    return (np.linalg.norm(found - wanted, axis=1) / np.maximum(sizes, 1e-12)).max()


def aligned(found, wanted):
    """`found` with the signs of `wanted`, column by column."""
    return found * np.sign((found * wanted).sum(axis=0))


@pytest.mark.parametrize("center", [False, True])
@pytest.mark.parametrize("scale", [False, True])
def test_scaler_agrees_with_pyspark(features, center, scale):
    words = {"withMean": center, "withStd": scale, "inputCol": "features", "outputCol": "scaled"}
    mine = ours.StandardScaler(**words).fit(features)
    yours = theirs.StandardScaler(**words).fit(features)
    np.testing.assert_allclose(mine.mean.toArray(), yours.mean.toArray(), rtol=1e-9)
    np.testing.assert_allclose(mine.std.toArray(), yours.std.toArray(), rtol=1e-9)
    wanted = matrix(yours.transform(features), "scaled")
    assert error(matrix(mine.transform(features), "scaled"), wanted) < 1e-9


def test_pca_of_scaled_features_agrees_with_pyspark(features):
    words = {"withMean": True, "inputCol": "features", "outputCol": "scaled"}
    scaled = theirs.StandardScaler(**words).fit(features).transform(features).persist()
    mine = ours.PCA(k=K, inputCol="scaled", outputCol="pca").fit(scaled)
    yours = theirs.PCA(k=K, inputCol="scaled", outputCol="pca").fit(scaled)
    assert mine.pc.toArray().shape == yours.pc.toArray().shape == (512, K)
    pc = yours.pc.toArray()
    assert np.abs(aligned(mine.pc.toArray(), pc) - pc).max() < 1e-6
    share = yours.explainedVariance.toArray()
    assert np.abs(mine.explainedVariance.toArray() - share).max() < 1e-9
    wanted = matrix(yours.transform(scaled), "pca")
    assert error(aligned(matrix(mine.transform(scaled), "pca"), wanted), wanted) < 1e-6
    scaled.unpersist()


def test_one_import_changes_a_pipeline(features, tmp_path):
    def reduced(words):
        stages = [
            words.StandardScaler(inputCol="features", outputCol="scaled", withMean=True),
            words.PCA(k=K, inputCol="scaled", outputCol="pca"),
        ]
        return Pipeline(stages=stages)

    reduced(ours).write().overwrite().save(f"{tmp_path}/pipeline")
    model = Pipeline.load(f"{tmp_path}/pipeline").fit(features)
    found = matrix(model.transform(features), "pca")
    wanted = matrix(reduced(theirs).fit(features).transform(features), "pca")
    assert error(aligned(found, wanted), wanted) < 1e-6
    model.save(f"{tmp_path}/model")
    again = PipelineModel.load(f"{tmp_path}/model")
    assert isinstance(again.stages[1], ours.PCAModel)
    assert again.stages[1].uid == model.stages[1].uid
    assert again.stages[1].pc == model.stages[1].pc
    assert again.stages[0].std == model.stages[0].std
    assert again.stages[0].getWithMean()
    assert np.array_equal(matrix(again.transform(features), "pca"), found)


def test_arrays_go_where_vectors_go(features, spark):
    arrays = features.withColumn("array", vector_to_array("features"))
    words = {"withMean": True, "outputCol": "scaled"}
    scaler = ours.StandardScaler(inputCol="array", **words).fit(arrays)
    scaled = scaler.transform(arrays)
    assert scaled.schema["scaled"].dataType.simpleString() == "array<double>"
    found = matrix(scaled.withColumn("vector", array_to_vector("scaled")), "vector")
    vectors = ours.StandardScaler(inputCol="features", **words).fit(features).transform(features)
    assert np.array_equal(found, matrix(vectors, "scaled"))
    table = scaled.select("path", "label", "scaled").toPandas()
    assert spark.conf.get("spark.sql.execution.arrow.pyspark.enabled") == "true"
    by_path = table.sort_values("path")["scaled"]
    assert np.array_equal(np.stack(by_path.to_list()), found)


def test_the_tree_of_states_has_a_fixed_order(features):
    """40 partitions: three groups of 16, and a second level."""
    many = features.repartitionByRange(40, "path").persist()
    assert many.rdd.getNumPartitions() == 40
    first = moments_of(many, "features")
    assert first.to_bytes() == moments_of(many, "features").to_bytes()
    whole = pomona.Moments().update(matrix(features, "features"))
    assert first.count == whole.count == 282
    wanted = whole.covariance()
    assert np.abs(first.covariance() - wanted).max() < 1e-12 * wanted.max()
    many.unpersist()


def test_sparse_vectors_and_nulls(spark):
    rows = [(0, Vectors.sparse(3, [1], [5.0])), (1, Vectors.dense([1, 2, 3])), (2, None)]
    frame = spark.createDataFrame([*rows, (3, Vectors.sparse(3, {}))], ["path", "v"])
    some = frame.dropna()
    words = {"inputCol": "v", "outputCol": "s", "withMean": True}
    yours = theirs.StandardScaler(**words).fit(some)
    mine = ours.StandardScaler(**words).fit(frame)
    np.testing.assert_allclose(mine.std.toArray(), yours.std.toArray(), rtol=1e-12)
    wanted = matrix(yours.transform(some), "s")
    np.testing.assert_allclose(matrix(mine.transform(some), "s"), wanted, rtol=1e-12)
    assert [row["s"] is None for row in mine.transform(frame).collect()] == [0, 0, 1, 0]


def test_what_does_not_fit_is_told(features, spark):
    scaler = ours.StandardScaler(inputCol="label", outputCol="s")
    with pytest.raises(ValueError, match="'label' holds string; vectors or arrays"):
        scaler.fit(features)
    with pytest.raises(ValueError, match="there is no column 'nope'"):
        scaler.copy({scaler.inputCol: "nope"}).fit(features)
    with pytest.raises(ValueError, match="there is a column 'label' already"):
        ours.PCA(k=2, inputCol="features", outputCol="label").fit(features)
    with pytest.raises(ValueError, match="k is 513; column 'features' allows 1 to 512"):
        ours.PCA(k=513, inputCol="features", outputCol="p").fit(features)
    with pytest.raises(ValueError, match="'features' has no rows to fit"):
        ours.PCA(k=1, inputCol="features", outputCol="p").fit(features.limit(0))
    odd = spark.createDataFrame([(0, [1.0, 2.0]), (1, [1.0])], "path int, v array<double>")
    with pytest.raises(ValueError, match="rows have 1 and 2 numbers"):
        ours.PCA(k=1, inputCol="v", outputCol="p").fit(odd.coalesce(1))
