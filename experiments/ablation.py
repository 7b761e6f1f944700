"""Ablations: variants of a system over the same records, each set against a reference, from one file.

The file is TOML::

    data = ["yours.json"]               # as of `profile-bench run`, from the file's folder on
    metrics = ["strict", "platform"]    # which
    metrics_from = ["my_metrics"]       # modules with metrics of your own
    reference = "whole"                 # else the first variant

    [base]                              # what all variants have, each of which may say otherwise
    weights = "runs/held-out"

    [variants.whole]
    [variants.no_ratings]
    without = "ratings"

    [grid]                              # and one for each combination of these
    k = [5, 10]
    retriever = ["dense", "lexical", "hybrid"]
    fusion = ["score", "rrf"]           # of dense and lexical; fusion_weights = [{dense = 0.5, lexical = 0.5}]
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from baselines.registry import create
from baselines.variant import OPTIONS, Known, Variant
from experiments._files import read_toml
from experiments.errors import AblationError
from experiments.metric_differences import metric_differences
from experiments.metric_list import METRICS
from experiments.metrics import answered_records, metrics_of
from experiments.references import load_with_tools
from experiments.results import require_groups
from experiments.run import run_system
from experiments.run_folders import run_folder
from indexes.hybrid import Fusion  # noqa: TC001 - a field's type
from indexes.loading import Runtime  # noqa: TC001 - a field's type

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from baselines.case import System
    from baselines.chat import ChatModel
    from experiments.metric_differences import Ablated
    from experiments.metrics import Metric

__all__ = ["Ablation", "read_ablation", "run_ablation"]

_STANDARD = ("strict", "official", "platform", "tool", "query_params", "profile_params")


class _Arm(BaseModel):
    """What a variant may say, in TOML."""

    model_config = ConfigDict(extra="forbid", strict=True)

    system: str = "resolver"
    runtime: Runtime = "auto"
    weights: str | None = None
    without: str | list[str] = Field(default_factory=list)
    known: Known = "all"
    fusion: Fusion = "score"
    fusion_weights: dict[str, float] = Field(default_factory=dict)
    options: dict[str, JsonValue] = Field(default_factory=dict)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    data: list[str] = Field(default_factory=list)
    tools: str | None = None
    out: str = "runs/ablation"
    sample: int | None = Field(default=None, ge=1)
    metrics: list[str] = Field(default_factory=lambda: list(_STANDARD), min_length=1)
    metrics_from: list[str] = Field(default_factory=list)
    reference: str | None = None
    base: dict[str, Any] = Field(default_factory=dict)
    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    grid: dict[str, list[Any]] = Field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ablation:
    """What is to be compared.

    Attributes:
        data: Paths of the datasets; none where they are to be given.
        tools: For records that describe no tools, as of ``profile-bench run``.
        out: Where the runs go.
        sample: Only so many records of each dataset, drawn by a hash; all where it is None.
        metrics: What is measured.
        reference: The variant that the others are set against.
        arms: By name the system and its variant.
    """

    data: tuple[Path, ...]
    tools: Path | None
    out: Path
    sample: int | None
    metrics: tuple[Metric, ...]
    reference: str
    arms: Mapping[str, tuple[str, Variant]] = field(repr=False)

    def but(
        self,
        *,
        data: Sequence[Path] = (),
        tools: Path | None = None,
        weights: Path | None = None,
        sample: int | None = None,
        out: Path | None = None,
    ) -> Ablation:
        """The same with other data, tools, weights (of all variants), sample or folder, where these are given."""
        arms = {name: (own, replace(how, weights=weights or how.weights)) for name, (own, how) in self.arms.items()}
        return replace(
            self,
            data=tuple(data) or self.data,
            tools=tools or self.tools,
            sample=sample or self.sample,
            out=out or self.out,
            arms=arms,
        )


def read_ablation(path: Path) -> Ablation:
    """An ablation from its file.

    Raises:
        AblationError: The file cannot be read, says something unknown, or names nothing to compare.
    """
    try:
        read = _File.model_validate(read_toml(path.read_text(encoding="utf-8")))
        arms = dict(_arms(read, path.parent))
    except OSError as error:
        raise AblationError(f"{path}: {error.strerror or error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise AblationError(f"{path}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
    except ValueError as error:  # of TOML, or of a variant
        raise AblationError(f"{path}: {error}") from error
    known = {own.name: own for own in (*METRICS, *metrics_of(read.metrics_from))}
    if unknown := [name for name in read.metrics if name not in known]:
        raise AblationError(f"{path}: no metric {', '.join(unknown)}; there are {', '.join(known)}")
    if len(arms) < 2:  # noqa: PLR2004
        raise AblationError(f"{path}: name at least two variants, in [variants] or by a [grid]")
    reference = next(iter(arms)) if read.reference is None else read.reference
    if reference not in arms:
        raise AblationError(f"{path}: the reference {reference!r} is no variant; there are {', '.join(arms)}")
    return Ablation(
        data=tuple(path.parent / own for own in read.data),
        tools=None if read.tools is None else _tools(read.tools, path.parent),
        out=path.parent / read.out,
        sample=read.sample,
        metrics=tuple(known[name] for name in read.metrics),
        reference=reference,
        arms=arms,
    )


def run_ablation(
    ablation: Ablation,
    *,
    groups: Mapping[str, str] | None = None,
    chat: Callable[[], ChatModel] | None = None,
    on_error: Literal["raise", "record"] = "raise",
    progress: Callable[[str], Callable[[int, int], None]] | None = None,
) -> Iterator[Ablated]:
    """Run every variant on every dataset, or go on with runs that were stopped, and set them against the reference.

    Of a dataset with both of PTBench's splits each split is told by itself, too, behind the whole.

    Args:
        ablation: What to run.
        groups: By record id what intervals draw it with, in place of its user.
        chat: Opens the language model for systems that ask one; its name is part of their runs' folders.
        on_error: As of `experiments.run_system`.
        progress: Called with the name of a run, says how much of it is done.

    Raises:
        RunMismatchError: No record of the datasets is in any of the groups.
        Also the errors of `experiments.load_dataset`, `experiments.run_system` and `baselines.create`.
    """
    datasets = [load_with_tools(path, ablation.tools) for path in ablation.data]
    require_groups(groups or {}, (record.id for own in datasets for record in own.records))
    for dataset in datasets if ablation.sample is None else [own.in_drawn_order() for own in datasets]:
        answered = {}
        for name, (system, variant) in ablation.arms.items():
            track = progress(f"{dataset.name}: {name}") if progress else None
            asks = chat if system.startswith("llm_") else None
            made = create(system, variant=variant, chat=asks)
            run = run_system(
                made,
                dataset,
                run_folder(ablation.out, dataset.name, f"{name}{_model_of(made)}"),
                limit=ablation.sample,
                progress=track,
                on_error=on_error,
            )
            answered[name] = answered_records(run)
        yield from metric_differences(dataset.name, answered, ablation.metrics, ablation.reference, groups)


def _arms(read: _File, folder: Path) -> Iterator[tuple[str, tuple[str, Variant]]]:
    named = dict(read.variants)
    if read.grid:
        for values in itertools.product(*read.grid.values()):
            cell = dict(zip(read.grid, values, strict=True))
            named[", ".join(f"{key}={_said(value)}" for key, value in cell.items())] = cell
    for name, own in named.items():
        if not name.strip(". ") or "/" in name or "\\" in name:
            raise ValueError(f"{name!r} is no name for a variant, since its run is a folder of that name")
        yield name, _arm(name, {**read.base, **own}, folder)


def _arm(name: str, own: Mapping[str, Any], folder: Path) -> tuple[str, Variant]:
    options = {key: value for key, value in own.items() if key in OPTIONS}
    rest = {key: value for key, value in own.items() if key not in OPTIONS}
    arm = _Arm.model_validate({**rest, "options": options})
    return arm.system, Variant(
        name=name,
        runtime=arm.runtime,
        weights=None if arm.weights is None else folder / arm.weights,
        without=(arm.without,) if isinstance(arm.without, str) else tuple(arm.without),
        known=arm.known,
        fusion=arm.fusion,
        fusion_weights=tuple(arm.fusion_weights.items()),
        options=tuple(arm.options.items()),
    )


def _model_of(system: System) -> str:
    """Behind a variant's name the model that it asks, so that each model has runs of its own; else nothing."""
    model = getattr(system, "configuration", {}).get("model")
    return f"@{model.get('model')}" if isinstance(model, dict) else ""


def _tools(name: str, folder: Path) -> Path:
    """A file beside the ablation's, or else the name of a shipped list."""
    return folder / name if (folder / name).exists() else Path(name)


def _said(value: object) -> str:
    if isinstance(value, list):
        return "+".join(map(str, value)) or "nothing"
    if isinstance(value, dict):
        return "+".join(f"{name}:{own}" for name, own in value.items()) or "default"
    return str(value)
