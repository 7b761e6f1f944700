"""How well each platform of a catalog suits this user for this query, by what the platforms say of themselves.

A bilinear form of low rank (`resolver.bilinear`) over three vectors about the user: the statements, those closest to
the platforms in question first; the attributes, numbers read as words; and the query. It reads descriptions with the
platform's own name masked, so that it can learn what is meant by a text and not which name is right. A platform without
a description scores 0.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from resolver.bilinear import BilinearForm, attend, load_form, summed
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.catalog import Platform
    from resolver.records import Linked

__all__ = ["BLOCKS", "Affinity", "affinity_blocks", "contrast_scores", "masked_description"]

BLOCKS = ("statements", "attributes", "query")
_ANY_NAME = "this platform"


def masked_description(platform: Platform) -> str:
    """A platform's description without its name, empty where it has none.

    >>> from resolver.catalog import Platform
    >>> masked_description(Platform(name="Larder", description="Larder sells food."))
    'this platform sells food.'
    """
    name = r"[\s_.-]*".join(map(re.escape, re.split(r"[\s_.-]+", platform.name.strip())))
    text = platform.description.strip()
    return re.sub(rf"(?<!\w){name}(?!\w)", _ANY_NAME, text, flags=re.IGNORECASE) if name else text


def affinity_blocks(
    cards: CatalogIndex, linked: Linked, asked: Asked
) -> dict[str, tuple[NDArray[np.float32], NDArray[np.float32]]]:
    """What the form reads: by block the vectors ``(n, d)`` and their weights ``(n,)``; a block is their weighted sum.

    Blocks without content are left out.
    """
    person = linked.person
    blocks = {"query": (asked.vector[None, :], np.ones(1, dtype=np.float32))}
    if len(person.statements):
        weights = attend(person.statements, _in_question(cards, asked)) * person.fresh
        blocks["statements"] = (person.statements, weights)
    if len(person.attributes):
        blocks["attributes"] = (person.attributes, summed(len(person.attributes)))
    return blocks


def contrast_scores(
    form: BilinearForm, described: NDArray[np.float32], user: NDArray[np.float32]
) -> NDArray[np.float64]:
    """The scores of descriptions ``(p, d)`` for a user ``(k,)`` as the form sees them, ``(p,) float64``.

    They are of what sets each description apart from the mean, as far as the form is familiar with that.
    """
    apart = described - described.mean(axis=0)
    return ((form.place(apart) @ user) * form.familiar(apart)).astype(np.float64)


def _in_question(cards: CatalogIndex, asked: Asked) -> NDArray[np.float32]:
    """What the platforms that could do the job have in common, a vector of length 1, or 0 without descriptions."""
    able = np.full(len(cards.catalog.platforms), -1.0, dtype=np.float32)
    np.maximum.at(able, cards.tool_platform, cards.tool_vectors @ asked.vector)
    common: NDArray[np.float32] = attend(able[:, None], np.ones(1, dtype=np.float32)) @ cards.described
    length = float(np.linalg.norm(common))
    return common / length if length > 0.0 else common


class Affinity:
    """The learned head.

    Args:
        form: Its weights; what it does not know the embedder of scores 0.
    """

    def __init__(self, form: BilinearForm) -> None:
        self.form = form

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> Affinity:
        """The head with the weights of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> Affinity:
        return cls(load_form("affinity", folder))

    def scores(self, cards: CatalogIndex, linked: Linked, asked: Asked) -> NDArray[np.float64]:
        """The score of each platform in log-odds, ``(p,) float64``; 0 without a description, or for a strange one."""
        described = np.any(cards.described, axis=1)
        scores = np.zeros(len(described))
        if described.sum() > 1 and self.form.knows(cards.embedder.name, cards.described.shape[1]):
            user = self.form.user(
                {
                    name: weights @ self.form.project(name, vectors)
                    for name, (vectors, weights) in affinity_blocks(cards, linked, asked).items()
                }
            )
            scores[described] = contrast_scores(self.form, cards.described[described], user)
        return scores
