"""Skips what this machine cannot run, each with its reason."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from importlib.util import find_spec

import pytest

from indexes.sources import DEFAULT_MODEL, find_locally

# modules of extras, which doctests would import
collect_ignore = [
    f"indexes/stores/qdrant_{name}.py"
    for name, package in (("folder", "qdrant_edge"), ("shard", "qdrant_edge"), ("server", "qdrant_client"))
    if find_spec(package) is None
]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test marked ``model`` where the model is not on this machine; nothing is fetched for a test."""
    if item.get_closest_marker("model") is not None and not _model_is_here():
        pytest.skip(f"{DEFAULT_MODEL} is here neither as a package nor in the hub's cache: run make setup")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest file first, then by number of tests, so that none that takes long begins when others are done.

    For runs side by side, with ``--no-loadscope-reorder``: otherwise pytest-xdist goes by the number alone.
    """
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.name != "test_figures.py", -tests[item.path], str(item.path)))


@lru_cache(maxsize=1)
def _model_is_here() -> bool:
    return find_locally(DEFAULT_MODEL) is not None
