"""The commands that make synthetic data, and those that tell how hard it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from experiments._console import SeveralValues, one_line_errors
from experiments.chat_options import chat_options

if TYPE_CHECKING:
    from experiments.chat_options import ChatOptions
    from experiments.ptool.settings import Control
    from experiments.ptool.tuning import TuningForm

__all__ = ["gallery", "identify", "pairs", "synth", "wordings"]

_FOLDER = click.Path(path_type=Path, file_okay=False)
_PATH = click.Path(path_type=Path, exists=True)
_RUN = click.Path(path_type=Path, exists=True, file_okay=False)
_COUNT = click.IntRange(min=0)


@click.command(cls=SeveralValues)
@click.option("--out", required=True, type=_FOLDER, help="A folder that is not there yet, or is empty.")
@click.option("--seed", type=_COUNT, default=0, show_default=True)
@click.option("--scenarios", type=click.IntRange(1, 50), default=5, show_default=True)
@click.option("--skip", type=_COUNT, default=0, show_default=True, help="Scenarios of the list to pass over.")
@click.option("--platforms", type=click.IntRange(2, 10), default=3, show_default=True, help="Of each scenario.")
@click.option("--trained-users", type=_COUNT, default=74, show_default=True)
@click.option("--untrained-users", type=_COUNT, default=6, show_default=True)
@click.option("--trained-tests", type=_COUNT, default=474, show_default=True, help="Test records of trained users.")
@click.option("--untrained-tests", type=_COUNT, default=609, show_default=True, help="Of untrained ones.")
@click.option("--training", type=_COUNT, default=7096, show_default=True, help="Training records.")
@click.option("--log", nargs=2, type=_COUNT, default=(16, 48), show_default=True, help="Fewest and most entries.")
@click.option(
    "--statements", nargs=2, type=_COUNT, default=(4, 9), show_default=True, help="Fewest and most of a profile."
)
@click.option("--noise", type=float, default=0.6, show_default=True, help="By which a use departs from what is liked.")
@click.option("--habit", type=float, default=0.5, show_default=True, help="Spread of liking beyond platforms' traits.")
@click.option(
    "--sure",
    type=float,
    default=1.5,
    show_default=True,
    help="Keep requests whose platform is so many times as likely as by chance to whoever knows all; 0 keeps all.",
)
@click.option(
    "--drift", type=click.FloatRange(0, 1), default=0.2, show_default=True, help="Users who change their mind."
)
@click.option(
    "--leave",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Users who leave a platform for good, where their log is long enough to show it.",
)
@click.option(
    "--restricted",
    type=click.FloatRange(0, 1),
    default=0.25,
    show_default=True,
    help="Scenarios in which a platform does not serve everybody.",
)
@click.option(
    "--control",
    type=click.Choice(("none", "random", "permuted")),
    default="none",
    show_default=True,
    help="random: nothing visible tells the platform; permuted: profiles are of other users.",
)
@click.option(
    "--wordings",
    type=click.Choice(("all", "even", "odd")),
    default="all",
    show_default=True,
    help="Use half of the ways to speak of a trait; what is learned from one half can be tried on the other.",
)
@click.option("--pairs", type=_COUNT, default=20, show_default=True, help="Of each kind.")
@click.option("--tuning", multiple=True, type=click.Choice(("openai", "sharegpt")), help="Export training records so.")
@chat_options
@one_line_errors
def synth(
    *,
    out: Path,
    log: tuple[int, int],
    statements: tuple[int, int],
    control: Control,
    pairs: int,
    tuning: tuple[TuningForm, ...],
    chat: ChatOptions,
    **sizes: Any,  # noqa: ANN401
) -> None:
    """Make a synthetic data set in PTBench's layout: users, tools, logs, requests with their gold.

    The same seed gives the same bytes. A language model, named by --model, puts requests in other words, which are kept
    if they lose and add nothing, and says which records it doubts; these are left out.
    """
    from experiments.ptool import Settings  # noqa: PLC0415  (heavy)
    from experiments.ptool.writing import write_synthesis  # noqa: PLC0415

    settings = Settings(log=log, statements=statements, control=control, **sizes)
    written = write_synthesis(
        settings,
        out,
        pairs=pairs,
        tuning=tuning,
        model=None if chat.model is None else chat.open(),
        progress=lambda text: click.echo(text, err=True),
    )
    for name, count in written.counts.items():
        click.echo(f"{count:7} {name}")
    click.echo(f"{sum(written.rejected.values()):7} drawn and rejected:")
    for reason, count in written.rejected.items():
        click.echo(f"{count:15} {reason}")


@click.command()
@click.option("--seed", type=_COUNT, default=0, show_default=True)
@one_line_errors
def gallery(*, seed: int) -> None:
    """Show what synth makes, as Markdown: platforms, a user, requests and pairs of each kind."""
    from experiments.ptool import Settings  # noqa: PLC0415  (heavy)
    from experiments.ptool.gallery import gallery as lines  # noqa: PLC0415

    for line in lines(Settings(seed=seed)):
        click.echo(line)


@click.command(cls=SeveralValues)
@click.argument("folder", type=_FOLDER)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many records.")
@click.option("--uses", type=click.IntRange(min=1), default=8, show_default=True, help="Of a scenario, at most.")
@click.option("--runs", metavar="DIR", type=_RUN, help="OUT of `run` over its test records: systems beside the bound.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@one_line_errors
def identify(folder: Path, *, limit: int | None, uses: int, runs: Path | None, as_json: bool) -> None:
    """How well anybody could know what the users of FOLDER, made by synth, like best.

    The best possible decision from each kind of signal, reckoned from the model that made the data; what it gets right
    in fact; and how much a number of uses tells. With --runs, what each system gets right instead, beside the best
    possible decision, which in a control is as good as chance or as knowing people at large.
    """
    from experiments.ptool import identify as own  # noqa: PLC0415  (heavy)
    from experiments.ptool.writing import read_settings  # noqa: PLC0415

    settings = read_settings(folder)
    if runs is not None:
        if limit is not None:
            raise click.UsageError("--limit says nothing of --runs")
        _show_standings(folder, runs, as_json=as_json)
        return
    found = own.identify(settings, limit=limit)
    needed = own.uses_needed(settings, uses, limit=limit)
    if as_json:
        signals = [one._asdict() for one in found.signals]
        rows = [{"uses": count, "best": best, "observed": observed} for count, best, observed in needed]
        more = {"chance": found.chance, "worth": found.worth, "released": found.released._asdict()}
        click.echo(json.dumps({**more, "signals": signals, "uses": rows}, indent=2))
        return
    click.echo(f"chance {found.chance:.3f}; every row rests on {found.worth:.0f} samples' worth or more\n")
    click.echo("| what is looked at | records | best possible | observed | bits |\n| --- | ---: | ---: | ---: | ---: |")
    for name, one in (*((one.name, one) for one in found.signals), ("all, of the records as written", found.released)):
        click.echo(f"| {name} | {one.records} | {one.best:.3f} | {one.observed:.3f} | {one.bits:.2f} |")
    click.echo("\n| last uses there | best possible | observed |\n| ---: | ---: | ---: |")
    for count, best, observed in needed:
        click.echo(f"| {count} | {best:.3f} | {observed:.3f} |")


def _show_standings(folder: Path, runs: Path, *, as_json: bool) -> None:
    from experiments.ptool.standing import standings  # noqa: PLC0415  (heavy)
    from experiments.ptool.writing import read_settings  # noqa: PLC0415
    from experiments.run_folders import runs_in  # noqa: PLC0415
    from experiments.statistics import shown_p  # noqa: PLC0415

    paths = [
        path for split in ("trained", "untrained") if (path := folder / f"test_{split}_user" / "data.json").exists()
    ]
    rows = standings(read_settings(folder), [run for _, found in runs_in(runs, paths, None) for run in found])
    if as_json:
        click.echo(json.dumps([{**row._asdict(), "less": row.less._asdict()} for row in rows], indent=2))
        return
    tested = any(row.p is not None for row in rows)
    click.echo("| system | records | platform right | best possible | difference, 95 % |" + (" p |" if tested else ""))
    click.echo("| --- | ---: | ---: | ---: | --- |" + (" ---: |" if tested else ""))
    for row in rows:
        less = f"{row.less.mean:+.3f} [{row.less.low:+.3f}, {row.less.high:+.3f}]"
        p = "" if row.p is None else f" {shown_p(row.p)} |"
        click.echo(f"| {row.system} | {row.records} | {row.right:.3f} | {row.best:.3f} | {less} |{p}")


@click.command(cls=SeveralValues)
@click.option(
    "--model", "models", multiple=True, metavar="NAME...", help="Embedding models; the default one by default."
)
@one_line_errors
def wordings(models: tuple[str, ...]) -> None:
    """Whether embedding models can read what synth's sentences are about: the trait, and whether for or against it."""
    from experiments.ptool.reading import learn_wordings, read_wordings  # noqa: PLC0415  (heavy)
    from indexes import load_embedder  # noqa: PLC0415

    embedders = [load_embedder(name) for name in models] or [load_embedder()]
    click.echo("| model | said | sentences | nearer to its trait | than to its contrary |")
    click.echo("| --- | --- | ---: | ---: | ---: |")
    for embedder in embedders:
        for one in read_wordings(embedder):
            shown = f"{one.sentences} | {one.trait:.3f} | {one.polarity:.3f}"
            click.echo(f"| {embedder.name.partition('@')[0]} | {one.said} | {shown} |")
    click.echo("\n| model | learned from half of the wordings | texts | of | right, seen | right, other half |")
    click.echo("| --- | --- | ---: | ---: | ---: | ---: |")
    for embedder in embedders:
        for own in learn_wordings(embedder):
            shown = f"{own.texts} | {own.classes} | {own.seen:.3f} | {own.unseen:.3f}"
            click.echo(f"| {embedder.name.partition('@')[0]} | {own.read} | {shown} |")


@click.command(cls=SeveralValues)
@click.option("--data", required=True, metavar="PATH", type=_PATH, help="The pairs: FOLDER/pairs/data.json.")
@click.option("--run", "folders", multiple=True, required=True, metavar="DIR...", type=_RUN, help="Runs over them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@one_line_errors
def pairs(*, data: Path, folders: tuple[Path, ...], as_json: bool) -> None:
    """Score runs over pairs of records: a pair counts if both of its records are right, and else not at all."""
    from experiments.dataset import load_dataset  # noqa: PLC0415  (heavy)
    from experiments.ptool.pair_scores import pair_scores  # noqa: PLC0415
    from experiments.run import read_run  # noqa: PLC0415

    dataset = load_dataset(data)
    runs = [read_run(own, dataset) for own in folders]
    if len({run.system for run in runs}) < len(runs):
        raise click.UsageError("give one run of each system")
    found = {run.system: pair_scores(run) for run in runs}
    if as_json:
        click.echo(json.dumps({name: [row._asdict() for row in rows] for name, rows in found.items()}, indent=2))
        return
    for name, rows in found.items():
        click.echo(f"**{name}**\n\n| pairs | number | both right | 95 % | one right | platforms | obeyed | agreed |")
        click.echo("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |")
        for row in rows:
            obeyed, agreed = ("" if own is None else f"{own:.3f}" for own in (row.obeyed, row.agreed))
            shares = f"{row.both:.3f} | {row.low:.3f} to {row.high:.3f} | {row.one:.3f} | {row.platforms:.3f}"
            click.echo(f"| {row.kind} | {row.pairs} | {shares} | {obeyed} | {agreed} |")
        click.echo("")
