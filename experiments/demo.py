"""The demo: all systems on a few synthetic users, and three resolutions with their evidence."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from experiments.records import Dataset

__all__ = ["demo_data", "examples_of", "explained"]

_SHOWN = ("both", "usual", "arguments")
_USERS, _REQUESTS = 12, 72


def demo_data(folder: Path) -> Path:
    """Write the records of the demo, in PTBench's shape: PTool's, or without Faker the hand-written sample.

    Args:
        folder: Where to.

    Returns:
        The file.
    """
    if find_spec("faker") is None:
        from experiments.sample import write  # noqa: PLC0415

        return write(folder / "sample.json")
    from experiments.ptool import Settings  # noqa: PLC0415
    from experiments.ptool.writing import write_synthesis  # noqa: PLC0415

    settings = Settings(trained_users=_USERS, untrained_users=0, trained_tests=_REQUESTS, untrained_tests=0, training=0)
    write_synthesis(settings, folder / "ptool")
    return (folder / "ptool" / "test_trained_user" / "data.json").rename(folder / "ptool.json")


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
