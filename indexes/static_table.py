"""From a sentence-transformers directory to one vector per token of its vocabulary, made once and kept.

The recipe is model2vec's (Tulkens and van Dongen 2024, MinishLab/model2vec): the model encodes every token by itself,
principal components are taken, and each row is weighted by how rare its token is. There is no corpus to count words in,
so that a token's rank in the vocabulary stands for its frequency, by Zipf's law; the weight is SIF's, ``a / (a + p)``
(Arora, Liang and Ma, "A Simple but Tough-to-Beat Baseline for Sentence Embeddings", ICLR 2017). It is also theirs to
take out the strongest components: what all tokens share does not tell one text from another.

Layout of a table, ``<cache>/static/<fingerprint>-v<FORMAT>/``: ``rows.npy`` and ``weights.npy`` (float16),
``tokenizer.json``, and ``manifest.json`` with their checksums.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexes.errors import EmbeddingError, ExportError
from indexes.files import put_whole, sync_tree, work_beside
from indexes.fingerprint import sha256_of
from indexes.manifest import read_verified
from indexes.onnx_export import supported_pooling
from indexes.quiet import quiet_and_offline

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

__all__ = [
    "DIMENSION",
    "FORMAT",
    "STRONGEST",
    "TableManifest",
    "make_table",
    "ranks",
    "rarity",
    "read_table_manifest",
    "static_rows",
    "write_table",
]

FORMAT = 2
DIMENSION = 256
STRONGEST = 5
"""Components taken out, of MiniLM's 384, for vectors of what a text is about. Chosen with the two other numbers by
hit@1 of the nearest statement on two sets of evidence records; with none taken out it is several points lower."""
RARITY = 3e-4
"""SIF's ``a``. From 2e-4 to 4e-4 hit@1 moves by a point at most."""
MOST_TOKENS = 512
"""Longer texts are cut, as in model2vec."""
_BATCH = 512
_FILES = ("rows.npy", "weights.npy", "tokenizer.json")
_MARKS = "#\u2581"  # of pieces inside a word (WordPiece) and at its start (SentencePiece)
_LETTERS = 2


@dataclass(frozen=True)
class TableManifest:
    """What a table is, as written to ``manifest.json``.

    Attributes:
        format: Version of this layout and of the recipe.
        fingerprint: Hash of the model directory it was made from.
        dimension: Length of the vectors.
        tokens: How many rows there are.
        sha256: Checksum by file name.
    """

    format: int
    fingerprint: str
    dimension: int
    tokens: int
    sha256: dict[str, str]


def read_table_manifest(directory: Path, *, fingerprint: str) -> TableManifest | None:
    """The manifest of a table that is whole and of this model, else ``None``: it may be deleted and made again."""
    return read_verified(TableManifest, directory, version=FORMAT, fingerprint=fingerprint, files=_FILES)


def make_table(source: Path, target: Path, *, fingerprint: str) -> TableManifest:
    """Make the table of a model directory, and put it in place as a whole; half a minute to a minute for 30,000 tokens.

    Args:
        source: A sentence-transformers directory.
        target: Where the table goes; what is there is replaced.
        fingerprint: Hash of ``source``.

    Returns:
        The manifest that was written.

    Raises:
        ExportError: The model is not of the shape transformer, pooling, normalisation, or its tokens cannot be encoded.
        EmbeddingError: The model cannot be loaded at all.
        OSError: The cache cannot be written.
    """
    supported_pooling(source)
    from indexes.torch_embedder import load_sentence_transformer  # noqa: PLC0415 - torch only when there is work for it

    model = load_sentence_transformer(source)
    try:
        with quiet_and_offline():
            tokenizer = model.tokenizer.backend_tokenizer
            tokenizer.no_padding()
            tokenizer.enable_truncation(MOST_TOKENS)
            tokens = _vocabulary(tokenizer)
            rows = static_rows(_outputs(model, tokenizer, len(tokens)))
            weights = rarity(ranks(tokens))
            text = str(tokenizer.to_str())
    except Exception as error:  # tokenizers and models fail in as many ways as there are of them
        raise ExportError(f"no table of tokens can be made of {source}: {error!r}") from error
    return write_table(rows, weights, text, target, fingerprint=fingerprint)


def write_table(
    rows: NDArray[np.float32], weights: NDArray[np.float64], tokenizer: str, target: Path, *, fingerprint: str
) -> TableManifest:
    """Write a table and put it in place as a whole.

    Args:
        rows: A vector for each token id, ``(tokens, dimension)``.
        weights: How much each counts in a text, ``(tokens,)``.
        tokenizer: The content of ``tokenizer.json``.
        target: Where the table goes; what is there is replaced.
        fingerprint: Hash of the model it was made from.

    Raises:
        EmbeddingError: The table cannot be put in place.
        OSError: The cache cannot be written.
    """
    with work_beside(target) as aside:
        np.save(aside / "rows.npy", rows.astype(np.float16), allow_pickle=False)
        np.save(aside / "weights.npy", weights.astype(np.float16), allow_pickle=False)
        (aside / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
        manifest = TableManifest(
            format=FORMAT,
            fingerprint=fingerprint,
            dimension=int(rows.shape[1]),
            tokens=len(rows),
            sha256={name: sha256_of(aside / name) for name in _FILES},
        )
        (aside / "manifest.json").write_text(json.dumps(asdict(manifest), indent=2) + "\n", encoding="utf-8")
        sync_tree(aside)
        try:
            put_whole(aside, target, whole=lambda: read_table_manifest(target, fingerprint=fingerprint) is not None)
        except OSError as error:
            raise EmbeddingError(f"the table of tokens cannot be put at {target}: {error}") from error
    return manifest


def static_rows(outputs: NDArray[np.float32]) -> NDArray[np.float32]:
    """Principal components of a model's outputs for single tokens.

    Args:
        outputs: ``(tokens, width)``.

    Returns:
        ``(tokens, width)``, the strongest component first.
    """
    centred = outputs.astype(np.float64)
    centred -= centred.mean(axis=0)
    directions = np.linalg.eigh(centred.T @ centred)[1][:, ::-1]
    # a direction has no sign of its own
    turned = np.sign(directions[np.abs(directions).argmax(axis=0), np.arange(directions.shape[1])])
    rows: NDArray[np.float32] = (centred @ (directions * turned)).astype(np.float32)
    return rows


def ranks(tokens: Sequence[str]) -> NDArray[np.int64]:
    """For each token, how many words and parts of words stand before it in the vocabulary, ``(tokens,)``.

    Vocabularies are ordered by frequency, behind what is no word: special tokens, reserved ones, single characters.
    Those have rank 0 and so the least weight.

    Example:
        >>> ranks(["[PAD]", "[unused1]", ".", "a", "the", "of", "##ing", "dentist"]).tolist()
        [0, 0, 0, 0, 0, 1, 2, 3]
    """
    words = np.array([len(bare) >= _LETTERS and bare.isalpha() for bare in (token.lstrip(_MARKS) for token in tokens)])
    return np.where(words, np.cumsum(words) - 1, 0).astype(np.int64)


def rarity(rank: NDArray[np.int64]) -> NDArray[np.float64]:
    """SIF's weight by rank, the probability of rank ``r`` in proportion to ``1 / (r + 2)``, ``(tokens,)``."""
    total = (1.0 / (np.arange(rank.max(initial=0) + 1) + 2.0)).sum()
    weights: NDArray[np.float64] = RARITY / (RARITY + 1.0 / ((rank + 2.0) * total))
    return weights


def _vocabulary(tokenizer: Any) -> list[str]:  # noqa: ANN401 - a tokenizers.Tokenizer
    """The tokens by id; an id that no token has is an empty one."""
    known = tokenizer.get_vocab(with_added_tokens=True)
    tokens = [""] * (max(known.values()) + 1)
    for token, number in known.items():
        tokens[number] = token
    return tokens


def _outputs(model: Any, tokenizer: Any, count: int) -> NDArray[np.float32]:  # noqa: ANN401 - untyped here
    """The model's unit vector for each token by itself, between the special tokens of a text, ``(count, width)``."""
    import torch  # noqa: PLC0415

    framed = tokenizer.encode("a")
    place = framed.special_tokens_mask.index(0)
    frame = torch.as_tensor(framed.ids).repeat(_BATCH, 1)
    outputs = []
    with torch.inference_mode():
        for start in range(0, count, _BATCH):
            ids = torch.arange(start, min(start + _BATCH, count))
            texts = frame[: len(ids)].clone()
            texts[:, place] = ids
            found = model({"input_ids": texts, "attention_mask": torch.ones_like(texts)})["sentence_embedding"]
            outputs.append(torch.nn.functional.normalize(found, dim=1).numpy())
    return np.concatenate(outputs).astype(np.float32)
