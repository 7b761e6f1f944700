"""The gold answer rendered as a prediction: what a perfect system would have said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.case import Call, Prediction
from experiments.records import accepted_values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from experiments.records import Record

    Render = Callable[[str, Sequence[tuple[str, Mapping[str, Any]]]], str]

__all__ = ["gold_prediction"]


def gold_prediction(record: Record, *, render: Render | None = None) -> Prediction:
    """The gold of a record with the first accepted value of each parameter.

    It scores 1 in every column of both scorers unless the official form or comparison cannot hold the gold: a name
    that is no Python identifier, two calls to one function, the text ``"true"``, lists of non-texts and the like.

    Args:
        record: The record.
        render: Writes platform and calls in PTBench's form. Default: `resolver.formats.render_ptbench`.
    """
    if render is None:
        from resolver.formats import render_ptbench  # noqa: PLC0415  (the resolver is not needed to score)

        render = render_ptbench
    calls = [
        (call.function, {name: accepted_values(accepted)[0] for name, accepted in call.parameters.items()})
        for call in record.answer.calls
    ]
    return Prediction(
        case_id=record.id,
        text=render(record.answer.platform, calls),
        platform=record.answer.platform,
        calls=tuple(Call(function=function, arguments=arguments) for function, arguments in calls),
    )
