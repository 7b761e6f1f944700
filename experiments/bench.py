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

    from indexes.loading import Runtime

__all__ = ["Figures", "measure"]

_RECORDS = 200
_USER = "bench"
_IMPORTS = 5


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured; times in milliseconds.

    Attributes:
        encode_p50: Encoding the query alone.
        resolve_p50: A whole resolve, with encoding.
        ratio: The second by the first.
        records: Facts and events of the user.
        tools: Tools of the catalog.
        embedder: The embedder's name.
        import_ms: ``import resolver`` in a fresh interpreter, less starting the interpreter; the best of five.
    """

    encode_p50: float
    encode_p95: float
    resolve_p50: float
    resolve_p95: float
    retrieve_p50: float
    ratio: float
    records: int
    tools: int
    queries: int
    embedder: str
    python: str
    import_ms: float

    def to_json(self) -> dict[str, Any]:
        """The figures as plain values."""
        return asdict(self)

    def to_text(self) -> str:
        """The figures as lines for a person."""
        return "\n".join(
            (
                f"user with {self.records} records, catalog of {self.tools} tools, {self.queries} queries",
                f"embedder          {self.embedder}, Python {self.python}",
                f"encode alone      p50 {self.encode_p50:6.2f} ms   p95 {self.encode_p95:6.2f} ms   (the floor)",
                f"retrieve          p50 {self.retrieve_p50:6.2f} ms   with encoding",
                f"resolve           p50 {self.resolve_p50:6.2f} ms   p95 {self.resolve_p95:6.2f} ms   with encoding",
                f"resolve / encode  {self.ratio:.2f}   (the mark is 2)",
                f"import resolver   {self.import_ms:.0f} ms   (the mark is 300)",
            )
        )


def measure(*, rounds: int = 20, runtime: Runtime = "auto") -> Figures:
    """Time the queries of the sample data for one user who has 200 records of it.

    Args:
        rounds: How often each query is asked.
        runtime: Of the embedder, as for `indexes.load_embedder`.
    """
    embedder = load_embedder(runtime=runtime)
    cases = [record for record in records() if record["candidates"] == "scenario"]
    # the catalog with the most tools; each query is asked of it, whether it fits or not
    catalogs = [Catalog.from_ptbench(case["platforms"], case["tools"]) for case in cases]
    catalog = max(catalogs, key=lambda candidate: len(candidate.tools))
    profile = _profile()
    resolver = Resolver(catalog, embedder=embedder)
    resolver.add(profile)
    queries = list(dict.fromkeys(case["query"] for case in cases))
    for query in queries:
        resolver.resolve(query, user=_USER)
    encode: list[float] = []
    retrieve: list[float] = []
    resolve: list[float] = []
    for _ in range(rounds):
        for query in queries:
            encode.append(_timed(lambda q=query: embedder.encode([q])))  # type: ignore[misc]
            retrieve.append(_timed(lambda q=query: resolver.retrieve(q, user=_USER)))  # type: ignore[misc]
            resolve.append(_timed(lambda q=query: resolver.resolve(q, user=_USER)))  # type: ignore[misc]
    return Figures(
        encode_p50=statistics.median(encode),
        encode_p95=statistics.quantiles(encode, n=20)[-1],
        resolve_p50=statistics.median(resolve),
        resolve_p95=statistics.quantiles(resolve, n=20)[-1],
        retrieve_p50=statistics.median(retrieve),
        ratio=statistics.median(resolve) / statistics.median(encode),
        records=len(profile.facts) + len(profile.events),
        tools=len(catalog.tools),
        queries=len(queries),
        embedder=embedder.name,
        python=platform.python_version(),
        import_ms=_import_ms(),
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
