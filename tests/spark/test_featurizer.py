# SPDX-License-Identifier: Apache-2.0
"""ImageFeaturizer: rows of a run as a column of Spark ML's."""

import os
from pathlib import Path

import numpy as np
import pytest
from frames import NETWORK, matrix
from harness import FRUITS
from pomona.spark import PCA, ImageFeaturizer, WorkerError

import pomona


def test_features_are_those_of_the_extractor(features):
    found = matrix(features, "features")
    paths = [FRUITS / path for path in pomona.list_images(FRUITS)["path"].to_pylist()]
    extractor = pomona.FeatureExtractor(input_size=32, precision="f32")
    wanted = np.asarray(extractor.extract(paths))
    assert found.shape == (282, 512)
    assert np.array_equal(found, wanted)


def test_the_engine_is_the_one_that_is_asked_for(pictures):
    made = ImageFeaturizer(**NETWORK, backend="openvino").transform(pictures.limit(5))
    rows = {row["path"]: row["features"].toArray() for row in made.collect()}
    extractor = pomona.FeatureExtractor(input_size=32, precision="f32", backend="openvino")
    paths = pomona.list_images(FRUITS)["path"].to_pylist()
    for path in (path for path in paths if path in rows):
        assert np.array_equal(rows[path], np.asarray(extractor.extract([FRUITS / path]))[0])
    assert len(rows) == 5


def test_a_featurizer_is_saved_with_its_parameters(tmp_path):
    made = ImageFeaturizer(inputSize=48, pool="avg", layer="block4_pool")
    made.save(f"{tmp_path}/featurizer")
    again = ImageFeaturizer.load(f"{tmp_path}/featurizer")
    assert again.extractParamMap() == made.extractParamMap()


def test_arrays_straight_from_the_network(pictures, features):
    arrays = ImageFeaturizer(**NETWORK, outputType="array").transform(pictures.limit(9))
    rows = {row["path"]: row["features"] for row in arrays.collect()}
    wanted = {row["path"]: list(row["features"]) for row in features.collect()}
    assert len(rows) == 9
    assert rows == {path: wanted[path] for path in rows}


def test_pictures_that_cannot_be_used(spark):
    good = next(FRUITS.rglob("*.jpg")).read_bytes()
    rows = [("a", good), ("b", b"no picture"), ("c", None), ("d", good)]
    frame = spark.createDataFrame(rows, "path string, content binary").coalesce(1)

    def paths(how):
        made = ImageFeaturizer(**NETWORK, handleInvalid=how).transform(frame)
        return [(row["path"], row["features"] is None) for row in made.collect()]

    assert paths("skip") == [("a", False), ("d", False)]
    assert paths("keep") == [("a", False), ("b", True), ("c", True), ("d", False)]
    with pytest.raises(Exception, match=r"b: .*handleInvalid='skip'"):
        paths("error")
    # A fit tells it in a sentence.
    bad = ImageFeaturizer(**NETWORK, handleInvalid="error").transform(frame)
    with pytest.raises(WorkerError, match=r"b: .*handleInvalid='skip'"):
        PCA(k=1, inputCol="features", outputCol="pca").fit(bad)


def test_no_thread_was_started_before_python_workers_were_forked(spark, pictures):
    ImageFeaturizer(**NETWORK).transform(pictures.limit(2)).collect()

    def look(_):
        # Nested, so that it is sent by value: workers have no such module.
        maps = [Path(f"/proc/{pid}/maps").read_text() for pid in (os.getppid(), os.getpid())]
        threads = len(os.listdir(f"/proc/{os.getppid()}/task"))
        return [threads, *("pomona/_core" in text for text in maps)]

    threads, held_by_daemon, _ = spark.sparkContext.parallelize([0], 1).map(look).first()
    assert threads == 1
    assert not held_by_daemon


def test_what_does_not_fit_is_told(pictures):
    with pytest.raises(ValueError, match="outputType is 'tensor'"):
        ImageFeaturizer(outputType="tensor")
    with pytest.raises(ValueError, match="'label' holds string; encoded pictures"):
        ImageFeaturizer(inputCol="label").transform(pictures)
    with pytest.raises(ValueError, match="there is no column 'photo'"):
        ImageFeaturizer(inputCol="photo").transform(pictures)
    with pytest.raises(ValueError, match="there is a column 'label' already"):
        ImageFeaturizer(outputCol="label").transform(pictures)
