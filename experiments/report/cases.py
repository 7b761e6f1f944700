"""Single cases of a report: what was asked, what was right, what each system answered, and why that failed."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from experiments.records import accepted_values
from experiments.values import same_value
from resolver.formats import render_answer
from resolver.profile import Profile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from baselines.case import Call
    from experiments.metrics import Answered
    from experiments.records import Record

__all__ = ["case_browser"]

_LONGEST = 2_000
_LONGEST_HEAD = 110
_MOST_EVIDENCE = 8


def case_browser(dataset: str, answered: Mapping[str, Sequence[Answered]], *, most: int) -> str:
    """A list of cases that open, with fields to search and filter them.

    Without scripts all of them are there, and the fields are not.

    Args:
        dataset: Its name.
        answered: By system the answered records, in the same order.
        most: How many cases are shown, from the first.
    """
    systems = list(answered)
    rows = list(zip(*answered.values(), strict=True))[:most]
    options = "".join(f'<option value="{number}">{escape(system)}</option>' for number, system in enumerate(systems))
    outcomes = "".join(f"<option>{name}</option>" for name in ("right", "wrong", "abstained", "format_error", "failed"))
    count = len(next(iter(answered.values()), ()))
    told = f"{len(rows)} of {count} cases" if count > len(rows) else f"{count} cases"
    cases = "".join(_case(systems, row) for row in rows)
    signs = "".join(f'<i class="mark {name}"></i>{name}' for name in ("right", "wrong", "abstained"))
    legend = (
        f'{signs}<i class="mark failed"></i>failed, or cannot be read. From the left: {escape(", ".join(systems))}.'
    )
    return (
        f'<section class="cases"><h3>Cases of {escape(dataset)}</h3><form class="filter" hidden>'
        '<label>Search <input type="search" name="text"></label>'
        f'<label>System <select name="system">{options}</select></label>'
        f'<label>Outcome <select name="outcome"><option value="">any</option>{outcomes}</select></label>'
        f'</form><p class="legend">{legend}</p><p class="count" aria-live="polite">{told}</p>{cases}</section>'
    )


def _case(systems: Sequence[str], row: Sequence[Answered]) -> str:
    record = row[0].record
    outcomes = ["failed" if one.failed else one.strict.outcome for one in row]
    marks = "".join(
        f'<i class="mark {outcome}" title="{escape(system, quote=True)}: {outcome}"></i>'
        for system, outcome in zip(systems, outcomes, strict=True)
    )
    profile = Profile.from_json(record.case.user_profile)
    texts = {str(fact.id): fact.text for fact in profile.facts}
    texts.update((str(event.id), event.text) for event in profile.events)
    answers = "".join(_answer(system, one, texts) for system, one in zip(systems, row, strict=True))
    head = " ".join(record.case.query.split())
    head = head if len(head) <= _LONGEST_HEAD else f"{head[:_LONGEST_HEAD]}…"
    return (
        f'<details class="case" data-outcomes="{" ".join(outcomes)}"><summary><span class="marks">{marks}</span>'
        f"{escape(head)}</summary><dl><dt>Asked</dt><dd>{_shown(record.case.query)}</dd>"
        f"<dt>Right</dt><dd><code>{_shown(_gold(record))}</code></dd></dl>"
        '<div class="wide"><table><thead><tr><th>system<th>outcome<th>answer<th>cited<th>found, not cited</tr></thead>'
        f"{answers}</table></div>"
        f'<p class="id">{escape(record.id)}</p></details>'
    )


def _answer(system: str, one: Answered, texts: Mapping[str, str]) -> str:
    outcome = "failed" if one.failed else one.strict.outcome
    why = "" if one.strict.error is None else f"<br><small>{escape(one.strict.error.replace('_', ' '))}</small>"
    said = one.prediction
    if said.abstained is not None:
        text = f"<em>{_shown(said.abstained)}</em>"
    elif said.calls is not None:
        text = "<br>".join(_call(one.record, said.platform, call) for call in said.all_calls)
    else:
        text = f"<code>{_shown(said.text)}</code>"
    return (
        f'<tr><th scope="row">{escape(system)}<td class="{outcome}">{outcome.replace("_", " ")}{why}'
        f"<td>{text}<td>{_evidence(said.cited, texts)}"
        f"<td>{_evidence([own for own in said.evidence if own not in said.cited], texts)}</tr>"
    )


def _call(record: Record, platform: str | None, call: Call) -> str:
    """A call with what is right of it marked as such."""
    where = call.platform or platform or ""
    gold = next((own.parameters for own in record.answer.calls if own.function == call.function), None)
    parts = []
    for name, value in call.arguments.items():
        right = (
            gold is not None
            and name in gold
            and any(same_value(value, accepted) for accepted in accepted_values(gold[name]))
        )
        parts.append(f'<span class="{"ok" if right else "no"}">{escape(name)} = {_shown(repr(value))}</span>')
    missing = [f'<span class="no lacks">{escape(name)}</span>' for name in gold or () if name not in call.arguments]
    named = (where == record.answer.platform, gold is not None)
    head = ":".join(
        f'<b class="{"ok" if right else "no"}">{escape(text)}</b>'
        for right, text in zip(named, (where, call.function), strict=True)
    )
    return f"<code>{head}({', '.join([*parts, *missing])})</code>"


def _evidence(ids: Sequence[str], texts: Mapping[str, str]) -> str:
    """Records of the profile: those that an answer rests on, or others that were found for the query."""
    return "".join(f"<mark>{_shown(texts.get(i, i))}</mark> " for i in ids[:_MOST_EVIDENCE]) or "-"


def _gold(record: Record) -> str:
    calls = (
        (
            record.answer.platform,
            call.function,
            {name: accepted_values(own)[0] for name, own in call.parameters.items()},
        )
        for call in record.answer.calls
    )
    return render_answer(calls) or "no call"


def _shown(text: str) -> str:
    return escape(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
