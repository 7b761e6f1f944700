"""The embedder protocol: anything that turns texts into unit vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Embedder", "well_formed"]


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors, deterministically: a text has one vector, whatever is encoded next to it.

    ``name`` identifies the vectors, not only the model: two embedders whose vectors may differ (weights, runtime,
    precision) have different names, so that no cache ever mixes them. Implementations are safe to call from threads.
    """

    @property
    def name(self) -> str:
        """Identity of the vectors."""
        ...

    @property
    def dimension(self) -> int:
        """Length of every vector."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Encode texts.

        Args:
            texts: Any number of texts, also none; a text may be empty.

        Returns:
            Shape ``(len(texts), dimension)``, rows of L2 norm 1, in the order given. The array is the caller's own.
        """
        ...


def well_formed(text: str) -> str:
    r"""The text with lone surrogates replaced by ``?``.

    JSON may carry half of a surrogate pair (``"\ud83d"``), which no UTF-8 encoder accepts; one broken character should
    not make a record unfindable.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
