"""The calls of a Resolver to be awaited: each runs the call of the same name in a thread, and is nothing else."""

from __future__ import annotations

from asyncio import to_thread
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from resolver.token_count import message_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from indexes import Executor
    from resolver.augmenting import Augmented, Mode
    from resolver.catalog import Catalog
    from resolver.checking import Checked
    from resolver.conversation import Message
    from resolver.profile import Event, Fact, Profile
    from resolver.prompt_parts import AnswerForm
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
    def augment(
        self,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        mode: Mode,
        budget: int | None,
        form: AnswerForm,
        count_tokens: Callable[[Sequence[Message]], int],
        as_of: datetime | None,
    ) -> Augmented: ...
    def check(
        self,
        answer: object,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        allowed: Catalog | None = None,
        drop_ungrounded: bool = False,
        stand_in: bool = True,
        as_of: datetime | None = None,
    ) -> Checked: ...


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

    async def aaugment(
        self: _Calls,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        mode: Mode = "combined",
        budget: int | None = None,
        form: AnswerForm = "json",
        count_tokens: Callable[[Sequence[Message]], int] = message_tokens,
        as_of: datetime | None = None,
    ) -> Augmented:
        """`Resolver.augment`, awaited."""
        return await to_thread(
            self.augment,
            messages,
            user=user,
            mode=mode,
            budget=budget,
            form=form,
            count_tokens=count_tokens,
            as_of=as_of,
        )

    async def acheck(
        self: _Calls,
        answer: object,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        allowed: Catalog | None = None,
        drop_ungrounded: bool = False,
        stand_in: bool = True,
        as_of: datetime | None = None,
    ) -> Checked:
        """`Resolver.check`, awaited."""
        check = partial(self.check, allowed=allowed, drop_ungrounded=drop_ungrounded, stand_in=stand_in, as_of=as_of)
        return await to_thread(check, answer, messages, user=user)
