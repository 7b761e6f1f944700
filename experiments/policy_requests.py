"""Requests from which the weights of the policy check are learnt: refused ones, callable ones, and contrasts of both.

The contrasts are made so that neither an age nor the number of candidates can stand in for the meaning:

- a refused query of a user whom none of the rules concerns that concerned all whom it was refused to: callable;
- a callable query of a refused user, on all platforms, where no rule of the platforms able to do it concerns the user:
  callable;
- a callable request on all platforms of the refused ones: callable.

``policies.json`` beside this module has policies written for this project, with requests that they exclude and such
that they do not, for a user whom they concern and one whom they do not. Every word of it is invented; one author wrote
policies and answers, so that figures on it show only that the model does not live from one catalog.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetError
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog
from resolver.profile import Profile
from resolver.records import UserRecords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.records import Record
    from indexes import Embedder

__all__ = [
    "Request",
    "RequestReader",
    "callable_requests",
    "contrasts",
    "invented_requests",
    "policy_requests",
    "read_refusals",
    "tools_by_platform",
]

_INVENTED = 0.5  # what one author made up weighs less than what users were refused


@dataclass(frozen=True, kw_only=True)
class Request:
    """A query of a user on a catalog, and whether policy excludes the user from it.

    ``kind`` says how it came about, ``group`` keeps requests that resemble each other on one side of a fold.
    """

    query: str
    profile: JsonValue
    platforms: JsonValue
    tools: JsonValue
    excluded: bool
    kind: str
    group: str
    weight: float = 1.0


def policy_requests(
    refusals: Path | None, records: Sequence[Record], groups: Mapping[str, str], embedder: Embedder
) -> list[Request]:
    """All that the check learns from: refused and callable requests, their contrasts, and the invented ones.

    Args:
        refusals: The file of `read_refusals`; without it only the invented requests say what is refused.
        records: Requests that have a right call. Those whose platforms state no policy are passed over.
        groups: Groups by record id.
        embedder: As the resolver's.
    """
    stated = [record for record in records if _states_policies(record.case.platforms)]
    callables = callable_requests(stated, groups)
    refused = read_refusals(refusals, tools_by_platform(records)) if refusals else []
    return [*refused, *callables, *contrasts(refused, callables, embedder), *invented_requests()]


def tools_by_platform(records: Iterable[Record]) -> dict[str, list[JsonValue]]:
    """The tools of each platform in all records together, by the platform's name."""
    found: dict[str, dict[str, JsonValue]] = defaultdict(dict)
    for record in records:
        for tool in record.case.tools if isinstance(record.case.tools, list) else ():
            if isinstance(tool, dict):
                found[str(tool.get("platform"))].setdefault(str(tool.get("name")), tool)
    return {platform: list(tools.values()) for platform, tools in found.items()}


def read_refusals(path: Path, tools: Mapping[str, Sequence[JsonValue]]) -> list[Request]:
    """Requests without a right call from gzipped JSON ``[{query, user_profile, platforms}]``.

    Args:
        path: The file.
        tools: The tools of each platform by its name, for platforms that the records list without any.

    Raises:
        DatasetError: The file cannot be read as such records.
    """
    try:
        records: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
        return [
            Request(
                query=str(record["query"]),
                profile=record["user_profile"],
                platforms=record["platforms"],
                tools=record.get("tools")
                or [tool for platform in record["platforms"] for tool in tools.get(str(platform["name"]), ())],
                excluded=True,
                kind="refused",
                group=_hash(record["query"]),
            )
            for record in records
        ]
    except (OSError, EOFError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise DatasetError(f"{path}: expected gzipped JSON [{{query, user_profile, platforms}}]: {error!r}") from error


def callable_requests(records: Iterable[Record], groups: Mapping[str, str]) -> list[Request]:
    """Requests that have a right call; one without a group is grouped by its query."""
    return [
        Request(
            query=record.case.query,
            profile=record.case.user_profile,
            platforms=record.case.platforms,
            tools=record.case.tools,
            excluded=False,
            kind="callable",
            group=groups.get(record.id, _hash(record.case.query)),
        )
        for record in records
    ]


def contrasts(
    refused: Sequence[Request], callables: Sequence[Request], embedder: Embedder, *, most: int = 400
) -> list[Request]:
    """Requests that must not be excluded, made of others as the module says; at most ``most`` of each sort.

    Which are kept is decided by a hash of query and profile.
    """
    if not refused:
        return []
    reader = RequestReader(embedder)
    wide = refused[0]
    by_query: dict[str, list[Request]] = defaultdict(list)
    for request in refused:
        by_query[request.query].append(request)
    reasons = {
        query: frozenset.intersection(*(reader.rules(request.profile, wide) for request in found))
        for query, found in by_query.items()
    }
    people = list({_hash(request.profile): request for request in (*refused, *callables)}.values())
    spared = [
        replace(found[0], profile=person.profile, excluded=False, kind="refused query, spared user")
        for query, found in by_query.items()
        for person in people
        if not reasons[query] & reader.rules(person.profile, wide)
    ]
    queries = list({request.query: request for request in callables}.values())
    harmless = [
        replace(
            request,
            profile=person.profile,
            platforms=wide.platforms,
            tools=wide.tools,
            kind="callable query, refused user",
        )
        for request in queries
        for person in {_hash(request.profile): request for request in refused}.values()
        if not reader.rules(person.profile, request)
    ]
    widened = [
        replace(request, platforms=wide.platforms, tools=wide.tools, kind="callable, all platforms")
        for request in callables
        if isinstance(wide.platforms, list) and _names(request.platforms) <= _names(wide.platforms)
    ]
    return [request for made in (spared, harmless, widened) for request in _sample(made, most)]


def invented_requests() -> list[Request]:
    """The requests of ``policies.json``, each on its own platform and on all of them together."""
    text = resources.files("experiments").joinpath("policies.json").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = json.loads(text)
    platforms: list[JsonValue] = [
        {"name": row["platform"], "description": row["description"], "policy": row["policy"]} for row in rows
    ]
    tools: list[list[JsonValue]] = [
        [{"platform": row["platform"], "parameters": {}, **tool} for tool in row["tools"]] for row in rows
    ]
    every = [tool for own in tools for tool in own]
    found = []
    for number, row in enumerate(rows):
        scopes: tuple[tuple[str, list[JsonValue], list[JsonValue]], ...] = (
            ("its platform", platforms[number : number + 1], tools[number]),
            ("all platforms", platforms, every),
        )
        for scope, listed, offered in scopes:
            for who in ("concerned", "spared"):
                # a policy for everyone concerns both
                concerned = row[who] == row["concerned"]
                for side in ("excluded", "callable"):
                    excluded = concerned and side == "excluded"
                    kind = "excluded" if excluded else f"callable, {'concerned' if concerned else 'spared'} user"
                    found += [
                        Request(
                            query=query,
                            profile=row[who],
                            platforms=listed,
                            tools=offered,
                            excluded=excluded,
                            kind=f"invented on {scope}: {kind}",
                            group=row["platform"],
                            weight=_INVENTED,
                        )
                        for query in row[side]
                    ]
    return found


class RequestReader:
    """Catalogs and users of requests, each read once."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._cards: dict[str, CatalogIndex] = {}
        self._records: dict[str, UserRecords] = {}

    def cards(self, request: Request) -> CatalogIndex:
        """The indexed catalog of a request."""
        name = _hash([request.platforms, request.tools])
        if name not in self._cards:
            catalog = Catalog.from_ptbench(request.platforms, request.tools)
            self._cards[name] = CatalogIndex(catalog, self._embedder)
        return self._cards[name]

    def records(self, profile: JsonValue) -> UserRecords:
        """A profile, indexed."""
        from indexes import HybridIndex  # noqa: PLC0415  (heavy)

        name = _hash(profile)
        if name not in self._records:
            self._records[name] = UserRecords(Profile.from_json(profile), HybridIndex(self._embedder))
        return self._records[name]

    def rules(self, profile: JsonValue, request: Request) -> frozenset[str]:
        """The sentences of a request's catalog that concern a user."""
        cards = self.cards(request)
        held = cards.policies.concerning(self.records(profile).linked(cards).subject)
        return frozenset(cards.policies.rules[one.rule].text for one in held)


def _states_policies(platforms: JsonValue) -> bool:
    return any(platform.policy for platform in Catalog.from_ptbench(platforms, []).platforms)


def _sample(requests: list[Request], most: int) -> list[Request]:
    return sorted(requests, key=lambda request: _hash([request.query, request.profile]))[:most]


def _names(platforms: JsonValue) -> set[str]:
    listed = platforms if isinstance(platforms, list) else []
    return {str(item.get("name")) if isinstance(item, dict) else str(item) for item in listed}


def _hash(value: JsonValue) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
