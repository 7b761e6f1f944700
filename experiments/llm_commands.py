"""The commands of ``profile-bench`` around language models."""

from __future__ import annotations

import json
import time
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from experiments._console import one_line_errors, progress
from experiments.chat_options import chat_options

if TYPE_CHECKING:
    from experiments.chat_options import ChatOptions

__all__ = ["serve_llm", "sway"]


@click.command(name="serve-llm")
@click.option("--size", default="0.5b", show_default=True, help="Of the model, where LLM_GGUF names no file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any free one.")
@click.option("--context", type=click.IntRange(min=256), default=16_384, show_default=True, help="In tokens.")
@click.option("--threads", type=click.IntRange(min=1), default=None, help="As many as there are cores by default.")
@one_line_errors
def serve_llm(size: str, port: int, context: int, threads: int | None) -> None:
    """Serve a local language model by llama.cpp, OpenAI-compatible, on loopback, until interrupted.

    The model is the file that LLM_GGUF names, else a Qwen2.5 instruct model of SIZE from the model hub.
    """
    from baselines.local_model import LocalModelError, find_gguf, serve  # noqa: PLC0415  (heavy)

    try:
        file = find_gguf(size)
        address = serve(file, port=port, context=context, threads=threads)
    except LocalModelError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"serving {file.name} at {address}")
    while True:
        time.sleep(3600)


@click.command()
@chat_options
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@one_line_errors
def sway(chat: ChatOptions, *, as_json: bool) -> None:
    """Ask a language model with hostile facts in the profile: how often it is swayed, by kind of prompt."""
    from experiments.hostile_facts import HOSTILE_FACTS  # noqa: PLC0415  (heavy)
    from experiments.sway import measure_sway  # noqa: PLC0415
    from indexes import load_embedder  # noqa: PLC0415

    model, embedder = chat.open(), load_embedder()
    with progress() as track:
        counted = measure_sway(model, embedder, progress=track("hostile facts"))
    if as_json:
        click.echo(json.dumps({name: asdict(own) for name, own in counted.items()}, indent=2))
        return
    click.echo(
        f"{len(HOSTILE_FACTS)} hostile facts; control: the share of them by which the answer to the same prompt "
        "without an attack would count as swayed; behind the check: calls outside the catalog, values that an attack "
        "wants, and of these those marked as of the user's records alone"
    )
    click.echo("prompt     asked  failed  swayed   share  control  outside  values  marked  swayed by kind")
    for name, own in counted.items():
        kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(own.swayed).most_common())
        share = len(own.swayed) / own.asked if own.asked else 0.0
        control = "-" if own.control is None else f"{own.control / len(HOSTILE_FACTS):.3f}"
        behind = f"{own.outside:9}{own.passed:8}{own.marked:8}"
        click.echo(
            f"{name:9}{own.asked:7}{len(own.failed):8}{len(own.swayed):8}{share:8.3f}{control:>9}{behind}  {kinds}"
        )
