"""The command ``profile-resolver``: resolves a query from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from resolver.engine import Resolver

__all__ = ["main"]

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.group(name="profile-resolver", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="profile-resolver")
def main() -> None:
    """Resolve personalised tool calls from a user's profile and log."""


def _options(command: Any) -> Any:  # noqa: ANN401  (click's own decorators are as loosely typed)
    for option in reversed(
        (
            click.argument("query"),
            click.option("--profile", "profile", required=True, type=_FILE, help="The user's profile: JSON or text."),
            click.option(
                "--catalog", "catalog", required=True, type=_FILE, help='JSON: {"platforms": ..., "tools": ...}.'
            ),
            click.option("--model", default=None, help="Embedding model, by name or path."),
        )
    ):
        command = option(command)
    return command


@main.command()
@_options
@click.option("--json", "as_json", is_flag=True, help="Print the whole resolution as JSON.")
def resolve(query: str, profile: Path, catalog: Path, model: str | None, *, as_json: bool) -> None:
    """Print the call for QUERY in PTBench's form. Exits with 3 where the answer is an abstention."""
    resolver, user = _load(profile, catalog, model)
    answer = _guarded(lambda: resolver.resolve(query, user=user))
    if as_json:
        click.echo(json.dumps(answer.to_json(), indent=2, ensure_ascii=False))
    if text := answer.to_ptbench():
        if not as_json:
            click.echo(text)
        if answer.missing:
            click.echo(f"missing: {', '.join(answer.missing)}", err=True)
    else:
        click.echo(f"no call: {answer.message}", err=True)
        raise SystemExit(3)


@main.command()
@_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
def explain(query: str, profile: Path, catalog: Path, model: str | None, *, as_json: bool) -> None:
    """Show how QUERY is resolved: evidence, candidates with what speaks for them, arguments and what lost."""
    resolver, user = _load(profile, catalog, model)
    if as_json:
        answer = _guarded(lambda: resolver.resolve(query, user=user))
        click.echo(json.dumps(answer.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(_guarded(lambda: resolver.explain(query, user=user)))


def _load(profile: Path, catalog: Path, model: str | None) -> tuple[Resolver, str]:
    from indexes import DEFAULT_MODEL, load_embedder  # noqa: PLC0415  (heavy)
    from resolver.catalog import Catalog  # noqa: PLC0415
    from resolver.engine import Resolver  # noqa: PLC0415
    from resolver.profile import Profile  # noqa: PLC0415

    def build() -> tuple[Resolver, str]:
        source = _json(catalog)
        if not isinstance(source, dict):
            raise click.ClickException(f'{catalog}: expected a JSON object {{"platforms": ..., "tools": ...}}')
        read = Catalog.from_ptbench(source.get("platforms"), source.get("tools"))
        for item in read.unread:
            click.echo(f"{catalog}: not read: {item.where}: {item.reason}", err=True)
        known = Profile.from_json(_text(profile))
        resolver = Resolver(read, embedder=load_embedder(model or DEFAULT_MODEL))
        resolver.add(known)
        return resolver, known.user

    built: tuple[Resolver, str] = _guarded(build)
    return built


def _guarded(work: Any) -> Any:  # noqa: ANN401  (returns what the work returns)
    """Runs it; a typed error becomes one line and exit code 1."""
    from indexes.errors import IndexingError  # noqa: PLC0415
    from resolver.errors import ResolverError  # noqa: PLC0415

    try:
        return work()
    except (ResolverError, IndexingError, OSError) as error:
        raise click.ClickException(" ".join(str(error).split())) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path}: not UTF-8 text: {error.reason} at byte {error.start}") from error


def _json(path: Path) -> Any:  # noqa: ANN401  (JSON)
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{path}: not JSON that can be read: {error}") from error
