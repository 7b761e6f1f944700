"""Measures the fusion defaults of ``indexes.hybrid`` on records of `{id, query, facts, gold}`.

    python tests/indexes/measure_fusion.py --data DIR [--runtime onnx|torch|hashing] [--sets nlsi prefeval]

Weights are chosen on the half of the records whose id hashes even (highest recall@5 + hit@1, mean over the sets), and
every figure is of the other half. Records without gold facts ask for nothing and are left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from hashlib import sha256
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING, Any

from indexes import (
    CachedEmbedder,
    HashingEmbedder,
    Hit,
    HybridIndex,
    load_embedder,
    reciprocal_rank_fusion,
    score_fusion,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Rankings = Mapping[str, Sequence[Hit]]
    Fuse = Callable[[Rankings, float], Sequence[str]]

STEPS = [step / 20 for step in range(21)]
RRF_KS = (5, 20, 60)
MINIMA = {"dense": -1.0}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with <set>.json.gz")
    parser.add_argument("--sets", nargs="+", default=["nlsi", "prefeval"])
    parser.add_argument("--runtime", choices=["onnx", "torch", "hashing"], default="onnx")
    options = parser.parse_args()
    plain = HashingEmbedder() if options.runtime == "hashing" else load_embedder(runtime=options.runtime)
    embedder = CachedEmbedder(plain)
    halves = {name: split(list(retrieve(options.data / f"{name}.json.gz", embedder))) for name in options.sets}
    write(f"embedder {embedder.name}")
    write("records: " + ", ".join(f"{name} {len(a)} to choose, {len(b)} to report" for name, (a, b) in halves.items()))
    systems: list[tuple[str, Fuse, float | None]] = [
        ("bm25", single("lexical"), 0.0),
        ("dense", single("dense"), 1.0),
        ("rrf equal, k=60", rrf(60), 0.5),
        *((f"rrf weighted, k={k}", rrf(k), None) for k in RRF_KS),
        ("score minmax", scored("minmax"), None),
        ("score theoretical", scored("theoretical"), None),
    ]
    write(f"{'system':<22}{'dense weight':>13}" + "".join(f"{n + ' h@1':>14}{'h@5':>7}{'r@5':>7}" for n in halves))
    for label, fuse, fixed in systems:
        weight = fixed
        if weight is None:
            weight = max(STEPS, key=lambda w: mean(objective(measure(a, fuse, w)) for a, _ in halves.values()))
        figures = "".join("{:>14.3f}{:>7.3f}{:>7.3f}".format(*measure(b, fuse, weight)) for _, b in halves.values())
        write(f"{label:<22}{weight:>13.2f}{figures}")


def retrieve(path: Path, embedder: CachedEmbedder) -> Iterator[tuple[str, set[str], Rankings]]:
    """Full rankings of both retrievers for each record that has gold facts."""
    records: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    embedder.encode([text for record in records for text in record["facts"].values()])
    for record in records:
        if record["gold"]:
            index = HybridIndex(embedder)
            index.add(list(record["facts"]), list(record["facts"].values()))
            rankings = {
                name: [Hit(hit.id, hit.score) for hit in index.search(record["query"], len(index), mode=name)]
                for name in ("dense", "lexical")
            }
            yield record["id"], set(record["gold"]), rankings


def split(records: Sequence[Any]) -> tuple[list[Any], list[Any]]:
    halves: tuple[list[Any], list[Any]] = ([], [])
    for record in records:
        halves[sha256(record[0].encode()).digest()[0] % 2].append(record)
    return halves


def single(name: str) -> Fuse:
    return lambda rankings, _weight: [hit.id for hit in rankings[name][:5]]


def rrf(k: int) -> Fuse:
    return lambda rankings, w: [
        hit.id for hit in reciprocal_rank_fusion(rankings, weights={"dense": w, "lexical": 1 - w}, k=k, limit=5)
    ]


def scored(normalisation: Any) -> Fuse:
    return lambda rankings, w: [
        hit.id
        for hit in score_fusion(
            rankings, weights={"dense": w, "lexical": 1 - w}, normalisation=normalisation, minima=MINIMA, limit=5
        )
    ]


def measure(records: Sequence[Any], fuse: Fuse, weight: float) -> tuple[float, float, float]:
    """hit@1, hit@5, recall@5."""
    found = [(fuse(rankings, weight), gold) for _, gold, rankings in records]
    return (
        mean(ids[0] in gold if ids else False for ids, gold in found),
        mean(not gold.isdisjoint(ids) for ids, gold in found),
        mean(len(gold.intersection(ids)) / len(gold) for ids, gold in found),
    )


def objective(figures: tuple[float, float, float]) -> float:
    return figures[0] + figures[2]


def write(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
