# SPDX-License-Identifier: Apache-2.0
"""Networks: rows depend on their picture alone, whatever way it came in."""

import numpy as np
import pyarrow as pa
import pytest
from package_harness import picture

import pomona


@pytest.fixture(scope="module")
def extractor():
    return pomona.FeatureExtractor(weights="none", seed=3, input_size=32, precision="f32", batch=4)


def test_says_what_it_is(extractor):
    assert extractor.feature_dim == 512
    assert extractor.precision == "f32"
    assert extractor.random_weights
    assert "random" in extractor.weights
    assert extractor.contract.size == (32, 32)


def test_both_engines_give_the_same_numbers():
    rows = {}
    for backend in ("native", "openvino"):
        one = pomona.FeatureExtractor(
            weights="none", input_size=32, precision="f32", backend=backend
        )
        assert one.backend.startswith(backend)
        rows[backend] = np.asarray(one.extract([picture(i) for i in range(3)]))
    difference = np.linalg.norm(rows["native"] - rows["openvino"], axis=1)
    assert (difference < 2e-5 * np.linalg.norm(rows["openvino"], axis=1)).all()
    with pytest.raises(ValueError, match="backend 'cuda': auto, openvino or native"):
        pomona.FeatureExtractor(weights="none", backend="cuda")


def test_bytes_paths_pixels_and_batches_give_the_same_rows(extractor, tmp_path):
    data = [picture(i) for i in range(7)]
    paths = [tmp_path / f"{i}.jpg" for i in range(7)]
    for path, encoded in zip(paths, data, strict=True):
        path.write_bytes(encoded)
    rows = np.asarray(extractor.extract(data))
    assert rows.shape == (7, 512)
    assert rows.any()
    assert np.array_equal(rows, np.asarray(extractor.extract(paths)))
    assert np.array_equal(rows, np.asarray(extractor.extract([pomona.read_image(d) for d in data])))
    batch = np.stack([extractor.prepare(d) for d in data])
    assert np.array_equal(rows, np.asarray(extractor.extract(batch)))
    assert np.array_equal(rows[2:3], np.asarray(extractor.extract(data[2:3])))
    assert len(extractor.extract([])) == 0


def test_rows_go_into_moments_and_arrow(extractor):
    rows = extractor.extract([picture(i) for i in range(5)])
    assert pa.array(rows).type.list_size == 512
    assert pomona.Moments().update(rows).count == 5


def test_wrong_input_is_told(extractor):
    with pytest.raises(ValueError, match="32 x 32"):
        extractor.extract(np.zeros((1, 3, 48, 48), np.float32))
    with pytest.raises(TypeError):
        extractor.extract(np.zeros((1, 32, 32, 3), np.uint8))
    with pytest.raises(TypeError, match="list of pictures"):
        extractor.extract(picture(1))
    with pytest.raises(pomona.ImageError):
        extractor.extract([b"no picture"])


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"model": "nowhere.onnx"}, OSError),
        ({"weights": "nowhere.h5"}, OSError),
        ({"input_size": 16}, ValueError),
        ({"layer": "block9_pool"}, ValueError),
        ({"pool": "median"}, ValueError),
        ({"precision": "f8"}, ValueError),
    ],
)
def test_wrong_networks_are_told(options, error):
    with pytest.raises(error):
        pomona.FeatureExtractor(**{"weights": "none", **options})


def test_summary_counts_vgg16():
    assert "14,714,688" in pomona.model_summary("vgg16", "none")
