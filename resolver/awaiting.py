"""The calls of a Resolver to be awaited: each runs the call of the same name in a thread, and is nothing else."""

from __future__ import annotations

from asyncio import to_thread
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from indexes import Executor
    from resolver.profile import Event, Fact, Profile
    from resolver.resolution import Abstention, Evidence, Resolution

__all__ = ["AsyncCalls"]


class _Calls(Protocol):
    def add(self, profile: Profile) -> None: ...
    def log(self, user: str, events: Event | Iterable[Event]) -> None: ...
    def remember(self, user: str, facts: Fact | Iterable[Fact]) -> None: ...
    def forget(self, user: str) -> None: ...
    def resolve(self, query: str, *, user: str, as_of: datetime | None = None) -> Resolution | Abstention: ...
    def resolve_many(
        self, queries: Iterable[tuple[str, str]], *, executor: Executor | None = None
    ) -> list[Resolution | Abstention]: ...
    def explain(self, query: str, *, user: str) -> str: ...
    def retrieve(
        self, query: str, *, user: str, k: int | None = None, judged: bool = True, as_of: datetime | None = None
    ) -> tuple[Evidence, ...]: ...


class AsyncCalls:
    """``await resolver.aresolve(...)`` is ``resolver.resolve(...)`` in a thread, and so on for each call."""

    async def aadd(self: _Calls, profile: Profile) -> None:
        """`Resolver.add`, awaited."""
        await to_thread(self.add, profile)

    async def alog(self: _Calls, user: str, events: Event | Iterable[Event]) -> None:
        """`Resolver.log`, awaited."""
        await to_thread(self.log, user, events)

    async def aremember(self: _Calls, user: str, facts: Fact | Iterable[Fact]) -> None:
        """`Resolver.remember`, awaited."""
        await to_thread(self.remember, user, facts)

    async def aforget(self: _Calls, user: str) -> None:
        """`Resolver.forget`, awaited."""
        await to_thread(self.forget, user)

    async def aresolve(
        self: _Calls, query: str, *, user: str, as_of: datetime | None = None
    ) -> Resolution | Abstention:
        """`Resolver.resolve`, awaited."""
        return await to_thread(self.resolve, query, user=user, as_of=as_of)

    async def aresolve_many(
        self: _Calls, queries: Iterable[tuple[str, str]], *, executor: Executor | None = None
    ) -> list[Resolution | Abstention]:
        """`Resolver.resolve_many`, awaited."""
        return await to_thread(self.resolve_many, queries, executor=executor)

    async def aexplain(self: _Calls, query: str, *, user: str) -> str:
        """`Resolver.explain`, awaited."""
        return await to_thread(self.explain, query, user=user)

    async def aretrieve(
        self: _Calls, query: str, *, user: str, k: int | None = None, judged: bool = True, as_of: datetime | None = None
    ) -> tuple[Evidence, ...]:
        """`Resolver.retrieve`, awaited."""
        return await to_thread(self.retrieve, query, user=user, k=k, judged=judged, as_of=as_of)
