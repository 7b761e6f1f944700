"""Values for parameters, found in a text: the query, or a statement of the user.

Every parameter chooses among the pieces of the text that may be its value and being left out, by a conditional logit
over named features. Parameters then take their pieces in the order of their confidence, each piece of text once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from resolver.candidates import CANDIDATE_FEATURES, NONE_FEATURES, Candidates, find_candidates, value_of
from resolver.rivals import RIVAL_FEATURES, RIVAL_NONE_FEATURES, rival_features, rival_none_features
from resolver.text import TextReading, read_text
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.reading import ParameterReading
    from resolver.senses import Sense

__all__ = ["EXTRACT_FEATURES", "Extractor", "Found", "TextReading", "read_text"]

EXTRACT_FEATURES = (*CANDIDATE_FEATURES, *NONE_FEATURES, *RIVAL_FEATURES, *RIVAL_NONE_FEATURES)
"""The features of the model: of a parameter and a piece, and of leaving the parameter out, at both looks."""

_LEAST = 0.02


class Found(NamedTuple):
    """A value for a parameter.

    Attributes:
        value: The value, in the form of the parameter's schema.
        score: The probability that the text gives the parameter this value, in [0, 1].
        reason: Why, in words.
        start: Its place in the text.
        end: The end of its place.
        left_out: The probability that the text gives the parameter no value.
    """

    value: JsonValue
    score: float
    reason: str
    start: int
    end: int
    left_out: float = 0.0


class Extractor:
    """Finds values for parameters with learned weights.

    Args:
        weights: A weight for each of `EXTRACT_FEATURES`.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.weights = dict(weights)
        self._of_candidates = np.array([weights[name] for name in CANDIDATE_FEATURES], dtype=np.float32)
        self._of_none = np.array([weights[name] for name in NONE_FEATURES], dtype=np.float32)
        self._of_rivals = np.array([weights[name] for name in RIVAL_FEATURES], dtype=np.float32)
        self._of_rival_none = np.array([weights[name] for name in RIVAL_NONE_FEATURES], dtype=np.float32)

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> Extractor:
        """The extractor with the weights of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> Extractor:
        return cls(folder.weights("extract.json", EXTRACT_FEATURES))

    def extract(
        self,
        reading: TextReading,
        parameters: Sequence[ParameterReading],
        *,
        common: frozenset[str] = frozenset(),
        masked: Sequence[tuple[int, int]] = (),
        sense: Sense | None = None,
    ) -> list[tuple[int, Found]]:
        """Values of a text for parameters: the most probable first, each piece of text and parameter at most once.

        Args:
            reading: The text.
            parameters: The parameters to fill.
            common: Stems that name the tool or platform.
            masked: Places that hold no value, such as the name of the platform.
            sense: What the words mean for these parameters, where that is known.

        Returns:
            Pairs of the parameter's number and its value.
        """
        if not parameters:
            return []
        candidates = find_candidates(reading, parameters, common=common, masked=masked)
        return self.assign(candidates, parameters, sense=sense)

    def assign(
        self, candidates: Candidates, parameters: Sequence[ParameterReading], *, sense: Sense | None = None
    ) -> list[tuple[int, Found]]:
        """The candidates that parameters take, the most probable first."""
        if not candidates.pieces or not parameters:
            return []
        scores, left_out = self._scores(candidates, sense)
        scores[~candidates.valid] = -np.inf
        starts = np.array([piece.start for piece in candidates.pieces])
        ends = np.array([piece.end for piece in candidates.pieces])
        alike = _alike(candidates)
        waiting = np.ones(len(parameters), dtype=bool)
        chosen: list[tuple[int, Found]] = []
        while waiting.any():
            shares, none = _shares(scores, left_out)
            shares[~waiting] = 0.0
            total = np.minimum(shares @ alike, 1.0)
            # of the pieces that give a value, the most probable one; all stand for the value together
            number, place = divmod(int(np.argmax(total + 1e-6 * shares)), len(candidates.pieces))
            share = float(total[number, place])
            if share < _LEAST:
                break
            piece, owned = candidates.pieces[place], candidates.owned[place]
            value = value_of(parameters[number], piece, owned)
            if value is None:
                scores[number, place] = -np.inf
                continue
            waiting[number] = False
            chosen.append(
                (number, Found(value, share, _reason(piece.kind), piece.start, piece.end, float(none[number])))
            )
            if share >= float(none[number]):  # what is likely left out takes no text from others
                scores[:, (starts < piece.end) & (piece.start < ends)] = -np.inf
        return chosen

    def first_scores(self, candidates: Candidates) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores of the first look: ``(m, n)`` of pieces, minus infinity where not valid, and ``(m,)`` of none."""
        return candidates.scores(self._of_candidates), candidates.none @ self._of_none

    def _scores(self, candidates: Candidates, sense: Sense | None) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores of the second look; where the senses of a parameter's values are known, with them."""
        first, none = self.first_scores(candidates)
        pieces = candidates.pieces
        share = 0.0 if sense is None else sense.familiar
        scores = np.zeros(first.shape, dtype=np.float32)
        left_out = np.zeros(none.shape, dtype=np.float32)
        if np.min(share) < 1.0:
            apart = np.subtract(1.0, share, dtype=np.float32)
            scores += apart[..., None] * (rival_features(first, none, pieces) @ self._of_rivals)
            left_out += apart * (rival_none_features(first, none, pieces) @ self._of_rival_none)
        if sense is not None and np.max(share) > 0.0:
            model = sense.model
            first, none = first + sense.scores([piece.text for piece in pieces]), none + np.float32(model.none)
            scores += sense.familiar[:, None] * (rival_features(first, none, pieces) @ model.of_rivals)
            left_out += share * (rival_none_features(first, none, pieces) @ model.of_rival_none)
        return scores, left_out


def _alike(candidates: Candidates) -> NDArray[np.float64]:
    """``(n, n)``, 1 where two pieces give the same value."""
    written: dict[str, int] = {}
    keys = [
        written.setdefault((str(owned[1]) if owned else " ".join((piece.text, *piece.items))).casefold(), len(written))
        for piece, owned in zip(candidates.pieces, candidates.owned, strict=True)
    ]
    numbers = np.array(keys)
    alike: NDArray[np.float64] = (numbers[:, None] == numbers[None, :]).astype(np.float64)
    return alike


def _shares(
    scores: NDArray[np.float32], left_out: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """``(m, n)`` probabilities of each value and ``(m,)`` of none."""
    top = np.maximum(scores.max(axis=1), left_out)
    grown = np.exp((scores - top[:, None]).astype(np.float64))
    none = np.exp((left_out - top).astype(np.float64))
    total = grown.sum(axis=1) + none
    return grown / total[:, None], none / total


def _reason(kind: str) -> str:
    if kind == "option":
        return "one of its values, in the text"
    if kind == "flag":
        return "the text speaks of it"
    return {"part": "words", "tail": "words", "joined": "a list"}.get(kind, kind) + " in the text"
