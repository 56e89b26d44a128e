# SPDX-License-Identifier: Apache-2.0
"""pomona.Head: scikit-learn's checks, and what it adds to them."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import pomona


@parametrize_with_checks([pomona.Head(), pomona.Head("softmax")])
def test_scikit_learns_checks(estimator, check):
    check(estimator)


@pytest.fixture(scope="module")
def rows():
    """600 rows of 12 columns around four centres, and their classes."""
    rng = np.random.default_rng(3)
    y = np.arange(600) % 4
    x = 1.5 * rng.normal(size=(4, 12))[y] + rng.normal(size=(600, 12))
    return x.astype(np.float32), np.array(["pear", "apple", "fig", "Quince"])[y]


@pytest.mark.parametrize("method", ["lda", "softmax"])
def test_answers_are_those_of_the_saved_head(rows, tmp_path, method):
    x, y = rows
    head = pomona.Head(method, coverage=0.8).fit(x[:400], y[:400])
    assert head.score(x[400:], y[400:]) > 0.9
    assert list(head.classes_) == sorted(set(y))
    p = head.predict_proba(x)
    assert np.allclose(p.sum(axis=1), 1)
    sets = head.predict_set(x[400:])
    assert [s[0] for s in sets] == list(head.predict(x[400:]))
    assert np.mean([truth in s for truth, s in zip(y[400:], sets, strict=True)]) > 0.7
    assert head.known(x).mean() > 0.9
    assert not head.known(-1000 * np.abs(x[:5])).all()
    head.save(tmp_path / "h")
    assert sorted(f.name for f in (tmp_path / "h").iterdir()) == ["head.json", "head.safetensors"]
    loaded = pomona.Head.load(tmp_path / "h")
    assert loaded.get_params()["method"] == method
    for again in (loaded, pickle.loads(pickle.dumps(head))):
        assert np.array_equal(again.predict_proba(x), p)
        assert np.array_equal(again.classes_, head.classes_)


def test_softmax_equals_scikit_learn(rows):
    x, y = rows
    penalty = 0.01
    ours = pomona.Head("softmax", strength=penalty).fit(x, y)
    theirs = make_pipeline(StandardScaler(), LogisticRegression(C=1 / (penalty * len(x)))).fit(x, y)
    assert np.array_equal(ours.predict(x), theirs.predict(x))


def test_classes_keep_their_type_and_order(rows):
    x, y = rows
    numbers = np.unique(y, return_inverse=True)[1] * 7 + 2  # 2, 9, 16, 23: not as words are sorted
    head = pomona.Head(strength=0.1).fit(x, numbers)
    assert list(head.classes_) == [2, 9, 16, 23]
    assert head.predict_proba(x).shape == (600, 4)
    assert (head.predict(x) == numbers).mean() > 0.9


def test_groups_are_held_out_together(rows):
    x, y = rows
    with pytest.raises(ValueError, match="no class has two groups"):
        pomona.Head().fit(x, y, groups=y)
    groups = np.arange(600) // 60
    a = pomona.Head().fit(x, y, groups=groups)
    assert a.score(x, y) > 0.9


def test_it_is_a_part_of_scikit_learn(rows):
    x, y = rows
    pipeline = make_pipeline(StandardScaler(), clone(pomona.Head(strength=0.1)))
    assert cross_val_score(pipeline, x, y, cv=3).mean() > 0.9


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"method": "forest"}, "lda, softmax"),
        ({"strength": 2.0}, "shrinkage 2"),
        ({"folds": 1}, "folds 1"),
        ({"coverage": 1.5}, "coverage"),
    ],
)
def test_wrong_settings_are_value_errors(rows, options, words):
    with pytest.raises(ValueError, match=words):
        pomona.Head(**options).fit(*rows)
