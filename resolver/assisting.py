"""The calls of a Resolver that stand before and behind a language model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, get_args

from resolver.asking import read_queries
from resolver.augmenting import Augmented, Mode, Request, augmented, instructions_of_others
from resolver.bind import bind
from resolver.checking import Checked, check_answer
from resolver.conversation import SYSTEM_ROLES, Message, query_of, text_of, told_in
from resolver.grounding import Ground
from resolver.prompt_parts import AnswerForm
from resolver.resolution import Resolution
from resolver.token_count import message_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.catalog import Catalog
    from resolver.models import Models
    from resolver.records import Linked, UserRecords
    from resolver.resolution import Abstention, Binding

__all__ = ["ModelSteps"]


class _Inside(Protocol):
    """What of a Resolver is needed here."""

    cards: CatalogIndex
    _models: Models

    @property
    def catalog(self) -> Catalog: ...
    def _records(self, user: str, as_of: datetime | None = None) -> UserRecords: ...
    def _resolve(self, asked: Asked, records: UserRecords) -> Resolution | Abstention: ...
    def _barred(self, linked: Linked, asked: Asked) -> NDArray[np.bool_] | None: ...
    def augment_for(
        self,
        records: UserRecords,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        mode: Mode,
        budget: int | None,
        form: AnswerForm,
        count_tokens: Callable[[Sequence[Message]], int],
    ) -> Augmented: ...
    def check_for(
        self,
        records: UserRecords,
        answer: object,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        allowed: Catalog | None = None,
        drop_ungrounded: bool = False,
        stand_in: bool = True,
    ) -> Checked: ...


class ModelSteps:
    """The pre-step and the post-step."""

    def augment(
        self: _Inside,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        mode: Mode = "combined",
        budget: int | None = None,
        form: AnswerForm = "json",
        count_tokens: Callable[[Sequence[Message]], int] = message_tokens,
        as_of: datetime | None = None,
    ) -> Augmented:
        """Messages for any language model that hold what matters of the user, the likely tools, and hints.

        What stands in a profile, a log or a catalog is quoted and escaped within blocks that it cannot close.

        Args:
            messages: The query, or a conversation in OpenAI's form; of several turns all are read.
            user: Whose records are used.
            mode: ``plain`` (the whole profile, all tools), ``evidence`` (retrieved records, all tools), ``shortlist``
                (the whole profile, likely tools), ``hints`` (no profile, all tools, the resolver's answer with its
                probabilities and reasons), ``combined`` (few records, likely tools, hints), or ``full`` (the whole
                profile, all tools, hints).
            budget: How many tokens the messages may have; what matters least is left out.
            form: The form of answer that the model is asked for: ``json``; ``tools``, to be sent with
                `Augmented.openai_tools`, which then alone describe the functions; ``named``, to be sent with
                ``response_format(strict=True)``; or ``ptbench``. `check` reads all of them.
            count_tokens: Counts the tokens of messages; where none is given they are estimated
                (`resolver.token_count.estimate_tokens`).
            as_of: As for `Resolver.resolve`.

        Raises:
            QueryError: The user says nothing.
            UnknownUserError: No profile was added for the user.
            BudgetError: The messages take more than the budget even with the likeliest tool alone.
        """
        records = self._records(user, as_of)
        return self.augment_for(records, messages, mode=mode, budget=budget, form=form, count_tokens=count_tokens)

    def augment_for(
        self: _Inside,
        records: UserRecords,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        mode: Mode = "combined",
        budget: int | None = None,
        form: AnswerForm = "json",
        count_tokens: Callable[[Sequence[Message]], int] = message_tokens,
    ) -> Augmented:
        """`augment` for records that are kept elsewhere."""
        if mode not in get_args(Mode):
            raise ValueError(f"mode must be one of {', '.join(get_args(Mode))}, got {mode!r}")
        if form not in get_args(AnswerForm):
            raise ValueError(f"form must be one of {', '.join(get_args(AnswerForm))}, got {form!r}")
        if budget is not None and budget < 1:
            raise ValueError(f"budget must be at least 1, got {budget}")
        asked = read_queries([messages if isinstance(messages, str) else query_of(messages)], self.cards.embedder)[0]
        ranked: list[str] = []
        if budget is not None and len(records):
            found = records.partition.search(asked.text, len(records), vector=asked.vector, tokens=asked.tokens)
            ranked = [hit.id for hit in found]
        request = Request(
            messages=[{"role": "user", "content": asked.query}] if isinstance(messages, str) else messages,
            facts=records.facts,
            events=records.linked(self.cards).events,
            ranked=ranked,
            answer=self._resolve(asked, records),
            catalog=self.catalog,
            count=count_tokens,
            form=form,
        )
        return augmented(request, mode, budget)

    def check(
        self: _Inside,
        answer: object,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        user: str,
        allowed: Catalog | None = None,
        drop_ungrounded: bool = False,
        stand_in: bool = True,
        as_of: datetime | None = None,
    ) -> Checked:
        """A model's answer, held against the catalog, mended where one safe way is, or replaced by the resolver's own.

        Args:
            answer: Text (JSON, PTBench's form, fenced, in tags, with text around it), or a message, tool calls or a
                whole completion of OpenAI or Anthropic, as JSON or as the objects of their packages.
            messages: The query, or the conversation, that it answers. What stands anywhere in the conversation grounds
                values, so give all of it where there is more than a query.
            user: Whose records the query is resolved with.
            allowed: What may be called, where that is less than the whole catalog. Not ``step.catalog`` as a rule:
                a capable model that finds the right tool outside a shortlist is right.
            drop_ungrounded: Leave out values that stand neither in the conversation nor in what is known of the user:
                of optional parameters, and of required ones where the resolver has another. A value that the resolver
                itself calls or is sure of takes their place. For small models, which invent values; a capable one works
                values out ("the capital of Sweden"). Without it they stand, and ``ungrounded`` names them.
            stand_in: Where no call of the answer can be used, or all lack something required that the resolver's own
                have, the resolver's own stand in. Pass False where a model may also talk to the user: a question back,
                a refusal and "your order is placed" call nothing then.
            as_of: As for `Resolver.resolve`.

        Raises:
            QueryError: The user says nothing.
            UnknownUserError: No profile was added for the user.
        """
        records = self._records(user, as_of)
        return self.check_for(
            records, answer, messages, allowed=allowed, drop_ungrounded=drop_ungrounded, stand_in=stand_in
        )

    def check_for(
        self: _Inside,
        records: UserRecords,
        answer: object,
        messages: str | Sequence[Mapping[str, Any]],
        *,
        allowed: Catalog | None = None,
        drop_ungrounded: bool = False,
        stand_in: bool = True,
    ) -> Checked:
        """`check` for records that are kept elsewhere."""
        asked = read_queries([messages if isinstance(messages, str) else query_of(messages)], self.cards.embedder)[0]
        linked = records.linked(self.cards)

        resolved = self._resolve(asked, records)

        def bindings(platform: str, tool: str) -> Sequence[Binding]:
            if isinstance(resolved, Resolution) and resolved.further:  # each call has the values of its own request
                own = [call for call in resolved.calls if (call.platform, call.tool) == (platform, tool)]
                if len(own) == 1:
                    return own[0].bindings
            return bind(self.cards, linked, asked, self.cards.number(platform, tool), self._models)[0]

        if isinstance(messages, str):
            said, told, instructed = [asked.text], list[str](), list[str]()
        else:
            said = [text_of(message.get("content")) for message in messages if message.get("role") == "user"]
            told = told_in([message for message in messages if message.get("role") not in SYSTEM_ROLES])
            system = told_in([message for message in messages if message.get("role") in SYSTEM_ROLES])
            instructed = [instructions_of_others(text, self.catalog) for text in system]
        known = [*instructed, *linked.texts.values(), *(str(event.arguments) for event in records.events)]
        ground = Ground(known, said=said, told=told)
        struck = self._barred(linked, asked)
        platforms = [platform.name for platform in self.catalog.platforms]
        barred = set() if struck is None else {name for name, out in zip(platforms, struck, strict=True) if out}
        return check_answer(
            answer,
            self.catalog,
            resolved,
            bindings,
            allowed=allowed,
            ground=ground,
            barred=barred,
            drop_ungrounded=drop_ungrounded,
            stand_in=stand_in,
        )
