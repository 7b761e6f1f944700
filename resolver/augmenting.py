"""The pre-step: a request becomes messages for any language model, with what the resolver knows.

Each mode is a choice of three parts: what of the user (everything, what was retrieved, nothing), which tools (all, the
likely ones), and whether the resolver's own answer is shown as a hint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, get_args

from pydantic import Field

from resolver.blocks import DATA_RULE, block, quoted
from resolver.catalog import Catalog  # noqa: TC001 - a field's type
from resolver.constraints import schema_for, settled
from resolver.conversation import Message, with_instructions
from resolver.errors import BudgetError
from resolver.fact_lines import fact_lines
from resolver.few_records import bound_records, few_records
from resolver.openai_forms import named_schema, openai_tools, response_format
from resolver.profile import UserId, Value
from resolver.prompt_parts import (
    AnswerForm,
    catalog_lines,
    event_line,
    form_text,
    hint_lines,
    narrowed,
    shortlist,
)
from resolver.resolution import Abstention, Evidence, Resolution
from resolver.token_count import message_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from resolver.profile import Event, Fact

__all__ = ["MODES", "Augmented", "Mode", "Request", "augmented", "instructions_of_others"]

Mode = Literal["plain", "evidence", "shortlist", "hints", "combined", "full"]


class _Parts(NamedTuple):
    user: Literal["all", "retrieved", "few", "none"]
    tools: Literal["all", "likely"]
    hints: bool


MODES: dict[Mode, _Parts] = {
    "plain": _Parts("all", "all", hints=False),
    "evidence": _Parts("retrieved", "all", hints=False),
    "shortlist": _Parts("all", "likely", hints=False),
    "hints": _Parts("none", "all", hints=True),
    "combined": _Parts("few", "likely", hints=True),
    "full": _Parts("all", "all", hints=True),
}
"""What each mode tells a model: of the user, of the tools, and whether hints."""

_HEAD = f"Call tools for one user. {DATA_RULE}"
_TASK = (
    "Choose the platform and function that fit the request and this user; never ask back. Arguments come from the "
    "request, else from the user's data; leave out optional ones that neither tells."
)
_BLOCKS = re.compile(r"^<(tools|profile|hints)>\n[^<>]*^</\1>$", re.MULTILINE)
_FEWEST_WORDS = 3  # of a description that is known again
_HINTED = "The hints are a good guess with probabilities: follow them unless the request says otherwise."


class Augmented(Value):
    """Messages for a language model, and what they were made of.

    Attributes:
        user: The user.
        query: What the user asks.
        mode: What the model is told.
        messages: In OpenAI's form: the messages that came in, with the resolver's text in the system message.
        tokens: Of the messages.
        tokens_before: Of the messages of mode ``plain``: the whole profile and all tools.
        evidence: The retrieved records that the messages hold, best first; none where they hold the whole profile.
        left_out: How many records and tools the budget left out.
        catalog: The tools that the messages hold; the likeliest first where they are not all.
        answer: The resolver's own answer.
    """

    user: UserId
    query: str
    mode: Mode
    messages: tuple[Message, ...]
    tokens: int
    tokens_before: int
    evidence: tuple[Evidence, ...] = ()
    left_out: int = Field(default=0, ge=0)
    catalog: Catalog
    answer: Resolution | Abstention

    def answer_schema(self, *, fix_above: float | None = None, most_calls: int | None = None) -> dict[str, Any]:
        """The JSON Schema of answers with the tools of these messages; see `resolver.constraints.schema_for`.

        Where the resolver itself calls nothing, so may an answer.

        Args:
            fix_above: Settle what the resolver is at least so sure of: its tools, else their platform alone, and
                arguments. The other arguments that it filled are asked for, with whatever value.
            most_calls: How many calls an answer may hold; as many as the resolver's where not given.
        """
        return schema_for(self.catalog, self.answer, fix_above=fix_above, most_calls=most_calls)

    def response_format(
        self, *, fix_above: float | None = None, most_calls: int | None = None, strict: bool = False
    ) -> dict[str, Any]:
        """The schema as OpenAI's ``response_format``.

        Args:
            fix_above: As for `answer_schema`.
            most_calls: Likewise; the strict form cannot say it.
            strict: The form that OpenAI holds a model to. Its calls are ``{"name", "arguments"}``, with the names of
                `openai_tools`, and an optional argument is null where it is left out; `Resolver.check` reads it.
                Without it OpenAI takes the schema as a hint; servers that answer by grammars hold a model to it.

        Raises:
            ValueError: A parameter is an object of any shape, which the strict form cannot say.
        """
        if not strict:
            return response_format(self.answer_schema(fix_above=fix_above, most_calls=most_calls))
        catalog, fixed, needed = settled(self.catalog, self.answer, fix_above)
        return response_format(named_schema(catalog, fixed=fixed, needed=needed), strict=True)

    def openai_tools(self, *, strict: bool = False) -> list[dict[str, Any]]:
        """The tools of these messages as OpenAI's ``tools``; `Resolver.check` knows their names.

        Args:
            strict: In the form that OpenAI holds a model to; all arguments are required, optional ones may be null.

        Raises:
            ValueError: As `response_format`.
        """
        return openai_tools(self.catalog, strict=strict)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What the messages are made from.

    Attributes:
        messages: The conversation.
        facts: All of the user's.
        events: All of the user's, oldest first.
        ranked: Their ids, those that matter most first; all, or the best.
        answer: The resolver's answer.
        catalog: All tools.
        count: Counts the tokens of messages.
        form: The form of the answer that is asked for.
    """

    messages: Sequence[Mapping[str, Any]]
    facts: Sequence[Fact]
    events: Sequence[Event]
    ranked: Sequence[str]
    answer: Resolution | Abstention
    catalog: Catalog
    count: Callable[[Sequence[Message]], int] = message_tokens
    form: AnswerForm = "json"


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """What goes in: ids of records, most important first, of how many tools, and whether with reasons."""

    records: tuple[str, ...]
    tools: tuple[tuple[str, str], ...] | None
    hints: bool
    reasons: bool = True


def augmented(request: Request, mode: Mode, budget: int | None) -> Augmented:
    """The messages of a mode, within a budget of tokens.

    To keep the budget there go first the records that no argument and no choice rests on, those that matter least
    before others; then the reasons in the hints; then tools, the least likely first; then the other records.

    Raises:
        BudgetError: The conversation with the likeliest tool alone takes more.
    """
    draft = _draft(request, mode)
    messages = _messages(request, draft)
    whole = draft
    if budget is not None:
        while (tokens := request.count(messages)) > budget:
            shorter = _shorter(request, draft, tokens - budget)
            if shorter is None:
                raise BudgetError(f"a budget of {budget} tokens is too small: {tokens} are needed at least", tokens)
            draft = shorter
            messages = _messages(request, draft)
    plain = messages if mode == "plain" and draft is whole else _messages(request, _draft(request, "plain"))
    held = {item.id: item for item in request.answer.evidence}
    whole_profile = MODES[mode].user == "all" and len(draft.records) == len(whole.records)
    dropped = len(whole.records) - len(draft.records)
    dropped += _tool_count(request, whole) - _tool_count(request, draft)
    return Augmented(
        user=request.answer.user,
        query=request.answer.query,
        mode=mode,
        messages=messages,
        tokens=request.count(messages),
        tokens_before=request.count(plain),
        evidence=() if whole_profile else tuple(held[i] for i in draft.records if i in held),
        left_out=dropped,
        catalog=_catalog(request, draft),
        answer=request.answer,
    )


def instructions_of_others(text: str, catalog: Catalog) -> str:
    r"""What a system message says beside what the pre-step wrote into it, and beside the catalog's descriptions.

    Neither is said by anyone: an example in a description ("such as 9 Elm Street") is no value that someone gave.

    >>> instructions_of_others(f"Today is Friday.\n\n{_HEAD}\n<tools>\n</tools>\n{_TASK}", Catalog()).strip()
    'Today is Friday.'
    """
    if _HEAD in text:
        text = _BLOCKS.sub("", text)
        for own in (_HEAD, _TASK, _HINTED, *map(form_text, get_args(AnswerForm))):
            text = text.replace(own, "")
    described = {tool.description for tool in catalog.tools}
    described |= {parameter.description for tool in catalog.tools for parameter in tool.parameters}
    for description in sorted(described, key=lambda own: (-len(own), own)):
        if len(description.split()) >= _FEWEST_WORDS:
            text = text.replace(description, "\n").replace(quoted(description)[1:-1], "\n")
    return text


def _draft(request: Request, mode: Mode) -> _Draft:
    parts = MODES[mode]
    everything = [record.id for record in (*request.facts, *request.events)]
    retrieved = [item.id for item in request.answer.evidence]
    records = {
        "all": list(dict.fromkeys((*bound_records(request.answer), *request.ranked, *everything))),
        "retrieved": retrieved,
        "few": few_records(request.answer, request.facts),
        "none": [],
    }[parts.user]
    known = set(everything)
    likely = tuple(shortlist(request.answer)) or None
    return _Draft(
        records=tuple(i for i in records if i in known),
        tools=likely if parts.tools == "likely" else None,
        hints=parts.hints,
    )


def _messages(request: Request, draft: _Draft) -> tuple[Message, ...]:
    kept = set(draft.records)
    lines = fact_lines(fact for fact in request.facts if fact.id in kept)
    lines += [event_line(event) for event in request.events if event.id in kept]
    catalog = _catalog(request, draft)
    # what requests share comes first: servers keep the beginnings of prompts
    chosen = len(request.catalog.platforms) > 1
    tools = catalog_lines(catalog, chosen=chosen, form=request.form)
    parts = [_HEAD, block("tools", tools)] if tools or request.form != "tools" else [_HEAD]
    if lines:
        parts.append(block("profile", lines))
    if draft.hints:
        parts.append(block("hints", hint_lines(request.answer, request.form, catalog, reasons=draft.reasons)))
    parts.append(f"{_TASK} {_HINTED}" if draft.hints else _TASK)
    parts.append(form_text(request.form))
    return with_instructions(request.messages, "\n".join(parts))


def _catalog(request: Request, draft: _Draft) -> Catalog:
    return request.catalog if draft.tools is None else narrowed(request.catalog, draft.tools)


def _tool_count(request: Request, draft: _Draft) -> int:
    return len(request.catalog.tools) if draft.tools is None else len(draft.tools)


def _shorter(request: Request, draft: _Draft, excess: int) -> _Draft | None:
    """The draft without what is least needed of it, about as much as is too much; None where nothing can go."""
    cited = set(bound_records(request.answer))
    if isinstance(request.answer, Resolution):
        cited.update(request.answer.choice.evidence_for, request.answer.choice.evidence_against)
    idle = [i for i in draft.records if i not in cited]
    if idle:
        gone = set(_last(idle, request, excess))
        return replace(draft, records=tuple(i for i in draft.records if i not in gone))
    if draft.hints and draft.reasons:
        return replace(draft, reasons=False)
    ranked = list(shortlist(request.answer, enough=1.0))
    every = [(tool.platform, tool.name) for tool in request.catalog.tools] if draft.tools is None else draft.tools
    tools = sorted(every, key=lambda name: ranked.index(name) if name in ranked else len(ranked))
    if len(tools) > 1:
        return replace(draft, tools=tuple(tools[: -max(1, len(tools) // 8)]))
    if draft.records:
        gone = set(_last(draft.records, request, excess))
        return replace(draft, records=tuple(i for i in draft.records if i not in gone))
    return None


def _last(ids: Sequence[str], request: Request, excess: int) -> list[str]:
    """As many of the last ids as are about so many tokens; one at least."""
    lines: dict[str, str] = {fact.id: line for fact in request.facts for line in fact_lines([fact])}
    lines.update((event.id, event_line(event)) for event in request.events)
    empty = request.count([{"role": "user", "content": ""}])
    gone: list[str] = []
    for i in reversed(ids):
        gone.append(i)
        excess -= request.count([{"role": "user", "content": lines[i]}]) - empty
        if excess <= 0:
            break
    return gone
