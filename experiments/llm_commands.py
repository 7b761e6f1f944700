"""The commands of ``profile-bench`` around language models."""

from __future__ import annotations

import time

import click

from experiments._console import one_line_errors

__all__ = ["serve_llm"]


@click.command(name="serve-llm")
@click.option("--size", default="0.5b", show_default=True, help="Of the model, where LLM_GGUF names no file.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 for any free one.")
@click.option("--context", type=click.IntRange(min=256), default=8192, show_default=True, help="In tokens.")
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
