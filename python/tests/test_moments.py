# SPDX-License-Identifier: Apache-2.0
"""Moments, the scaler and the PCA: against numpy and scikit-learn; Arrow without copies."""

import pickle

import numpy as np
import pyarrow as pa
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

import pomona


@pytest.fixture(scope="module")
def rows():
    """1,500 rows of 40 columns with a shape, a constant column among them."""
    rng = np.random.default_rng(7)
    mixed = rng.normal(size=(1500, 8)) @ rng.normal(size=(8, 40))
    x = mixed + 0.1 * rng.normal(size=mixed.shape) + np.arange(40)
    x[:, 13] = 2.5
    return x.astype(np.float32)


def lists(array):
    return pa.FixedSizeListArray.from_arrays(pa.array(array.ravel()), array.shape[1])


def test_moments_equal_numpy(rows):
    m = pomona.Moments().update(rows)
    x = rows.astype(np.float64)
    assert (m.count, m.dim) == rows.shape
    assert np.allclose(m.mean, x.mean(axis=0), rtol=1e-12, atol=1e-12)
    cov = np.cov(x, rowvar=False)
    assert np.abs(m.covariance() - cov).max() < 1e-12 * cov.max()
    assert np.abs(m.covariance(ddof=0) - np.cov(x, rowvar=False, ddof=0)).max() < 1e-12 * cov.max()


def test_all_ways_in_give_the_same_bits(rows):
    whole = pomona.Moments().update(rows).to_bytes()
    arrow = lists(rows)
    chunked = pa.chunked_array([arrow[:100], arrow[100:1000], arrow[1000:]])
    for given in (arrow, chunked, pa.table({"x": chunked})["x"], rows.astype(np.float64)):
        m = pomona.Moments()
        m.update(given)
        same = pomona.Moments.from_bytes(m.to_bytes())
        assert np.array_equal(same.covariance(), pomona.Moments.from_bytes(whole).covariance())
    pieces = pomona.Moments()
    for piece in np.array_split(rows, 7):
        pieces.update(piece)
    assert pieces.to_bytes() == whole


def test_merge_save_and_pickle(rows, tmp_path):
    a = pomona.Moments().update(rows[:1024])
    b = pomona.Moments(40).update(rows[1024:])
    merged = pickle.loads(pickle.dumps(a)).merge(pickle.loads(pickle.dumps(b)))
    assert isinstance(merged, pomona.Moments)
    assert merged.count == 1500
    x = rows.astype(np.float64)
    assert np.allclose(merged.covariance(), np.cov(x, rowvar=False), rtol=0, atol=1e-11)
    merged.save(tmp_path / "m.bin")
    assert [p.name for p in tmp_path.iterdir()] == ["m.bin"]
    loaded = pomona.Moments.load(tmp_path / "m.bin")
    assert loaded.to_bytes() == merged.to_bytes()
    assert pomona.Moments().merge(a).count == 1024
    assert a.merge(pomona.Moments()).count == 1024


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (np.zeros((2, 3), np.int64), TypeError),
        (np.zeros(3, np.float32), TypeError),
        (np.zeros((4, 6), np.float32)[:, ::2], TypeError),
        ("rows", TypeError),
        (pa.array([1.0, 2.0]), TypeError),
        (pa.array([[1.0, None]], pa.list_(pa.float32(), 2)), ValueError),
        (pa.array([[1, 2]], pa.list_(pa.int32(), 2)), TypeError),
        (np.full((2, 3), np.nan, np.float32), ValueError),
    ],
)
def test_what_are_no_rows_is_refused(given, error):
    m = pomona.Moments()
    with pytest.raises(error):
        m.update(given)


def test_other_widths_empty_states_and_damage_are_told(rows, tmp_path):
    m = pomona.Moments().update(rows)
    with pytest.raises(ValueError, match="40"):
        m.update(np.zeros((1, 3), np.float32))
    with pytest.raises(ValueError, match="themselves"):
        m.merge(m)
    with pytest.raises(ValueError, match="no rows"):
        _ = pomona.Moments().mean
    damaged = bytearray(m.to_bytes())
    damaged[len(damaged) // 2] ^= 1
    (tmp_path / "bad.bin").write_bytes(damaged)
    with pytest.raises(ValueError, match=r"bad\.bin"):
        pomona.Moments.load(tmp_path / "bad.bin")


def test_sklearn_convention_equals_sklearn(rows):
    x = rows.astype(np.float64)
    scaler = StandardScaler().fit(x)
    pca = PCA(6, svd_solver="full").fit(scaler.transform(x))
    ours = pomona.fit(pomona.Moments().update(rows), components=6, convention="sklearn")
    assert (ours.k, ours.dim, ours.count, ours.convention) == (6, 40, 1500, "sklearn")
    assert np.allclose(ours.mean, scaler.mean_, rtol=1e-12)
    assert np.allclose(ours.scale, scaler.scale_, rtol=1e-9)
    assert np.allclose(ours.explained_variance_ratio_, pca.explained_variance_ratio_, rtol=1e-6)
    assert np.abs(np.abs(ours.components) - np.abs(pca.components_)).max() < 1e-6
    theirs = pca.transform(scaler.transform(x))
    mine = np.asarray(ours.transform(rows))
    signs = np.sign((mine * theirs).sum(axis=0))
    assert np.abs(mine - theirs * signs).max() < 1e-5 * np.abs(theirs).max()


def test_variance_chooses_the_smallest_k(rows):
    r = pomona.fit(pomona.Moments().update(rows), variance=0.9)
    shares = np.cumsum(r.explained_variance_ratio_)
    assert shares[-1] >= 0.9
    assert r.k == 1 or shares[-2] < 0.9


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"components": 0}, "components"),
        ({"components": 41}, "components"),
        ({"variance": 1.5}, "variance"),
        ({"components": 2, "variance": 0.5}, "components"),
        ({"convention": "keras"}, "spark, sklearn"),
    ],
)
def test_wrong_fits_are_value_errors(rows, options, message):
    with pytest.raises(ValueError, match=message):
        pomona.fit(pomona.Moments().update(rows), **options)


def test_reducer_saves_loads_and_checks_its_rows(rows, tmp_path):
    r = pomona.fit(pomona.Moments().update(rows), components=4)
    r.save(tmp_path / "r")
    loaded = pomona.Reducer.load(tmp_path / "r")
    assert loaded.to_json() == r.to_json()
    assert np.array_equal(loaded.transform(rows).to_numpy(), r.transform(lists(rows)).to_numpy())
    with pytest.raises(ValueError, match="40"):
        r.transform(np.zeros((2, 3), np.float32))
    with pytest.raises(TypeError, match="float32"):
        r.transform(rows.astype(np.float64))
    with pytest.raises(FileNotFoundError):
        pomona.Reducer.load(tmp_path / "nowhere")


def test_rows_reach_arrow_and_numpy_without_a_copy(rows):
    reduced = pomona.fit(pomona.Moments().update(rows), components=4).transform(rows)
    array = pa.array(reduced)
    view = np.asarray(reduced)
    assert array.type == pa.list_(pa.field("item", pa.float32(), nullable=False), 4)
    assert array.values.buffers()[1].address == view.ctypes.data
    assert np.asarray(array.flatten()).ctypes.data == view.ctypes.data
    assert reduced.shape == view.shape == (1500, 4)
    kept = view[3].copy()
    del reduced, view
    assert np.array_equal(np.asarray(array.flatten())[12:16], kept)


def test_rows_from_arrow_are_read_where_they_are():
    """An import of 512 MB leaves the memory as it was."""
    import resource

    values = np.zeros((1 << 20, 128), np.float32)
    array = lists(values)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    m = pomona.Moments().update(array[:1024])
    assert m.count == 1024
    m.update(array[: 1 << 14])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 100_000
