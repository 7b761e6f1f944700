"""Where runs lie: OUT/DATASET/SYSTEM."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from experiments.errors import RunDamagedError, RunMismatchError
from experiments.references import load_with_tools
from experiments.run import read_run

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from experiments.records import Dataset, Record
    from experiments.run import Run

__all__ = ["folder_name", "run_folder", "runs_beside", "runs_in"]


def run_folder(out: Path, dataset: str, system: str) -> Path:
    """Where the run of a system on a dataset is."""
    return out / folder_name(dataset) / folder_name(system)


def folder_name(name: str) -> str:
    """A name as that of a folder."""
    return re.sub(r"[^\w.-]+", "_", name).strip(".") or "_"


def runs_beside(out: Path, dataset: Dataset, records: Sequence[Record], *, but: Iterable[str]) -> list[Run]:
    """The runs of other systems in a folder that hold all of some records, each cut to these.

    A folder that is no run of this dataset, or a damaged one, is passed over.

    Args:
        out: What ``profile-bench run --out`` was given.
        dataset: Whose runs.
        records: Of the dataset.
        but: Systems that are left out.
    """
    where, known = run_folder(out, dataset.name, "x").parent, set(but)
    found = []
    for folder in sorted(own for own in where.iterdir() if own.is_dir()):
        with contextlib.suppress(RunDamagedError, RunMismatchError):
            run = read_run(folder, dataset)
            by_id = {prediction.case_id: prediction for prediction in run.predictions}
            if run.system not in known and all(record.id in by_id for record in records):
                kept = {record.id for record in records}
                found.append(
                    replace(
                        run,
                        records=tuple(records),
                        predictions=tuple(by_id[record.id] for record in records),
                        failures={name: why for name, why in run.failures.items() if name in kept},
                        seconds={name: took for name, took in run.seconds.items() if name in kept},
                    )
                )
    return found


def runs_in(
    folder: Path, paths: Sequence[Path], tools: Path | None, names: Sequence[str] = ()
) -> Iterator[tuple[Dataset, list[Run]]]:
    """Each dataset with its runs in a folder: those of some systems in the order of the names, else all.

    Args:
        folder: What ``profile-bench run --out`` was given.
        paths: Of the datasets.
        tools: For records that describe no tools, as of `experiments.references.load_with_tools`.
        names: Of systems.

    Raises:
        DatasetError: A dataset cannot be loaded.
        RunDamagedError, RunMismatchError: A run cannot be read, or is of another dataset.
    """
    for path in paths:
        dataset = load_with_tools(path, tools)
        where = run_folder(folder, dataset.name, "x").parent
        found = [read_run(own, dataset) for own in sorted(where.iterdir()) if own.is_dir()] if where.is_dir() else []
        known = {run.system: run for run in found}
        yield dataset, [known[name] for name in names or known if name in known]
