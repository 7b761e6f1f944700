"""A learned bilinear form of low rank: how well texts about a user go with texts about a candidate.

``score(user, candidate) = (constant + sum over blocks of (u_b @ A_b - o_b)) @ (candidate @ C)``

Every block ``b`` is one vector about the user in the space of the embedder (what the statements say, what the
attributes say, the query). All of the form is linear in these vectors, so that each fact's share in a score can be
told. What is learned holds for one embedding model only: with another one the form knows nothing, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from resolver.errors import WeightsError
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["BilinearForm", "attend", "load_form", "model_of", "summed"]

_SHARPNESS = 10.0
_SMALL = 1e-30
_STRANGE, _KNOWN = 0.2, 0.8


def model_of(embedder: str) -> str:
    """What tells the model of an embedder's name from others, whatever runs it: the hash of its content.

    >>> model_of("some/model@c4a57a7f2011/torch"), model_of("hashing-256")
    ('c4a57a7f2011', 'hashing-256')
    """
    return embedder.rpartition("@")[2].split("/")[0] if "@" in embedder else embedder


def attend(vectors: NDArray[np.float32], target: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weights that add up to 1, larger the closer a row ``(n, d)`` is to a target ``(d,)``; ``(n,)``."""
    close = vectors @ target
    grown: NDArray[np.float32] = np.exp(_SHARPNESS * (close - close.max(initial=-np.inf)))
    grown /= max(float(grown.sum()), _SMALL)
    return grown


def summed(number: int) -> NDArray[np.float32]:
    """Weights of the sum of ``number`` vectors, scaled so that it does not grow with their number; ``(n,)``."""
    return np.full(number, max(number, 1) ** -0.5, dtype=np.float32)


class BilinearForm:
    """The form and what it was learned on.

    Args:
        stack: ``(blocks + 1, d + 1, k)``: first ``C`` with the constant as its last row, then ``A_b`` with ``o_b``.
        blocks: The names of the blocks.
        model: What `model_of` gives for the embedder.

    Raises:
        WeightsError: The shape does not fit the blocks, or a number is not finite.
    """

    def __init__(self, stack: NDArray[np.floating], *, blocks: Sequence[str], model: str) -> None:
        if stack.ndim != 3 or len(stack) != len(blocks) + 1 or not np.isfinite(stack).all():  # noqa: PLR2004
            raise WeightsError(f"a form of {len(blocks)} blocks is ({len(blocks) + 1}, d + 1, k), got {stack.shape}")
        self.stack: NDArray[np.float32] = stack.astype(np.float32)
        self.blocks = tuple(blocks)
        self.model = model
        self.dimension = stack.shape[1] - 1
        self._candidates, self._constant = self.stack[0, :-1], self.stack[0, -1]
        self._span: NDArray[np.float32] = np.linalg.qr(self._candidates.astype(np.float64))[0].astype(np.float32)
        self._users = {name: self.stack[place + 1] for place, name in enumerate(self.blocks)}

    def knows(self, embedder: str, dimension: int) -> bool:
        """Whether the form was learned on this embedder's vectors."""
        return dimension == self.dimension and model_of(embedder) == self.model

    def place(self, candidates: NDArray[np.float32]) -> NDArray[np.float32]:
        """Candidates ``(c, d)`` in the space of the form, ``(c, k)``; made once for many queries."""
        placed: NDArray[np.float32] = candidates @ self._candidates
        return placed

    def familiar(self, apart: NDArray[np.float32]) -> NDArray[np.float32]:
        """How far differences between candidates ``(c, d)`` are of the kind that the form has seen, ``(c,)`` in [0, 1].

        It is the share of their squared length that lies in the span of the form's candidates, up to 0.2 taken for
        nothing and from 0.8 on for all. In the training sets it was 1 for what a fold held out of the same catalogs,
        and 0.05 to 0.12 for catalogs of other kinds, about which the form was no better than chance.
        """
        length = (apart**2).sum(axis=1)
        inside = ((apart @ self._span) ** 2).sum(axis=1)
        share: NDArray[np.float32] = inside / np.maximum(length, _SMALL)
        known: NDArray[np.float32] = np.clip((share - _STRANGE) / (_KNOWN - _STRANGE), 0.0, 1.0)
        return known

    def project(self, block: str, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows ``(n, d)`` of a block in the space of the form, ``(n, k)``; the block is a weighted sum of them."""
        projected: NDArray[np.float32] = vectors @ self._users[block][:-1]
        return projected

    def user(self, blocks: Mapping[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        """A user in the space of the form, ``(k,)``.

        Args:
            blocks: By name the weighted sum of what `project` gave, ``(k,)``; a block that has no content is left out.
        """
        total: NDArray[np.float32] = self._constant.copy()
        for name, projected in blocks.items():
            total += projected - self._users[name][-1]
        return total


def load_form(name: str, folder: WeightFolder = SHIPPED) -> BilinearForm:
    """The form ``<name>.npy`` of a folder with its ``<name>.json``.

    Raises:
        WeightsError: One of them is damaged, or they do not fit each other.
    """
    about, stack = folder.json(f"{name}.json"), folder.array(f"{name}.npy")
    try:
        return BilinearForm(stack, blocks=[str(block) for block in about["blocks"]], model=model_of(about["embedder"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise WeightsError(f"{folder.where(name)}: expected a bilinear form: {error!r}") from error
