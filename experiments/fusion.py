"""Measures how evidence retrieval depends on the fusion of its two retrievers, and which weights are best.

Weights are chosen on the half of the records whose id hashes even (highest recall@5 + hit@1, mean over the sets), and
every figure is of the other half.
"""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from statistics import mean
from typing import TYPE_CHECKING, Literal, NamedTuple

from experiments.evidence import read_questions
from indexes import CachedEmbedder, Hit, HybridIndex, load_embedder, reciprocal_rank_fusion, score_fusion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from indexes.loading import Runtime

    Rankings = Mapping[str, Sequence[Hit]]
    Fuse = Callable[[Rankings, float], Sequence[str]]

__all__ = ["compare_fusions"]

_STEPS = [step / 20 for step in range(21)]
_RRF_KS = (5, 20, 60)
_MINIMA = {"dense": -1.0}
_DEPTH = 5


class _Query(NamedTuple):
    """One record: its id, its gold ids, and the full ranking of each retriever."""

    id: str
    gold: frozenset[str]
    rankings: Rankings


def compare_fusions(paths: Sequence[Path], *, runtime: Runtime = "auto") -> Iterator[str]:
    """Lines of a table: each fusion with its best weight for the dense retriever, and hit@1, hit@5, recall@5 by set.

    Raises:
        DatasetError: A file cannot be read as evidence records.
    """
    embedder = CachedEmbedder(load_embedder(runtime=runtime))
    halves = {path.name.split(".")[0]: _split(_retrieve(path, embedder)) for path in paths}
    systems: list[tuple[str, Fuse, float | None]] = [
        ("bm25", partial(_single, "lexical"), 0.0),
        ("dense", partial(_single, "dense"), 1.0),
        ("rrf equal, k=60", partial(_rrf, 60), 0.5),
        *((f"rrf weighted, k={k}", partial(_rrf, k), None) for k in _RRF_KS),
        ("score minmax", partial(_scored, "minmax"), None),
        ("score theoretical", partial(_scored, "theoretical"), None),
    ]
    yield f"embedder {embedder.name}"
    yield "records: " + ", ".join(f"{name} {len(a)} to choose, {len(b)} to report" for name, (a, b) in halves.items())
    yield f"{'fusion':<22}{'dense weight':>13}" + "".join(f"{name + ' h@1':>14}{'h@5':>7}{'r@5':>7}" for name in halves)
    for label, fuse, fixed in systems:
        weight = fixed
        if weight is None:
            weight = max(_STEPS, key=lambda w, f=fuse: mean(_objective(a, f, w) for a, _ in halves.values()))  # type: ignore[misc]
        figures = "".join("{:>14.3f}{:>7.3f}{:>7.3f}".format(*_measure(b, fuse, weight)) for _, b in halves.values())
        yield f"{label:<22}{weight:>13.2f}{figures}"


def _retrieve(path: Path, embedder: CachedEmbedder) -> list[_Query]:
    records = read_questions(path)
    embedder.encode([text for record in records for text in record.facts.values()])
    queries = []
    for record in records:
        index = HybridIndex(embedder)
        index.add(list(record.facts), list(record.facts.values()))
        modes: tuple[Literal["dense", "lexical"], ...] = ("dense", "lexical")
        rankings: dict[str, list[Hit]] = {
            mode: [Hit(hit.id, hit.score) for hit in index.search(record.query, len(index), mode=mode)]
            for mode in modes
        }
        queries.append(_Query(record.id, record.gold, rankings))
    return queries


def _split(queries: Sequence[_Query]) -> tuple[list[_Query], list[_Query]]:
    halves: tuple[list[_Query], list[_Query]] = ([], [])
    for query in queries:
        halves[sha256(query.id.encode()).digest()[0] % 2].append(query)
    return halves


def _single(name: str, rankings: Rankings, _weight: float) -> list[str]:
    return [hit.id for hit in rankings[name][:_DEPTH]]


def _rrf(k: int, rankings: Rankings, weight: float) -> list[str]:
    weights = {"dense": weight, "lexical": 1.0 - weight}
    return [hit.id for hit in reciprocal_rank_fusion(rankings, weights=weights, k=k, limit=_DEPTH)]


def _scored(normalisation: Literal["minmax", "theoretical"], rankings: Rankings, weight: float) -> list[str]:
    weights = {"dense": weight, "lexical": 1.0 - weight}
    fused = score_fusion(rankings, weights=weights, normalisation=normalisation, minima=_MINIMA, limit=_DEPTH)
    return [hit.id for hit in fused]


def _measure(queries: Sequence[_Query], fuse: Fuse, weight: float) -> tuple[float, float, float]:
    """hit@1, hit@5, recall@5."""
    found = [(fuse(query.rankings, weight), query.gold) for query in queries]
    return (
        mean(bool(ids) and ids[0] in gold for ids, gold in found),
        mean(not gold.isdisjoint(ids) for ids, gold in found),
        mean(len(gold.intersection(ids)) / len(gold) for ids, gold in found),
    )


def _objective(queries: Sequence[_Query], fuse: Fuse, weight: float) -> float:
    first, _, recall = _measure(queries, fuse, weight)
    return first + recall
