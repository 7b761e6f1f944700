"""The demo: all systems on the sample data, and three resolutions with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.records import Dataset

__all__ = ["examples_of", "explained"]

_SHOWN = ("usual", "arguments", "statement")


def examples_of(dataset: Dataset) -> list[str]:
    """The ids of the first case of each kind that the demo shows."""
    first: dict[str, str] = {}
    for record in dataset.records:
        first.setdefault(str(record.extra.get("kind")), record.id)
    return [first[kind] for kind in _SHOWN if kind in first]


def explained(dataset: Dataset, case_ids: Sequence[str]) -> list[str]:
    """Resolutions of some cases as text for a person.

    Args:
        dataset: Holds the cases.
        case_ids: Which of them.
    """
    from baselines.registry import default_workbench  # noqa: PLC0415  (heavy)
    from resolver.catalog import Catalog  # noqa: PLC0415
    from resolver.engine import Resolver  # noqa: PLC0415
    from resolver.profile import Profile  # noqa: PLC0415

    embedder = default_workbench().embedder
    texts = []
    for record in dataset.records:
        if record.id in case_ids:
            catalog = Catalog.from_ptbench(record.case.platforms, record.case.tools)
            resolver = Resolver(catalog, embedder=embedder)
            profile = Profile.from_json(record.case.user_profile, user=str(record.extra.get("user", record.id)))
            resolver.add(profile)
            texts.append(resolver.explain(record.case.query, user=profile.user))
    return texts
