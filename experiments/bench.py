"""Speed of a warm resolve, as a ratio to its floor: encoding the query alone.

Both are timed in turn, query by query, so that whatever else the machine does falls on both alike.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from experiments.sample import records
from indexes import load_embedder
from resolver.catalog import Catalog
from resolver.engine import Resolver
from resolver.profile import Event, EventId, Fact, FactId, Profile, UserId

if TYPE_CHECKING:
    from collections.abc import Callable

    from indexes import Embedder
    from indexes.loading import Runtime

__all__ = ["Figures", "measure"]

_RECORDS = 200
_USER = "bench"
_IMPORTS = 5
_CATALOGS = ((10, 5), (72, 15))
"""Numbers of tools, and the milliseconds that choosing and binding may add to retrieving there."""
_RATIO = 2
_HEAD = "tools   encode  retrieve  resolve     p95  choose+bind  mark  resolve/encode  mark"


@dataclass(frozen=True, kw_only=True)
class CatalogFigures:
    """What was measured on one catalog; times in milliseconds.

    Attributes:
        tools: Tools of the catalog.
        encode_p50: Encoding the query alone.
        retrieve_p50: Encoding it and retrieving evidence.
        resolve_p50: A whole resolve, with encoding.
        added_p50: What choosing and binding add to retrieving: the difference of the two, query by query.
        ratio: ``resolve_p50`` by ``encode_p50``.
    """

    tools: int
    encode_p50: float
    retrieve_p50: float
    resolve_p50: float
    resolve_p95: float
    added_p50: float
    ratio: float


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured.

    Attributes:
        catalogs: By catalog, from few tools to many.
        records: Facts and events of the user.
        embedder: The embedder's name.
        import_ms: ``import resolver`` in a fresh interpreter, less starting the interpreter; the best of five.
    """

    catalogs: tuple[CatalogFigures, ...]
    records: int
    queries: int
    embedder: str
    python: str
    import_ms: float

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)

    def to_text(self) -> str:
        """The figures as lines for a person."""
        lines = [
            f"user with {self.records} records, {self.queries} queries, milliseconds (p50)",
            f"embedder {self.embedder}, Python {self.python}",
            _HEAD,
        ]
        for row, (_, mark) in zip(self.catalogs, _CATALOGS, strict=True):
            lines.append(
                f"{row.tools:>5}{row.encode_p50:>9.2f}{row.retrieve_p50:>10.2f}{row.resolve_p50:>9.2f}"
                f"{row.resolve_p95:>8.2f}{row.added_p50:>13.2f}{mark:>6}{row.ratio:>16.2f}{_RATIO:>6}"
            )
        lines.append(f"import resolver {self.import_ms:.0f} ms   (the mark is 300)")
        return "\n".join(lines)


def measure(*, rounds: int = 20, runtime: Runtime = "auto") -> Figures:
    """Time the queries of the sample data for one user who has 200 records of it.

    Args:
        rounds: How often each query is asked.
        runtime: Of the embedder, as for `indexes.load_embedder`.
    """
    embedder = load_embedder(runtime=runtime)
    cases = records()
    widest = max(cases, key=lambda case: len(case["tools"]))
    every = Catalog.from_ptbench(widest["platforms"], widest["tools"])
    queries = list(dict.fromkeys(case["query"] for case in cases))
    profile = _profile()
    return Figures(
        catalogs=tuple(
            _measure_catalog(_cut(every, size), profile, queries, embedder, rounds) for size, _ in _CATALOGS
        ),
        records=len(profile.facts) + len(profile.events),
        queries=len(queries),
        embedder=embedder.name,
        python=platform.python_version(),
        import_ms=_import_ms(),
    )


def _cut(catalog: Catalog, size: int) -> Catalog:
    tools = catalog.tools[:size]
    homes = {tool.platform for tool in tools}
    return Catalog(platforms=tuple(one for one in catalog.platforms if one.name in homes), tools=tools)


def _measure_catalog(
    catalog: Catalog, profile: Profile, queries: list[str], embedder: Embedder, rounds: int
) -> CatalogFigures:
    """Every query is encoded, retrieved for and resolved in turn, so that other work on the machine falls on all."""
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add(profile)
    for query in queries:
        resolver.resolve(query, user=_USER)
    times: list[tuple[float, float, float]] = [
        (
            _timed(lambda q=query: embedder.encode([q])),  # type: ignore[misc]
            _timed(lambda q=query: resolver.retrieve(q, user=_USER, judged=False)),  # type: ignore[misc]
            _timed(lambda q=query: resolver.resolve(q, user=_USER)),  # type: ignore[misc]
        )
        for _ in range(rounds)
        for query in queries
    ]
    encode, retrieve, resolve = (sorted(column) for column in zip(*times, strict=True))
    return CatalogFigures(
        tools=len(catalog.tools),
        encode_p50=statistics.median(encode),
        retrieve_p50=statistics.median(retrieve),
        resolve_p50=statistics.median(resolve),
        resolve_p95=statistics.quantiles(resolve, n=20)[-1],
        added_p50=statistics.median(whole - part for _, part, whole in times),
        ratio=statistics.median(resolve) / statistics.median(encode),
    )


def _profile() -> Profile:
    """One user with the facts and events of several sample users, 200 in all, half of them events."""
    facts: list[Fact] = []
    events: list[Event] = []
    for number, content in enumerate({record["user"]: record["user_profile"] for record in records()}.values()):
        profile = Profile.from_json(content, user=_USER)
        facts += [fact.model_copy(update={"id": FactId(f"{number}/{fact.id}")}) for fact in profile.facts]
        events += [event.model_copy(update={"id": EventId(f"{number}/{event.id}")}) for event in profile.events]
    half = _RECORDS // 2
    ordered = [event.model_copy(update={"order": place}) for place, event in enumerate(events[:half])]
    return Profile(user=UserId(_USER), facts=tuple(facts[:half]), events=tuple(ordered))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1_000.0


def _import_ms() -> float:
    def best(code: str) -> float:
        return min(_timed(lambda: subprocess.run([sys.executable, "-c", code], check=True)) for _ in range(_IMPORTS))  # noqa: S603

    return max(0.0, best("import resolver; resolver.Profile; resolver.Catalog") - best("pass"))
