"""Records that only refer to their tools, given the tools themselves."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from importlib import resources
from typing import TYPE_CHECKING

from experiments.dataset import load_dataset
from experiments.errors import DatasetReadError
from resolver.catalog import Catalog

if TYPE_CHECKING:
    from importlib.abc import Traversable
    from pathlib import Path

    from pydantic import JsonValue

    from experiments.records import Dataset

__all__ = ["load_with_tools", "read_tools", "shipped_tools", "with_tools"]

_SUFFIX = "_tools.json"


def load_with_tools(path: Path, tools_file: Path | None) -> Dataset:
    """A dataset as `experiments.dataset.load_dataset` reads it, with the tools of a file or a shipped list if named.

    Raises:
        DatasetError: As `load_dataset`, and as `read_tools`.
    """
    dataset = load_dataset(path)
    return dataset if tools_file is None else with_tools(dataset, read_tools(tools_file))


def with_tools(dataset: Dataset, tools: JsonValue) -> Dataset:
    """The dataset with these tools in every record whose own ``tools`` describe none.

    Some sets print a long list of tools once and put a reference to it into the records. The result has a hash of its
    own where any record changed, so that a run on it is never mixed with one on the records as they were.
    """
    records = tuple(
        record
        if Catalog.from_ptbench(record.case.platforms, record.case.tools).tools
        else replace(record, case=record.case.model_copy(update={"tools": tools}))
        for record in dataset.records
    )
    if all(new is old for new, old in zip(records, dataset.records, strict=True)):
        return dataset
    content = f"{dataset.sha256}\n{json.dumps(tools, sort_keys=True)}"
    return replace(dataset, records=records, sha256=hashlib.sha256(content.encode()).hexdigest())


def shipped_tools() -> tuple[str, ...]:
    """The names of the tool lists that come with this package, which `read_tools` takes for a path.

    ``retail`` are the seven calls that change something in the customer service of a shop, described in our own words.
    The parameter ``new_item_ids`` of two of them names goods of the shop's catalogue: what only that holds cannot be
    known from a customer's record.
    """
    return tuple(sorted(file.name.removesuffix(_SUFFIX) for file in _folder().iterdir() if file.name.endswith(_SUFFIX)))


def read_tools(path: Path) -> JsonValue:
    """Tools from a JSON file, in any form that `Catalog.from_ptbench` reads; or a shipped list, by its bare name.

    Raises:
        DatasetReadError: The file cannot be read, is no JSON, or describes no tool.
    """
    shipped = shipped_tools()
    source = _folder().joinpath(f"{path}{_SUFFIX}") if str(path) in shipped and not path.is_file() else path
    try:
        tools: JsonValue = json.loads(source.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        known = ", ".join(shipped)
        raise DatasetReadError(f"{path}: expected JSON that describes tools, or one of {known}: {error}") from error
    catalog = Catalog.from_ptbench(["any"], tools)
    if not catalog.tools:
        reasons = "; ".join(f"{item.where}: {item.reason}" for item in catalog.unread[:3])
        raise DatasetReadError(f"{path}: no tool is described there ({reasons or 'the list is empty'})")
    return tools


def _folder() -> Traversable:
    return resources.files("experiments").joinpath("data")
