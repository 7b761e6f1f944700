"""Measures how well evidence is found, and in what time, with each embedder and with a reranker on top.

A ranking is that of `resolver.Resolver.retrieve` before statements are judged: the ten best of a hybrid index, and
where there is a reranker these ten in the order of `resolver.reranking`. What judges statements is trained on such
records, so that its figures belong to ``profile-bench fit``, which holds records out.

Times are of single queries, and of sentences encoded together, each as a ratio to its floor: the first embedder
encoding the same text and nothing else. Queries are timed in turn, so that other work on the machine falls on all rows
alike.
"""

from __future__ import annotations

import statistics
import time
from functools import partial
from math import log2
from typing import TYPE_CHECKING

from experiments.evidence import read_questions
from indexes import DEFAULT_MODEL, HybridIndex, RerankingError, load_embedder, load_reranker
from resolver.asking import read_turns
from resolver.reranking import reranked
from resolver.resolution import Evidence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from experiments.evidence import EvidenceRecord
    from indexes import Embedder, Reranker
    from indexes.loading import Runtime

    Ranking = Callable[[EvidenceRecord], Sequence[str]]

__all__ = ["compare_retrieval", "measures"]

_FOUND = 10
_DEPTH = 5
_TIMED = 60
_TOGETHER = 256


def compare_retrieval(
    paths: Sequence[Path],
    *,
    models: Sequence[str] = (DEFAULT_MODEL,),
    runtimes: Sequence[Runtime] = ("auto", "static"),
    reranker: Path | None = None,
    limit: int | None = None,
) -> Iterator[str]:
    """Lines of a table: a row for each embedder, and one for each with the reranker on top.

    Args:
        paths: Files of evidence records.
        models: Of the embedders, as for `indexes.load_embedder`.
        runtimes: Of each model, likewise.
        reranker: The folder of a cross-encoder; the installed one where not given, and none where none is installed.
        limit: Only the first records of each file.

    Raises:
        DatasetError: A file cannot be read as evidence records.
        EmbeddingError: A model cannot be loaded.
        RerankingError: The folder that was given holds no cross-encoder.
    """
    sets = {path.name.split(".")[0]: read_questions(path)[:limit] for path in paths}
    embedders = [load_embedder(model, runtime=runtime) for model in models for runtime in runtimes]
    second = None
    try:
        second = load_reranker(reranker)
    except RerankingError as error:
        if reranker is not None:
            raise
        yield f"no reranker: {error}"
    rows: list[tuple[str, Embedder, Reranker | None]] = []
    for embedder in embedders:
        yield f"embedder {embedder.name}"
        rows += [(embedder.name.rpartition("@")[2], embedder, each) for each in (None, second)[: 1 + bool(second)]]
    if second is not None:
        yield f"reranker {second.name}"
    every = [question for questions in sets.values() for question in questions]
    together = _together(embedders, every)
    queries = _queries(rows, every[:: max(1, len(every) // _TIMED)])
    yield "records: " + ", ".join(f"{name} {len(questions)}" for name, questions in sets.items())
    head = "".join(f"{name + ' h@1':>14}{'r@5':>7}{'nDCG':>7}" for name in sets)
    yield f"{'retrieval':<40}{head}{'ms/query':>10}{'ratio':>7}{'ms/text':>9}{'ratio':>7}"
    for place, (label, embedder, second_reader) in enumerate(rows):
        figures = "".join(
            "{:>14.3f}{:>7.3f}{:>7.3f}".format(*measures(questions, partial(_ranked, embedder, second_reader)))
            for questions in sets.values()
        )
        encode, ratio = together[embedders.index(embedder)]
        whole, times = queries[place]
        title = label if second_reader is None else f"{label} + reranker"
        yield f"{title:<40}{figures}{whole:>10.2f}{times:>7.2f}{encode:>9.3f}{ratio:>7.2f}"


def measures(questions: Sequence[EvidenceRecord], ranking: Ranking) -> tuple[float, float, float]:
    """Means over questions of hit@1, recall@5 and nDCG@10, a gold fact's gain being 1."""
    found = [(list(ranking(question)), question.gold) for question in questions]
    return (
        statistics.fmean(bool(ids) and ids[0] in gold for ids, gold in found),
        statistics.fmean(len(gold.intersection(ids[:_DEPTH])) / len(gold) for ids, gold in found),
        statistics.fmean(_gain([name in gold for name in ids]) / _gain([True] * len(gold)) for ids, gold in found),
    )


def _gain(hits: Sequence[bool]) -> float:
    return sum(hit / log2(place + 2) for place, hit in enumerate(hits[:_FOUND]))


def _ranked(embedder: Embedder, reranker: Reranker | None, question: EvidenceRecord) -> list[str]:
    return _search(_index(embedder, question), reranker, question)


def _index(embedder: Embedder, question: EvidenceRecord) -> HybridIndex:
    index = HybridIndex(embedder)
    index.add(list(question.facts), list(question.facts.values()))
    return index


def _search(index: HybridIndex, reranker: Reranker | None, question: EvidenceRecord) -> list[str]:
    query = read_turns(question.query)[0]
    hits = index.search(query, _FOUND)
    if reranker is None:
        return [hit.id for hit in hits]
    evidence = tuple(
        Evidence(id=hit.id, kind="fact", text=question.facts[hit.id], score=hit.score, ranks=dict(hit.ranks))
        for hit in hits
    )
    return [item.id for item in reranked(evidence, query, reranker)]


def _queries(
    rows: Sequence[tuple[str, Embedder, Reranker | None]], questions: Sequence[EvidenceRecord]
) -> list[tuple[float, float]]:
    """By row the median milliseconds of a query on an index that is there, and their ratio to the floor."""
    times: list[list[float]] = [[] for _ in rows]
    floor = []
    for question in questions:
        floor.append(_timed(lambda q=question: rows[0][1].encode([read_turns(q.query)[0]])))  # type: ignore[misc]
        for row, (_, embedder, reranker) in zip(times, rows, strict=True):
            index = _index(embedder, question)
            row.append(_timed(partial(_search, index, reranker, question)))
    return [(statistics.median(row), statistics.median(row) / statistics.median(floor)) for row in times]


def _together(embedders: Sequence[Embedder], questions: Sequence[EvidenceRecord]) -> list[tuple[float, float]]:
    """By embedder the milliseconds of a sentence among many, and their ratio to the first embedder's."""
    texts = list(dict.fromkeys(text for question in questions for text in question.facts.values()))[:_TOGETHER]
    times = [_timed(lambda e=embedder: e.encode(texts)) / len(texts) for embedder in embedders]  # type: ignore[misc]
    return [(one, one / times[0]) for one in times]


def _timed(call: Callable[[], object]) -> float:
    """Milliseconds of a call."""
    started = time.perf_counter()
    call()
    return 1000.0 * (time.perf_counter() - started)
