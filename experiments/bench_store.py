"""What stores cost: ingest, queries, bytes and memory, each beside its floor."""

from __future__ import annotations

import gc
import sqlite3
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from experiments.store_facts import ENDINGS, QUERIES, FactSource
from experiments.store_makers import check_name, made, on_disk
from indexes import StoredRecord, load_embedder
from indexes.approximate import APPROXIMATE_ABOVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from indexes import Embedder, Store

__all__ = ["Floors", "Row", "measure_floors", "measure_store", "to_text"]

_FACTS = 100
_ROUNDS = 400
_ENCODED_USERS = 10
_FEW = 40
_ASKED = 100  # users that are searched


@dataclass(frozen=True, kw_only=True)
class Floors:
    """What no store can be faster than; microseconds (p50).

    Attributes:
        encode: Encoding a query.
        dot: The inner products of one user's 100 vectors with a query, in NumPy.
        fetch: Reading one user's 100 rows of 1,536 bytes from a SQLite table of their own.
        encoded: Facts that are encoded per second, nothing else done.
    """

    encode: float
    dot: float
    fetch: float
    encoded: float


@dataclass(frozen=True, kw_only=True)
class Row:
    """What was measured of one store with some users; times in microseconds.

    Attributes:
        store: Its name.
        users: How many.
        facts: Of each user.
        first: Of the first search of a user, with a vector that is known (p50).
        p50: Of further searches of a hundred of the users; ``p95`` and ``p99`` too.
        ingest: Facts per second that are written with vectors that are known, one transaction for each user.
        encoded: The same with encoding them.
        bytes: On disk for each fact, beyond its text.
        memory: Bytes that the process grew by for each fact.
        recall: Of the ten nearest facts of one user, how many are found, where there are too many to look at all.
        read: Reading all of a user (p50).
        added: Adding one fact, with a vector that is known (p50).
        forgotten: Forgetting a user (p50).
    """

    store: str
    users: int
    facts: int
    first: float
    p50: float
    p95: float
    p99: float
    ingest: float
    encoded: float | None
    bytes: float | None
    memory: float | None
    recall: float | None
    read: float
    added: float
    forgotten: float | None

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)


def measure_floors(embedder: Embedder) -> Floors:
    """The floors on this machine, now."""
    texts, vectors = FactSource(embedder).take(_FACTS)
    query = embedder.encode(QUERIES[:1])[0]
    with tempfile.TemporaryDirectory() as folder:
        file = sqlite3.connect(Path(folder) / "rows.sqlite")
        file.execute("CREATE TABLE rows (number INTEGER PRIMARY KEY, vector BLOB)")
        file.executemany("INSERT INTO rows VALUES (?, ?)", [(n, row.tobytes()) for n, row in enumerate(vectors)])
        file.commit()
        fetch = _typical(lambda _: file.execute("SELECT vector FROM rows").fetchall())
        file.close()
    many = [f"{text} {n}" for n in range(5) for text in texts]
    started = time.perf_counter()
    embedder.encode(many)
    encoded = len(many) / (time.perf_counter() - started)
    return Floors(
        encode=_typical(lambda n: embedder.encode([QUERIES[n % len(QUERIES)]])),
        dot=_typical(lambda _: vectors @ query),
        fetch=fetch,
        encoded=encoded,
    )


def measure_store(name: str, users: int, *, embedder: Embedder | None = None, facts: int = _FACTS) -> Row:
    """Fill a store and search it.

    Args:
        name: One of `experiments.store_makers.STORES`, or of ``EXTRA_STORES``.
        users: How many users it gets.
        embedder: Makes vectors of queries, and of the facts of ten users; the default one where none is given.
        facts: How many each user gets.

    Raises:
        ValueError: There is no such store, or no database is named for it.
    """
    check_name(name)
    embedder = embedder or load_embedder()
    source = FactSource(embedder)
    with tempfile.TemporaryDirectory() as folder:
        gc.collect()
        before = _resident()
        with made(name, Path(folder), embedder) as store:
            text_bytes, spent = 0, 0.0
            for number in range(users):
                texts, vectors = source.take(facts)
                records = _records(texts)
                text_bytes += sum(len(text.encode()) for text in texts)
                started = time.perf_counter()
                store.add(f"user {number}", records, vectors=vectors)
                spent += time.perf_counter() - started
            ingest = users * facts / spent
            grown = (_resident() - before) / (users * facts) if name == "memory" else None
            taken = on_disk(store, Path(folder))
            first, times = _searches(store, users, embedder)
            recall = _recall(store, vectors, embedder) if facts > APPROXIMATE_ABOVE else None
            read = _typical(lambda n: store.read(f"user {n % users}"), rounds=_FEW)
            texts, more = source.take(_FEW)
            singles = [StoredRecord(id=str(n), text=text) for n, text in enumerate(texts)]
            added = _typical(lambda n: store.add("more", singles[n : n + 1], vectors=more[n : n + 1]), rounds=_FEW)
            encoded = _encoded_ingest(store, source, embedder) if facts == _FACTS else None
            forgotten = _typical(lambda n: store.forget(f"encoded {n}"), rounds=_ENCODED_USERS) if encoded else None
    p50, p95, p99 = np.percentile(times, (50, 95, 99)).tolist()
    return Row(
        store=name,
        users=users,
        facts=facts,
        first=first,
        p50=p50,
        p95=p95,
        p99=p99,
        ingest=ingest,
        encoded=encoded,
        bytes=None if taken is None else (taken - text_bytes) / (users * facts),
        memory=grown,
        recall=recall,
        read=read,
        added=added,
        forgotten=forgotten,
    )


def to_text(floors: Floors, rows: Sequence[Row]) -> Iterator[str]:
    """Floors and rows as lines for a person, with ratios to the floors and to the fewest users."""
    yield (
        f"floors: encoding a query {floors.encode:.0f} us, one user's inner products {floors.dot:.0f} us, "
        f"reading one user's rows {floors.fetch:.0f} us, encoding {floors.encoded:.0f} facts/s"
    )
    yield (
        f"{'store':<16}{'users':>8}{'facts':>9}{'first us':>10}{'p50':>8}{'p95':>8}{'p99':>8}{'/fetch':>8}"
        f"{'/encode':>9}{'/fewest':>9}{'ingest/s':>10}{'encoded':>9}{'bytes':>8}{'memory':>8}{'recall':>8}"
        f"{'read us':>9}{'add us':>8}{'forget us':>11}"
    )
    fewest: dict[tuple[str, int], float] = {}
    for row in rows:
        first = fewest.setdefault((row.store, row.facts), row.p50)
        yield (
            f"{row.store:<16}{row.users:>8}{row.facts:>9}{row.first:>10.0f}{row.p50:>8.0f}{row.p95:>8.0f}{row.p99:>8.0f}"
            f"{row.p50 / floors.fetch:>8.1f}{row.p50 / floors.encode:>9.2f}{row.p50 / first:>9.2f}{row.ingest:>10.0f}"
            f"{_ratio(row.encoded, floors.encoded):>9}{_whole(row.bytes):>8}{_whole(row.memory):>8}"
            f"{_ratio(row.recall, 1.0):>8}{row.read:>9.0f}{row.added:>8.0f}{_whole(row.forgotten):>11}"
        )
    yield "first: of a user's first search; /fetch, /encode: p50 by that floor; /fewest: by p50 with the fewest users;"
    yield "encoded: ingest with encoding by encoding alone; bytes: on disk beyond the text; memory: both for each fact;"
    yield "recall: of the ten nearest of the last user, where the index is approximate; read: a whole user; add: a fact"


def _records(texts: Sequence[str]) -> list[StoredRecord]:
    return [StoredRecord(id=f"notes[{n}]", text=text, data='{"fact":{"path":"notes"}}') for n, text in enumerate(texts)]


def _searches(store: Store, users: int, embedder: Embedder) -> tuple[float, list[float]]:
    """The median of first searches of some users, and the times of further ones, in microseconds."""
    vectors = embedder.encode(QUERIES)
    rng = np.random.default_rng(2)
    asked = rng.permutation(users)[:_ASKED].tolist()

    def timed(user: int, query: int) -> float:
        started = time.perf_counter()
        store.search(f"user {user}", QUERIES[query], 10, vector=vectors[query])
        return 1e6 * (time.perf_counter() - started)

    first = [timed(user, place % len(QUERIES)) for place, user in enumerate(asked)]
    for user in asked:  # from the second search on an index may be kept
        timed(user, 0)
    order = rng.integers(len(asked), size=_ROUNDS).tolist()
    return float(np.median(first)), [timed(asked[who], n % len(QUERIES)) for n, who in enumerate(order)]


def _recall(store: Store, vectors: NDArray[np.float32], embedder: Embedder) -> float:
    """The share of the ten nearest facts of the last user that are found, over queries that people would ask."""
    queries = embedder.encode([f"{query} {ending}" for query in QUERIES for ending in ENDINGS])
    user, found = f"user {len(store) - 1}", 0
    for query in queries:
        nearest = np.argpartition(-(vectors @ query), 10)[:10]
        hits = store.search(user, "", 10, vector=query, mode="dense")
        found += len({f"notes[{n}]" for n in nearest} & {hit.id for hit in hits})
    return found / (10 * len(queries))


def _encoded_ingest(store: Store, source: FactSource, embedder: Embedder) -> float:
    """Facts per second when they are encoded too: the texts of ten further users."""
    texts = [source.take(_FACTS)[0] for _ in range(_ENCODED_USERS)]
    started = time.perf_counter()
    for number, own in enumerate(texts):
        store.add(f"encoded {number}", _records(own), vectors=embedder.encode(own))
    return _ENCODED_USERS * _FACTS / (time.perf_counter() - started)


def _resident() -> int:
    """Bytes of memory the process has."""
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return 1024 * int(line.split()[1])
    return 0


def _typical(work: Callable[[int], object], *, rounds: int = _ROUNDS // 2) -> float:
    """The median time in microseconds."""
    times = []
    for number in range(rounds):
        started = time.perf_counter()
        work(number)
        times.append(1e6 * (time.perf_counter() - started))
    return float(np.median(times))


def _ratio(value: float | None, floor: float) -> str:
    return "-" if value is None else f"{value / floor:.2f}"


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
