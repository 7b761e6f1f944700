"""A cross-encoder through onnxruntime: query and text in one run, one pair a run; see ``onnx_export`` for why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.embedding import well_formed
from indexes.errors import RerankingError
from indexes.onnx_session import each_on_a_core, open_session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = ["OnnxReranker"]

_MOST_TOKENS = 512  # of a pair; what BERT has positions for
_INPUTS = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}


class OnnxReranker:
    """A graph from the token ids of a pair to one logit.

    Args:
        model: The graph, with the inputs ``input_ids``, ``attention_mask`` and ``token_type_ids``, or some of them.
        tokenizer: Its ``tokenizer.json``, which knows how a pair is put together.
        name: Identity of the scores.

    Raises:
        RerankingError: They cannot be loaded, or the graph has other inputs or gives more than one number for a pair.
    """

    def __init__(self, model: Path, tokenizer: Path, *, name: str) -> None:
        self.name = name
        try:
            from tokenizers import Tokenizer  # noqa: PLC0415 - late, like everything heavy

            self._session = open_session(model)
            self._tokenizer: Any = Tokenizer.from_file(str(tokenizer))
        except Exception as error:  # onnxruntime raises classes of its extension module, tokenizers plain exceptions
            raise RerankingError(f"{model} cannot be loaded as a cross-encoder: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(_MOST_TOKENS)
        self._inputs = [wanted.name for wanted in self._session.get_inputs()]
        given = self._session.get_outputs()[0].shape
        if not set(self._inputs) <= set(_INPUTS) or given[1:] not in ([], [1]):
            raise RerankingError(
                f"{model} takes {self._inputs} and gives {given}; wanted is one logit for a pair of {list(_INPUTS)}"
            )

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Score texts: log-odds that each answers the query, ``(len(texts),)``."""
        scores = np.empty(len(texts), dtype=np.float32)
        asked = well_formed(query)
        pairs = self._tokenizer.encode_batch([(asked, well_formed(text)) for text in texts])

        def fill(number: int) -> None:
            found = {name: np.array([getattr(pairs[number], _INPUTS[name])], dtype=np.int64) for name in self._inputs}
            scores[number] = self._session.run(None, found)[0].reshape(-1)[0]

        each_on_a_core(fill, [len(pair.ids) for pair in pairs])
        return scores
