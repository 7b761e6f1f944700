"""The demo: all systems on the sample data, and three resolutions with their evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from experiments.records import Dataset

__all__ = ["examples_of", "explained"]

_SHOWN = ("usual", "arguments", "log")


def examples_of(dataset: Dataset) -> list[str]:
    """The ids of the cases that the demo shows: the first of each kind, each of another user."""
    chosen: dict[str, str] = {}
    users: set[object] = set()
    for record in dataset.records:
        kind, user = str(record.extra.get("kind")), record.extra.get("user")
        if kind in _SHOWN and kind not in chosen and user not in users:
            chosen[kind] = record.id
            users.add(user)
    return [chosen[kind] for kind in _SHOWN if kind in chosen]


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
