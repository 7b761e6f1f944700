"""The command that fine-tunes an embedding model: ``train-embedder``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from experiments._console import SeveralValues, one_line_errors
from indexes.loading import DEFAULT_MODEL

__all__ = ["train_embedder"]

_PATH = click.Path(path_type=Path)
_NOTED = 20


@click.command(name="train-embedder", cls=SeveralValues)
@click.option("--data", "paths", multiple=True, metavar="PATH...", type=_PATH, help="Records that name their evidence.")
@click.option(
    "--evidence", multiple=True, metavar="FILE...", type=_PATH, help="Evidence records: [{id, query, facts, gold}]."
)
@click.option("--model", default=DEFAULT_MODEL, show_default=True, metavar="NAME|DIR", help="What to begin with.")
@click.option("--out", required=True, type=_PATH, help="A folder that is not there yet.")
@click.option("--epochs", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), default=16, show_default=True, help="Examples at once.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), default=2e-5, show_default=True, help="Of learning."
)
@click.option("--limit", type=click.IntRange(min=1), help="Only N examples, drawn by lot.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@one_line_errors
def train_embedder(
    *,
    paths: tuple[Path, ...],
    evidence: tuple[Path, ...],
    model: str,
    out: Path,
    limit: int | None,
    seed: int,
    **how: Any,  # noqa: ANN401
) -> None:
    """Fine-tune a sentence embedding model on queries and the records of a user that matter to them.

    Then `profile-bench retrieval --model OUT` says what it finds, and `load_embedder("OUT")` loads it.
    """
    import random  # noqa: PLC0415

    from experiments import train_embedder as own  # noqa: PLC0415  (heavy)
    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.evidence import read_evidence  # noqa: PLC0415

    if not paths and not evidence:
        raise click.UsageError("give --data or --evidence")
    examples = [one for path in paths for one in own.record_examples(load_dataset(path).records)]
    examples += [one for path in evidence for one in own.evidence_examples(read_evidence(path))]
    if limit is not None and limit < len(examples):
        examples = random.Random(seed).sample(examples, limit)  # noqa: S311 - no secret
    click.echo(f"{len(examples)} examples", err=True)
    losses: list[float] = []

    def told(done: int, whole: int, loss: float) -> None:
        losses.append(loss)
        if done % _NOTED == 0 or done == whole:
            recent = losses[-_NOTED:]
            click.echo(f"{done} of {whole} steps, loss {sum(recent) / len(recent):.3f}", err=True)

    own.train_embedder(model, examples, out, seed=seed, progress=told, **how)
    click.echo(f"written: {out}")
