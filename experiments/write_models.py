"""Writes learned parts where the resolver reads them: readable JSON, and small arrays without pickle."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from experiments._files import write_whole
from experiments.bilinear import write_form
from experiments.train_choice import write_choice
from experiments.train_entities import write_entities
from experiments.train_instructions import write_instructions
from experiments.train_policy import write_policy
from experiments.train_relevance import write_relevance
from experiments.train_senses import write_senses
from experiments.train_several import write_several

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from resolver.models import Models

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
    if models.senses is not None:
        write_senses(models.senses, folder, about)
        written.append("senses")
    if models.affinity is not None:
        write_form(folder, "affinity", models.affinity.form, about)
        written.append("affinity")
    if models.values is not None:
        write_form(folder, "values", models.values.form, about)
        write_form(folder, "values_need", models.values.need, about)
        written.append("values")
    if models.entities is not None:
        write_entities(folder / "entities.json", models.entities, about)
        written.append("entities")
    if models.instructions is not None:
        write_instructions(models.instructions, folder, about)
        written.append("instructions")
    if models.relevance is not None:
        write_relevance(models.relevance, folder, about)
        written.append("relevance")
    if models.policy is not None:
        write_policy(folder / "policy.json", models.policy, about)
        written.append("policy")
    if models.several is not None:
        write_several(folder / "several.json", models.several, about)
        written.append("several")
    return written
