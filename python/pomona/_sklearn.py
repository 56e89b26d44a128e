# SPDX-License-Identifier: Apache-2.0
"""Reducers as scikit-learn pipelines, and back; linear classifiers as heads. The program asks
for them here:

python -m pomona._sklearn export REDUCER FILE [--overwrite]
python -m pomona._sklearn import FILE

Prints a line of JSON: {"written": ...}, {"reducer": ...}, {"head": ...}, {"error": ...} or
{"missing": ...}.
"""

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from pomona import _core
from pomona._core import Reducer
from pomona._types import Path as PathLike


def to_sklearn(reducer: Reducer) -> Any:
    """A fitted Pipeline(StandardScaler, PCA) that gives the reducer's rows.

    `pipeline.pomona_` is what the reducer knows of itself (reducer.json).
    """
    from sklearn.decomposition import PCA
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    # A column that scales to 0 gives nothing: neither does one without weights.
    used = reducer.scale > 0
    scaler = StandardScaler(with_mean=reducer.center)
    scaler.scale_ = np.where(used, reducer.scale, 1.0)
    scaler.mean_, scaler.var_ = reducer.mean, np.where(used, reducer.scale**2, 0.0)
    scaler.n_samples_seen_, scaler.n_features_in_ = reducer.count, reducer.dim

    kept = reducer.eigenvalues[: reducer.k]
    pca = PCA(n_components=reducer.k)
    pca.components_ = np.where(used, reducer.components, 0.0)
    subtracts = reducer.convention == "sklearn" and not reducer.center
    pca.mean_ = reducer.mean / scaler.scale_ if subtracts else np.zeros(reducer.dim)
    pca.explained_variance_ = kept
    total = reducer.total_variance
    pca.explained_variance_ratio_ = kept / total if total > 0 else np.zeros_like(kept)
    pca.singular_values_ = np.sqrt(kept * max(0, reducer.count - 1))
    others = min(reducer.count, reducer.dim) - reducer.k
    pca.noise_variance_ = max(0.0, total - kept.sum()) / others if others > 0 else 0.0
    pca.n_components_, pca.n_samples_ = reducer.k, reducer.count
    pca.n_features_in_ = reducer.dim

    pipeline = Pipeline([("scaler", scaler), ("pca", pca)])
    pipeline.pomona_ = json.loads(reducer.to_json())
    return pipeline


def from_sklearn(model: Any) -> Reducer:
    """The reducer of a fitted PCA, or of a Pipeline of a StandardScaler and a PCA."""
    scaler, pca = _steps(model)
    columns = len(pca.mean_)
    mean, scale, with_mean = np.zeros(columns), np.ones(columns), False
    if scaler is not None:
        with_mean = scaler.with_mean
        if scaler.n_features_in_ != columns:
            raise ValueError(
                f"the scaler has {scaler.n_features_in_} columns, the PCA {columns}: "
                "they were not fitted together"
            )
        mean = mean if scaler.mean_ is None else np.asarray(scaler.mean_, np.float64)
        scale = scale if scaler.scale_ is None else np.asarray(scaler.scale_, np.float64)
    left = np.asarray(pca.mean_, np.float64)
    # Nothing is subtracted: only Spark's convention has that.
    bare = not with_mean and not left.any()
    if not bare:
        mean = (mean if with_mean else 0.0) + left * scale
    ratio, variance = pca.explained_variance_ratio_, pca.explained_variance_
    return _core.make_reducer(
        convention="spark" if bare else "sklearn",
        center=bool(with_mean),
        count=int(getattr(pca, "n_samples_", 0)),
        mean=mean.tolist(),
        scale=scale.tolist(),
        components=np.asarray(pca.components_, np.float64).ravel().tolist(),
        eigenvalues=np.maximum(variance, 0.0).tolist(),
        total_variance=float(variance.sum() / ratio.sum()) if ratio.sum() > 0 else 0.0,
        imported="sklearn",
        json=json.dumps(getattr(model, "pomona_", None)),
    )


def _steps(model: Any) -> tuple[Any, Any]:
    """The scaler (or None) and the PCA of `model`, both fitted."""
    from sklearn.decomposition import PCA
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    steps = [step for step in steps if step not in (None, "passthrough")]
    kinds = [type(step) for step in steps]
    if kinds not in ([StandardScaler, PCA], [PCA]):
        names = ", ".join(kind.__name__ for kind in kinds) or "nothing"
        raise ValueError(
            f"{names} found; a PCA, or a Pipeline of a StandardScaler and a PCA, can be imported"
        )
    for step, name in ((steps[-1], "components_"), (steps[0], "n_features_in_")):
        if not hasattr(step, name):
            raise ValueError(f"the {type(step).__name__} is not fitted (no {name})")
    if steps[-1].whiten:
        raise ValueError("the PCA has whiten=True, which Pomona does not do: fit it without")
    return (steps[0] if len(steps) == 2 else None), steps[-1]


def head_of(model: Any) -> dict[str, Any]:
    """What a head is made of, from a fitted linear classifier, or a Pipeline of a
    StandardScaler and one, whose probabilities are a softmax of its scores."""
    from sklearn.pipeline import Pipeline

    steps = [step for _, step in model.steps] if isinstance(model, Pipeline) else [model]
    steps = [step for step in steps if step not in (None, "passthrough")]
    classifier, before = steps[-1], steps[:-1]
    name = type(classifier).__name__
    if any(type(step).__name__ != "StandardScaler" for step in before) or len(before) > 1:
        raise ValueError("before a classifier a StandardScaler alone can be imported")
    if not hasattr(classifier, "coef_"):
        raise ValueError(f"the {name} is not fitted, or not linear (no coef_)")
    if not hasattr(classifier, "predict_proba"):
        raise ValueError(f"the {name} gives no probabilities: use LogisticRegression, say")
    weights = np.atleast_2d(np.asarray(classifier.coef_, np.float64))
    bias = np.broadcast_to(np.asarray(classifier.intercept_, np.float64), len(weights))
    if len(weights) == 1:  # two classes: the first scores 0
        weights, bias = np.vstack([0 * weights, weights]), np.array([0.0, bias[0]])
    if before:
        scaler = before[0]
        if scaler.scale_ is not None:
            weights = weights / scaler.scale_
        if scaler.mean_ is not None:
            bias = bias - weights @ scaler.mean_
    _check_softmax(model, weights, bias, name)
    return {
        "classes": [str(word) for word in classifier.classes_],
        "columns": weights.shape[1],
        "bias": [float(b) for b in bias],
        "weights": weights.astype("<f4").tobytes().hex().upper(),
    }


def _check_softmax(model: Any, weights: Any, bias: Any, name: str) -> None:
    # Rows whose scores differ by a few units: nothing is 0 or 1.
    rows = np.random.default_rng(1).normal(size=(64, weights.shape[1]))
    rows *= 3 / max((rows @ weights.T).std(), 1e-12)
    scores = rows @ weights.T + bias
    wanted = np.exp(scores - scores.max(axis=1, keepdims=True))
    wanted /= wanted.sum(axis=1, keepdims=True)
    if np.abs(model.predict_proba(rows) - wanted).max() > 1e-6:
        raise ValueError(
            f"the {name}'s probabilities are no softmax of its scores (one class against "
            "the rest?): fit a multinomial LogisticRegression"
        )


def save_sklearn(reducer: Reducer, path: PathLike, *, overwrite: bool = False) -> None:
    """to_sklearn's pipeline as a joblib file: whole, or not at all."""
    import joblib

    target = Path(path)
    if target.is_dir():
        raise FileExistsError(f"{target} is a folder; name a file in it")
    if target.exists() and not overwrite:
        raise FileExistsError(f"{target} is there already; name another place, or overwrite it")
    pipeline = to_sklearn(reducer)
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.pomona-tmp-{os.getpid()}-0")
    try:
        with beside.open("wb") as file:
            joblib.dump(pipeline, file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, target)
    finally:
        with contextlib.suppress(OSError):
            beside.unlink()


def load_sklearn(path: PathLike) -> Reducer:
    """from_sklearn of a joblib file or a pickle, which may run code: trust its source."""
    model = _unpickled(path)
    try:
        return from_sklearn(model)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _unpickled(path: PathLike) -> Any:
    import joblib

    try:
        return joblib.load(path)
    except OSError:
        raise
    except Exception as error:  # whatever damaged bytes unpickle to
        raise ValueError(f"{path} cannot be read as a joblib file or pickle: {error}") from error


def _imported(path: str) -> dict[str, Any]:
    """A classifier becomes a head, all else a reducer, or a word on why not."""
    model = _unpickled(path)
    try:
        if hasattr(model, "classes_"):
            return {"head": head_of(model)}
        return {"reducer": from_sklearn(model).to_bytes().hex().upper()}
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _main(arguments: list[str]) -> dict[str, Any]:
    try:
        import joblib  # noqa: F401
        import sklearn  # noqa: F401
    except ImportError:
        return {"missing": "scikit-learn"}
    try:
        if arguments[0] == "import":
            return _imported(arguments[1])
        reducer = Reducer.load(arguments[1])
        save_sklearn(reducer, arguments[2], overwrite="--overwrite" in arguments)
        return {"written": arguments[2]}
    except (OSError, ValueError) as error:
        return {"error": str(error)}


if __name__ == "__main__":
    print(json.dumps(_main(sys.argv[1:])))
