"""Records as examples for the extractor: what each parameter of the gold tool may take from the query."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from experiments.records import accepted_values
from experiments.values import same_value
from resolver.asking import read_turns
from resolver.candidates import Candidates, find_candidates, value_of
from resolver.coerce import coerce, stems
from resolver.mentions import Mentions
from resolver.reading import ParameterReading, read_tool
from resolver.text import read_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from experiments.records import Record

__all__ = ["ExtractExample", "Rows", "extract_examples", "likelihood", "rows_of"]

_UNSURE = 0.3  # how much a parameter counts whose value stands nowhere in the query


@dataclass(frozen=True, kw_only=True)
class ExtractExample:
    """One record for training: the candidates, and which are right.

    Attributes:
        dataset: The name of the set, which weighs as much as any other.
        group: Records of one group are on one side of a fold.
        parameters: The readings of the gold tool's parameters.
        candidates: The pieces of the query.
        right: ``(m, n) bool``, which pieces give an accepted value.
        asked: By parameter whether its gold is from the query.
        accepted: By parameter its accepted values; empty where gold leaves it out.
        known: By parameter whether its gold is from elsewhere.
        text: The text that was read.
    """

    dataset: str
    group: str
    parameters: tuple[ParameterReading, ...]
    candidates: Candidates
    right: NDArray[np.bool_]
    asked: tuple[bool, ...]
    accepted: tuple[tuple[JsonValue, ...], ...]
    known: tuple[bool, ...]
    text: str


def extract_examples(
    records: Iterable[Record], *, dataset: str = "", groups: Mapping[str, str] | None = None
) -> list[ExtractExample]:
    """Examples of every record with one gold call that is in its own catalog."""
    from resolver.catalog import Catalog  # noqa: PLC0415

    made = []
    for record in records:
        if len(record.answer.calls) != 1:
            continue
        catalog = Catalog.from_ptbench(record.case.platforms, record.case.tools)
        call = record.answer.calls[0]
        tool = catalog.tool(record.answer.platform, call.function)
        if tool is None:
            continue
        text, others = read_turns(record.case.query)
        mentions = Mentions([platform.name for platform in catalog.platforms])
        masked = mentions.places(text) if mentions.find(text) else []
        parameters = read_tool(tool)
        candidates = find_candidates(
            read_text(text, assistant=others),
            parameters,
            common=frozenset(stems(tool.name)) | frozenset(stems(tool.platform)),
            masked=masked,
        )
        accepted = tuple(
            accepted_values(call.parameters[own.parameter.name]) if own.parameter.name in call.parameters else ()
            for own in parameters
        )
        made.append(
            ExtractExample(
                dataset=dataset,
                group=(groups or {}).get(record.id, record.case.query),
                parameters=parameters,
                candidates=candidates,
                right=_right(candidates, parameters, accepted),
                asked=tuple(own.parameter.name in record.query_params for own in parameters),
                accepted=accepted,
                known=tuple(own.parameter.name in record.profile_params for own in parameters),
                text=text,
            )
        )
    return made


def _right(
    candidates: Candidates, parameters: Sequence[ParameterReading], accepted: Sequence[tuple[JsonValue, ...]]
) -> NDArray[np.bool_]:
    right = np.zeros_like(candidates.valid)
    for number, parameter in enumerate(parameters):
        if not accepted[number]:
            continue
        for place in np.flatnonzero(candidates.valid[number]):
            value = value_of(parameter, candidates.pieces[place], candidates.owned[place])
            right[number, place] = value is not None and any(same_value(value, own) for own in accepted[number])
    return right


class Rows(NamedTuple):
    """Parameters as choices among pieces and being left out.

    Attributes:
        features: ``(r, f)``, of each valid pair of a parameter and a piece, in order.
        none: ``(c, g)``, of leaving out each of the ``c`` parameters.
        owner: ``(r,)``, the parameter of each row.
        right: ``(r,)``, which pieces give an accepted value.
        right_none: ``(c,)``, where no piece does.
        weight: ``(c,)``, how much each parameter counts; they add up to 1.
    """

    features: NDArray[np.float32]
    none: NDArray[np.float32]
    owner: NDArray[np.int64]
    right: NDArray[np.bool_]
    right_none: NDArray[np.bool_]
    weight: NDArray[np.float64]


def rows_of(
    examples: Sequence[ExtractExample],
    features_of: Callable[[ExtractExample], tuple[NDArray[np.float32], NDArray[np.float32]]],
) -> Rows:
    """All parameters of examples as choices, by what a function makes of an example's candidates.

    It gives features of parameters and pieces ``(m, n, f)`` and of leaving parameters out ``(m, g)``.
    """
    features, none, owner, right, right_none, weight = [], [], [], [], [], []
    choice = 0
    for example in examples:
        if not example.parameters:
            continue
        of_pieces, of_none = features_of(example)
        for number, parameter in enumerate(example.parameters):
            places = np.flatnonzero(example.candidates.valid[number])
            own = example.right[number, places] & (not example.known[number])
            schema = parameter.parameter
            default = coerce(schema.default, schema) if schema.required else None
            by_default = default is not None and any(same_value(default, v) for v in example.accepted[number])
            lost = bool(example.accepted[number]) and not example.known[number] and not own.any() and not by_default
            features.append(of_pieces[number, places])
            none.append(of_none[number])
            owner.append(np.full(len(places), choice))
            right.append(own)
            right_none.append(not own.any())
            weight.append(_UNSURE if lost else 1.0)
            choice += 1
    total: dict[str, float] = defaultdict(float)
    sets = [example.dataset for example in examples for _ in example.parameters]
    for name, own_weight in zip(sets, weight, strict=True):
        total[name] += own_weight
    scaled = np.array([own / total[name] for name, own in zip(sets, weight, strict=True)])
    return Rows(
        np.concatenate(features),
        np.array(none, dtype=np.float64),
        np.concatenate(owner),
        np.concatenate(right),
        np.array(right_none),
        scaled / scaled.sum(),
    )


def likelihood(
    rows: Rows, scores: NDArray[np.float64], none: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    """The mean log-likelihood of what is right under a conditional logit, and its slopes.

    Args:
        rows: The choices.
        scores: ``(r,)``, the log-odds of each row.
        none: ``(c,)``, those of leaving out.

    Returns:
        The likelihood, and its slopes by ``scores`` and by ``none``.
    """
    many = len(none)
    top = none.copy()
    np.maximum.at(top, rows.owner, scores)
    grown, grown_none = np.exp(scores - top[rows.owner]), np.exp(none - top)
    total = np.bincount(rows.owner, grown, many) + grown_none
    good = np.bincount(rows.owner, grown * rows.right, many) + grown_none * rows.right_none + 1e-30
    value = float((np.log(good) - np.log(total)) @ rows.weight)
    slope = rows.weight[rows.owner] * (grown * rows.right / good[rows.owner] - grown / total[rows.owner])
    return value, slope, rows.weight * (grown_none * rows.right_none / good - grown_none / total)
