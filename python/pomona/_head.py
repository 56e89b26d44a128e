# SPDX-License-Identifier: Apache-2.0
"""Heads in scikit-learn's manner: pomona.Head. Needs scikit-learn."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, column_or_1d, validate_data

from pomona import _core

if TYPE_CHECKING:
    from pomona._types import Path as PathLike


class Head(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier on feature rows that says how sure it is, or that it does not know.

    method: "lda" (shrinkage LDA) or "softmax" (multinomial logistic regression).
    strength: LDA's shrinkage or softmax's penalty; None: by cross-validation.
    balance: classes weigh the same, however many rows they have.
    root, normalize: take square roots (keeping signs), bring rows to length 1 first.
    coverage: how often predict_set shall hold the truth. folds: of the cross-validation.
    target: what it answers: "fruit", "variety", "maturity", "health", "label".

    Rows are used as float32. Fitted: classes_, n_features_in_.
    """

    def __init__(
        self,
        method: str = "lda",
        *,
        strength: float | None = None,
        balance: bool = True,
        root: bool = False,
        normalize: bool = False,
        coverage: float = 0.9,
        folds: int = 5,
        target: str = "label",
    ) -> None:
        self.method = method
        self.strength = strength
        self.balance = balance
        self.root = root
        self.normalize = normalize
        self.coverage = coverage
        self.folds = folds
        self.target = target

    def fit(self, X: Any, y: Any, groups: Any = None) -> Head:
        """Fits on n x d rows with their classes.

        Rows of one class and group are held out together; without groups each row is one.
        """
        X, y = validate_data(self, X, y, dtype=np.float32, order="C")
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        words = [str(word) for word in self.classes_]
        if len(set(words)) < len(words):
            raise ValueError("two classes are written the same, as '1' and 1: rename one class")
        if groups is None:
            named = [str(i) for i in range(len(y))]
        else:
            named = [str(group) for group in column_or_1d(groups)]
        self.model_ = _core.train_head(
            X,
            [words[i] for i in numbers],
            named,
            method=self.method,
            strength=self.strength,
            balance=self.balance,
            root=self.root,
            normalize=self.normalize,
            coverage=self.coverage,
            folds=self.folds,
            target=self.target,
        )
        return self

    def predict(self, X: Any) -> Any:
        """The most probable class of each row."""
        probabilities = self.predict_proba(X)
        return self.classes_[probabilities.argmax(axis=1)]

    def predict_proba(self, X: Any) -> Any:
        """n x classes: calibrated probabilities, in the order of classes_."""
        return self._answers(X)[0]

    def predict_set(self, X: Any) -> list[list[Any]]:
        """For each row the classes that it may be, the most probable first."""
        return [[self.classes_[i] for i in row] for row in self._answers(X)[1]]

    def known(self, X: Any) -> Any:
        """For each row whether it is like those of the training."""
        return self._answers(X)[2]

    def save(self, folder: PathLike) -> None:
        """Writes head.safetensors and head.json, which `pomona predict` and `evaluate` take."""
        check_is_fitted(self)
        self.model_.save(os.fspath(folder))

    @classmethod
    def load(cls, location: PathLike) -> Head:
        """The head of a folder or file, from `save` or `pomona train`; its classes are words."""
        model = _core.HeadModel.load(os.fspath(location))
        head = cls(
            model.method,
            root=model.root,
            normalize=model.normalize,
            coverage=model.coverage,
            target=model.target,
        )
        head.model_, head.n_features_in_ = model, model.dim
        head.classes_ = np.unique(np.array(model.classes))
        return head

    def _answers(self, X: Any) -> tuple[Any, list[list[int]], Any]:
        """Probabilities, candidates and known, with classes in the order of classes_."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=np.float32, order="C", reset=False)
        probabilities, sets, known, _ = self.model_.predict(X)
        # The model's own order is that of the words' bytes.
        place = {word: i for i, word in enumerate(self.model_.classes)}
        order = [place[str(word)] for word in self.classes_]
        back = np.argsort(order)
        return (
            probabilities[:, order],
            [[int(back[i]) for i in row] for row in sets],
            np.array(known, dtype=bool),
        )
