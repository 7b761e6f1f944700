"""Writes learned parts where the resolver reads them: readable JSON, and small arrays without pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from experiments._files import write_whole
from experiments.bilinear import write_form
from experiments.train_choice import write_choice
from experiments.train_entities import write_entities
from experiments.train_instructions import write_instructions
from experiments.train_kinds import write_kinds
from experiments.train_match import write_match
from experiments.train_policy import write_policy
from experiments.train_relevance import write_relevance
from experiments.train_senses import write_senses
from experiments.train_several import write_several

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from resolver.models import Models
    from resolver.value_choice import ValueChooser

    _Writer = Callable[[Any, Path, Mapping[str, object]], None]

__all__ = ["write_models"]


def write_models(models: Models, folder: Path, about: Mapping[str, object]) -> list[str]:
    """Write every part that there is into a folder, which is made; a part that was left out is left as it is.

    Args:
        models: The parts.
        folder: Such as ``resolver/data``.
        about: What to say in each JSON file of how it was made.

    Returns:
        The names of the parts written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_choice(folder / "choice.json", models.choice, about)
    extract = {**about, "features": models.extractor.weights}
    write_whole(folder / "extract.json", json.dumps(extract, indent=2) + "\n")
    written = ["choice", "extractor"]
    for name, write in _WRITERS.items():
        part = getattr(models, name)
        if part is not None:
            write(part, folder, about)
            written.append(name)
    return written


def _write_values(chooser: ValueChooser, folder: Path, about: Mapping[str, object]) -> None:
    write_form(folder, "values", chooser.form, about)
    write_form(folder, "values_need", chooser.need, about)


def _in_space(write: _Writer) -> _Writer:
    """A writer of a part with a space of kinds, one for all such parts, which writes the space, too."""

    def both(part: Any, folder: Path, about: Mapping[str, object]) -> None:  # noqa: ANN401 - one of several models
        write_kinds(part.kinds, folder, about)
        write(part, folder, about)

    return both


_WRITERS: Mapping[str, _Writer] = {
    "senses": write_senses,
    "affinity": lambda own, folder, about: write_form(folder, "affinity", own.form, about),
    "values": _write_values,
    "entities": lambda own, folder, about: write_entities(folder / "entities.json", own, about),
    "instructions": _in_space(write_instructions),
    "relevance": _in_space(write_relevance),
    "match": write_match,
    "policy": lambda own, folder, about: write_policy(folder / "policy.json", own, about),
    "several": lambda own, folder, about: write_several(folder / "several.json", own, about),
}
