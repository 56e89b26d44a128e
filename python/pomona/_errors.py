# SPDX-License-Identifier: Apache-2.0
"""Exceptions of Pomona's own; all others are Python's."""


class ImageError(ValueError):
    """A picture that cannot be used: why (`code`) and where it was found out (`stage`)."""

    def __init__(self, message: str, stage: str, code: str) -> None:
        super().__init__(message)
        self.stage = stage
        self.code = code


class NotFoundError(FileNotFoundError, KeyError):
    """A file, an asset or an entry that is not there."""
