"""Systems that ask a language model, alone or with the resolver before or behind it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from baselines.case import Prediction
from baselines.chat import ChatError
from baselines.llm_prompts import checkout_template, full_prompt
from baselines.ours import calling, prediction_of
from baselines.summaries import Summaries
from baselines.usage import Usage
from resolver.augmenting import MODES, Mode, Request, augmented
from resolver.constraints import answer_schema, schema_for
from resolver.errors import BudgetError
from resolver.model_answers import read_answer
from resolver.profile import Fact, FactId, UserId
from resolver.prompt_parts import narrowed
from resolver.resolution import Abstention, Resolution
from resolver.token_count import message_tokens

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import JsonValue

    from baselines.case import Case
    from baselines.chat import ChatModel, Completion, Message
    from baselines.workbench import Workbench
    from resolver.catalog import Catalog
    from resolver.checking import Checked
    from resolver.engine import Resolver
    from resolver.prompt_parts import AnswerForm
    from resolver.records import UserRecords

__all__ = ["LLMSystem", "Setup"]

_TOP_K = 5
_NEVER = 2.0  # no confidence is so high
_MODES: Mapping[str, Mode] = {mode: mode for mode in MODES if mode != "full"} | {"full_hints": "full"}


@dataclass(frozen=True, kw_only=True)
class Setup:
    """How a system asks.

    Attributes:
        shown: What the model sees. In PTBench's set-up everything (``full``). In the pre-step's wording, without any
            part of the resolver's answer: nothing of the user (``none``), everything (``plain``), the nearest records
            (``topk``), these and a summary that the model wrote beforehand (``summary``), which is in the usage of the
            first record that is shown it. With it: what the pre-step says in a mode (its mode ``full`` is
            ``full_hints`` here), or the resolver's decision with the arguments of the query left open (``fill``).
        form: Of the answer.
        constrained: Whether a JSON Schema binds the answer.
        fix_above: Tools and arguments that the resolver is at least so sure of are settled in the schema.
        checked: Whether the post-step mends or replaces the answer.
        drop_ungrounded: Whether it leaves out values that stand nowhere, which small models invent.
        share: Budget of the pre-step, as a share of the tokens of the full prompt; None for no budget.
        alone_above: Confidence of the resolver above which it answers without the model.
    """

    shown: Literal["none", "full", "plain", "topk", "summary", "fill", "full_hints"] | Mode
    form: AnswerForm = "ptbench"
    constrained: bool = False
    fix_above: float | None = None
    checked: bool = False
    drop_ungrounded: bool = True
    share: float | None = None
    alone_above: float | None = None


class _Prompt(NamedTuple):
    """What is sent, what may be called, the resolver's answer where it has a part in it, and what was spent on it."""

    messages: Sequence[Message]
    catalog: Catalog
    answer: Resolution | Abstention | None = None
    spent: Usage = Usage()


class LLMSystem:
    """A language model, asked as a `Setup` says.

    Args:
        workbench: Shared caches.
        model: Completes.
        name: The system's.
        setup: How it asks.
    """

    def __init__(self, workbench: Workbench, model: ChatModel, *, name: str, setup: Setup) -> None:
        self.name = name
        self._workbench, self._model, self._setup = workbench, model, setup
        self._summaries = Summaries(model)
        self._template = checkout_template() if setup.shown == "full" else None

    @property
    def configuration(self) -> Mapping[str, JsonValue]:
        """The model's, the set-up, and, where the resolver has a part in it, what that depends on."""
        own: dict[str, JsonValue] = {"model": dict(self._model.configuration), "setup": asdict(self._setup)}
        if self._template is not None:  # a checkout's wording, which makes it another system
            own["template"] = hashlib.sha256(self._template.encode()).hexdigest()
        alone = self._setup.shown in {"none", "full", "plain"} and not self._setup.checked
        return own if alone else {**own, "resolver": self._workbench.configuration}

    def predict(self, case: Case) -> Prediction:
        """Answer one case. Raises `baselines.chat.ChatError` where the model gives no answer."""
        setup = self._setup
        resolver, records = self._workbench.resolver(case), self._workbench.records(case)
        answer = None
        if setup.alone_above is not None or setup.shown == "fill":
            answer = resolver.resolve_for(records, case.query)
            enough = _NEVER if setup.alone_above is None else setup.alone_above
            sure = isinstance(answer, Resolution) and answer.confidence >= enough
            if sure or (setup.shown == "fill" and not isinstance(answer, Resolution)):
                return _of_resolver(case, answer)
        if setup.constrained and not resolver.catalog.tools:  # there is nothing that an answer could be bound to
            return _of_resolver(case, resolver.resolve_for(records, case.query))
        if isinstance(answer, Resolution) and setup.shown == "fill":
            prompt = _filling(case, resolver, answer, setup.form)
        else:
            prompt = self._prompt(case, resolver, records)
        schema = self._schema(prompt) if setup.constrained else None
        try:
            completion = self._model.complete(prompt.messages, schema=schema)
        except ChatError as error:
            error.usage = prompt.spent + error.usage
            raise
        usage = prompt.spent + completion.usage
        if setup.checked:
            checked = resolver.check_for(
                records, completion.message(), case.query, drop_ungrounded=setup.drop_ungrounded
            )
            return _of_checked(case, checked, usage)
        return _of_model(case, completion, usage, setup.form)

    def _prompt(self, case: Case, resolver: Resolver, records: UserRecords) -> _Prompt:
        form, shown = self._setup.form, self._setup.shown
        if shown == "full":
            messages = full_prompt(case, form, profile=case.user_profile, template=self._template)
            return _Prompt(messages, resolver.catalog)
        if shown in {"none", "plain", "topk", "summary"}:
            told, spent = self._unaided(case, resolver, records)
            return _Prompt(told, resolver.catalog, spent=spent)
        return self._pre_step(case, resolver, records, _MODES[shown])

    def _unaided(self, case: Case, resolver: Resolver, records: UserRecords) -> tuple[Sequence[Message], Usage]:
        """The pre-step's own wording and form, with records that the resolver has no part in; and what was spent."""
        shown, spent = self._setup.shown, Usage()
        facts, events = records.facts, records.linked(resolver.cards).events
        if shown != "plain":
            near = self._nearest(case, records) if shown != "none" else ()
            facts = tuple(fact for fact in facts if fact.id in near)
            events = tuple(event for event in events if event.id in near)
        if shown == "summary":
            text, spent = self._summaries.of(case.user_profile)
            facts = (Fact(id=FactId("summary"), path="summary", value=text, text=text), *facts)
        unsaid = Abstention(user=UserId("user"), query=case.query, reason="unsure", message="not asked")
        request = Request(
            messages=[{"role": "user", "content": case.query}],
            facts=facts,
            events=events,
            ranked=(),
            answer=unsaid,
            catalog=resolver.catalog,
            form=self._setup.form,
        )
        return augmented(request, "plain", None).messages, spent

    def _pre_step(self, case: Case, resolver: Resolver, records: UserRecords, mode: Mode) -> _Prompt:
        setup = self._setup
        budget = None
        if setup.share is not None:
            whole = message_tokens(full_prompt(case, setup.form, profile=case.user_profile))
            budget = max(1, int(setup.share * whole))
        try:
            step = resolver.augment_for(records, case.query, mode=mode, form=setup.form, budget=budget)
        except BudgetError as error:  # as little as can be said
            step = resolver.augment_for(records, case.query, mode=mode, form=setup.form, budget=error.needed)
        return _Prompt(step.messages, step.catalog, step.answer)

    def _nearest(self, case: Case, records: UserRecords) -> set[str]:
        """The ids of the records nearest to the query."""
        asked = self._workbench.lay_out(case).asked
        if not len(records):
            return set()
        found = records.partition.search(asked.text, _TOP_K, vector=asked.vector, tokens=asked.tokens)
        return {str(hit.id) for hit in found}

    def _schema(self, prompt: _Prompt) -> Mapping[str, Any]:
        if prompt.answer is None:
            return answer_schema(prompt.catalog)
        return schema_for(prompt.catalog, prompt.answer, fix_above=self._setup.fix_above)


def _filling(case: Case, resolver: Resolver, answer: Resolution, form: AnswerForm) -> _Prompt:
    """The resolver has chosen, and has bound what it knows of the user: the model fills in the rest from the query."""
    known = tuple(binding for binding in answer.bindings if binding.source != "query")
    settled = answer.model_copy(update={"bindings": known, "missing": (), "further": ()})
    catalog = narrowed(resolver.catalog, [(answer.choice.platform, answer.choice.tool)])
    messages: list[Message] = [{"role": "user", "content": case.query}]
    request = Request(messages=messages, facts=(), events=(), ranked=(), answer=settled, catalog=catalog, form=form)
    return _Prompt(augmented(request, "hints", None).messages, catalog, settled)


def _of_resolver(case: Case, answer: Resolution | Abstention) -> Prediction:
    """The resolver's answer, for which no model was asked."""
    return prediction_of(case, answer).model_copy(update={"usage": Usage(), "answered_by": "resolver"})


def _of_model(case: Case, completion: Completion, usage: Usage, form: AnswerForm) -> Prediction:
    """The model's answer as it is: its calls, where any can be read; in PTBench's form its text is left as it came."""
    calls = [call for call in read_answer(completion.message()) if call.platform and call.tool]
    if not calls:
        return Prediction(case_id=case.id, text=completion.text.strip(), usage=usage, answered_by="model")
    named = [(str(call.platform), str(call.tool), call.arguments) for call in calls]
    made = calling(case, named, usage=usage, answered_by="model")
    return made if form != "ptbench" else made.model_copy(update={"text": completion.text.strip()})


def _of_checked(case: Case, checked: Checked, usage: Usage) -> Prediction:
    if not checked.calls:
        declined = "the model calls nothing"
        message = declined if checked.source == "model" else getattr(checked.answer, "message", "") or checked.problem
        return Prediction(case_id=case.id, abstained=message, usage=usage, answered_by=checked.source)
    named = [(call.platform, call.tool, call.arguments) for call in checked.calls]
    return calling(case, named, usage=usage, answered_by=checked.source)
