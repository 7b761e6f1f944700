"""The command of ``profile-bench`` that trains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments._console import SeveralValues, one_line_errors, progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from experiments.training import Trainer
    from resolver.models import Models

__all__ = ["fit"]

_PATH = click.Path(path_type=Path)
_COLUMNS = ("records", "tool", "platform", "contested", "arguments", "profile_values", "overall", "abstained")


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What is learned from."""

    paths: tuple[Path, ...]
    groups: tuple[Path, ...]
    tools: str | None
    refusals: Path | None
    evidence: tuple[str, ...]
    share: tuple[str, ...]
    folds: int


@click.command(cls=SeveralValues)
@click.option("--data", "paths", multiple=True, required=True, metavar="PATH...", type=_PATH)
@click.option(
    "--groups",
    multiple=True,
    metavar="FILE...",
    type=_PATH,
    help='JSON {record id: {"group": name}}: records of one group stay on one side of a fold. Default: by profile. '
    'With "gold_evidence", the facts that a call rests on, instructions are learned from too.',
)
@click.option("--tools", metavar="FILE|NAME", help="Tools for records that describe none, as of `run`.")
@click.option("--refusals", type=_PATH, help="Requests that policy forbids: [{query, user_profile, platforms}].")
@click.option(
    "--evidence",
    multiple=True,
    metavar="FILE[:KEY]...",
    help="Queries with statements of which some matter: [{id, query, facts, gold}]; KEY names their group.",
)
@click.option(
    "--share",
    multiple=True,
    metavar="DATASET=WEIGHT",
    help="How much a dataset weighs in the choice, 1 by default; of one with 0 all but the choice is learned.",
)
@click.option("--folds", type=click.IntRange(min=2), default=5, show_default=True)
@click.option("--left-out", is_flag=True, help="Also answer each dataset by models trained without it and its kin.")
@click.option("--out", type=_PATH, help="Train on everything and write the weights to this folder.")
@click.option(
    "--folds-out",
    type=_PATH,
    help="Write the weights of each fold to this folder; with `run --weights` no record meets weights that saw it.",
)
@one_line_errors
def fit(*, left_out: bool, out: Path | None, folds_out: Path | None, **given: Any) -> None:  # noqa: ANN401
    """Train every learned part, and print how whole answers do on groups that were held out."""
    from experiments.held_out import (  # noqa: PLC0415  (heavy)
        answer_held_out,
        figures,
        held_out_weights,
        predict_left_out,
        write_folds,
    )

    options = _Given(**given)
    trainer = _trainer(options)
    about = {
        "about": "made by: profile-bench fit",
        "embedder": trainer.embedder.name,
        "shares": dict(trainer.material.shares),
    }
    trained = _train_folds(trainer, options.folds)
    if folds_out is not None:
        write_folds(held_out_weights(trainer, trained), folds_out, about)
        click.echo(f"weights of {len(trained)} folds written to {folds_out}")
    answered = answer_held_out(trainer, trained)
    held_out = {own.dataset.name: figures(own) for own in answered}
    click.echo(f"held out ({options.folds} grouped folds)")
    _print_table(held_out)
    for line in _other_figures(trainer, trained, answered):
        click.echo(line)
    if left_out:
        click.echo("trained on the other datasets")
        _print_table({own.dataset.name: figures(own) for own in predict_left_out(trainer)})
    if out is not None:
        from experiments.write_models import write_models  # noqa: PLC0415

        written = write_models(trainer.train(lambda _name, _group: True), out, about)
        click.echo(f"written to {out}: {', '.join(written)}")


def _trainer(given: _Given) -> Trainer:
    from experiments.evidence import read_evidence  # noqa: PLC0415
    from experiments.folds import read_groups, read_rests_on  # noqa: PLC0415
    from experiments.references import load_with_tools  # noqa: PLC0415
    from experiments.training import Material, Trainer  # noqa: PLC0415
    from indexes import CachedEmbedder, load_embedder  # noqa: PLC0415

    tools = None if given.tools is None else Path(given.tools)
    datasets = [load_with_tools(path, tools) for path in given.paths]
    shares = _shares(given.share)
    if unknown := shares.keys() - {dataset.name for dataset in datasets}:
        raise click.UsageError(f"--share names no dataset of --data: {', '.join(sorted(unknown))}")
    if not any(shares.get(dataset.name, 1.0) for dataset in datasets):
        raise click.UsageError("--share leaves no dataset to learn the choice from")
    evidence = {}
    for text in given.evidence:
        name, _, key = text.rpartition(":") if ":" in text[2:] else (text, "", "group")
        path = Path(name)
        evidence[path.name.partition(".")[0]] = read_evidence(path, key)
    material = Material(
        datasets=tuple(datasets),
        groups=read_groups(given.groups),
        refusals=given.refusals,
        evidence=evidence,
        rests_on=read_rests_on(given.groups),
        shares=shares,
    )
    with progress() as track:
        return Trainer(material, CachedEmbedder(load_embedder()), progress=track)


def _train_folds(trainer: Trainer, folds: int) -> list[Models]:
    from experiments.held_out import train_folds  # noqa: PLC0415  (heavy)

    with progress() as track:
        return train_folds(trainer, folds=folds, progress=track("training"))


def _other_figures(trainer: Trainer, trained: Sequence[Models], answered: Sequence[Any]) -> Iterator[str]:
    from experiments.held_out import calibration_figures, evidence_figures, refusal_figures  # noqa: PLC0415
    from experiments.several import several_figures  # noqa: PLC0415

    yield _line("all", calibration_figures(answered))
    for own in answered:
        if several := several_figures(own.dataset.records, own.predictions):
            yield _line(f"several calls of {own.dataset.name}", several)
    for name in trainer.evidence:
        yield _line(f"evidence of {name}", evidence_figures(trainer, trained, name))
    if trainer.requests:
        yield _line("policy", refusal_figures(trainer, trained, answered))


def _line(name: str, figures: Mapping[str, float | None]) -> str:
    return f"{name}: " + ", ".join(f"{key} {_written(key, value)}" for key, value in figures.items())


def _print_table(rows: Mapping[str, Mapping[str, float | None]]) -> None:
    width = max(map(len, rows))
    click.echo(" " * width + "".join(f"{name:>15}" for name in _COLUMNS))
    for name, own in rows.items():
        click.echo(f"{name:<{width}}" + "".join(f"{_written(column, own[column]):>15}" for column in _COLUMNS))


_COUNTS = ("records", "requests", "callable", "answers", "of_values", "of_platforms")


def _written(name: str, value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if name in _COUNTS else f"{value:.3f}"


def _shares(given: Sequence[str]) -> dict[str, float]:
    shares = {}
    for text in given:
        name, _, weight = text.rpartition("=")
        try:
            shares[name] = float(weight)
        except ValueError:
            name = ""
        if not name or shares[name] < 0.0:
            raise click.UsageError(f"--share {text!r}: expected DATASET=WEIGHT with a weight of at least 0")
    return shares
