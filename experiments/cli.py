"""The command ``profile-bench``: runs systems over datasets and scores them."""

from __future__ import annotations

from pathlib import Path

import click

from experiments._console import one_line_errors
from experiments.ablation_command import ablate
from experiments.commands import bench, bench_store, convert, faithfulness, fusion, retrieval, sample
from experiments.compare_commands import cascade, compare, measure
from experiments.embedder_command import train_embedder
from experiments.learning import fit
from experiments.llm_commands import serve_llm, sway
from experiments.ptool_commands import gallery, identify, pairs, synth, wordings
from experiments.ranker_command import fit_ranker
from experiments.rating_command import rate
from experiments.report_command import report
from experiments.run_command import print_scores, run
from experiments.study_command import study

__all__ = ["main"]


@click.group(name="profile-bench", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="profile-resolver")
def main() -> None:
    """Run systems over personalised tool-calling benchmarks and score them."""


for _command in (
    ablate,
    bench,
    bench_store,
    cascade,
    compare,
    convert,
    faithfulness,
    fit,
    fit_ranker,
    fusion,
    gallery,
    identify,
    measure,
    pairs,
    rate,
    report,
    retrieval,
    run,
    sample,
    serve_llm,
    study,
    sway,
    synth,
    train_embedder,
    wordings,
):
    main.add_command(_command)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Keep the runs here.")
@one_line_errors
def demo(out: Path | None) -> None:
    """Run every system on the requests of a few synthetic users, and show three resolutions with their evidence.

    Without Faker (the extra `synth`) the users are those of the hand-written sample.
    """
    import tempfile  # noqa: PLC0415

    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.demo import demo_data, examples_of, explained  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as scratch:
        data = demo_data(Path(scratch))
        click.get_current_context().invoke(run, paths=(data,), names=("all",), out=out or Path(scratch))
        click.echo(
            "\nThe weights have seen nothing of these platforms and users, and a call is right only if all of it is.\n"
            "What training on such users gives, and what nobody could know, is in docs/ptool.md."
        )
        dataset = load_dataset(data)
        for text in explained(dataset, examples_of(dataset)):
            click.echo(f"\n{'─' * 100}\n{text}")


@main.command()
@click.option("--data", "path", required=True, metavar="PATH", type=click.Path(path_type=Path))
@click.option("--predictions", required=True, metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON instead of a table.")
@one_line_errors
def score(path: Path, predictions: Path, *, as_json: bool) -> None:
    """Score an official generation.jsonl, whose lines belong to the records of PATH by position."""
    from experiments.dataset import load_dataset  # noqa: PLC0415
    from experiments.scores import read_generation, score_generation  # noqa: PLC0415

    dataset = load_dataset(path)
    scores = score_generation(dataset, read_generation(predictions, dataset), system=predictions.name)
    if scores.missing:
        click.echo(f"{scores.missing} records have no prediction; they count as format errors", err=True)
    print_scores([[scores]], as_json=as_json)
