"""The one error of this package."""

from __future__ import annotations


class InvalidSettingError(ValueError):
    """A setting cannot be what it was told to be; `sentence` says why, in Kafka's words where Kafka has them."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
