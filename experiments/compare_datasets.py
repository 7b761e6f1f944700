"""Results on several datasets: a table for each, one of all together, and two systems for a cascade over all."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from experiments.compare import compare_runs, data_names, shared_records
from experiments.conclusions import conclusion
from experiments.errors import RunMismatchError
from experiments.records import both_splits
from experiments.results import RunResults, drawn_with, require_groups

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from experiments.compare import Compared
    from experiments.conclusions import Conclusion
    from experiments.records import Split

__all__ = ["DatasetTable", "cascade_runs", "compare_datasets", "drawn_by", "together"]


class DatasetTable(NamedTuple):
    """The systems on one dataset, or on all together.

    Attributes:
        title: The dataset's name, with the first 8 digits of its digest where another one has the same name.
        sha256: Tells the dataset from others; of all together its title.
        rows: A system each.
        reference: To which differences are taken; None where the one that was asked for has no run there.
        conclusion: Of its users, where they are few or the table is of a split.
        split: Of the dataset, where the table is of one alone.
    """

    title: str
    sha256: str
    rows: list[Compared]
    reference: str | None
    conclusion: Conclusion | None
    split: Split | None = None


def compare_datasets(
    results: Sequence[RunResults],
    *,
    reference: str | None = None,
    common: bool = False,
    only_together: bool = False,
) -> list[DatasetTable]:
    """A table for each dataset, in the order given, and one of all together if a system ran on all of several.

    A dataset with both of PTBench's splits has a table for each of them, too, behind its own: what may be concluded of
    the one, with its own users, may not be of the other.

    Args:
        results: Of runs, at most one of each system on each dataset.
        reference: The system to which differences are taken; else to the first of each table. A dataset on which it
            did not run is compared without differences.
        common: Compare the records that all runs of a dataset have, where they differ in these.
        only_together: Give the table of all together alone, which of one dataset is that dataset's.

    Raises:
        RunMismatchError: No dataset has a run of the reference; no system ran on all of several datasets, of which the
            table of all together is asked for; or as `compare_runs`.
    """
    systems = {own.system for own in results}
    if reference is not None and reference not in systems:
        raise RunMismatchError(f"no run of the reference {reference!r}; there are {', '.join(sorted(systems))}")
    groups = [shared_records(group, common=common) for group in _by_dataset(results)]
    whole = together(groups) if len(groups) > 1 else []
    if only_together and len(groups) > 1:
        if not whole:
            raise RunMismatchError("no system ran on all of the datasets")
        groups, whole = [whole], []
    titles = data_names([group[0] for group in groups])
    tables = []
    for group in groups:
        title = titles[group[0].sha256]
        tables.append(_table(title, group, reference))
        if not only_together:
            tables += _of_splits(title, group, reference)
    return [*tables, *([_table(whole[0].dataset, whole, reference)] if whole else [])]


def together(groups: Sequence[Sequence[RunResults]]) -> list[RunResults]:
    """Runs on several datasets as runs on one, for the systems, if any, that ran on all; each record counts once.

    Args:
        groups: For each dataset its runs, each of the same records.
    """
    by_name = [{run.system: run for run in group} for group in groups]
    names = [name for name in (by_name[0] if by_name else ()) if all(name in own for own in by_name)]
    title = f"{len(groups)} datasets together"
    return [
        RunResults(
            dataset=title,
            sha256=title,
            system=name,
            records=tuple(
                record.model_copy(update={"id": f"{own[name].sha256}/{record.id}"})
                for own in by_name
                for record in own[name].records
            ),
        )
        for name in names
    ]


def drawn_by(results: Sequence[RunResults], groups: Mapping[str, str]) -> list[RunResults]:
    """The same results, whose intervals draw whole groups of records in place of whole users.

    For records of other users that hang together, such as those of one query family. A record in no group stays with
    its user.

    Args:
        results: Of runs.
        groups: By record id.

    Raises:
        RunMismatchError: No record of any run is in a group.
    """
    require_groups(groups, (record.id for own in results for record in own.records), of="runs")
    return [
        own.model_copy(
            update={
                "records": tuple(
                    record.model_copy(update={"user": drawn_with(record.id, record.user, groups)})
                    for record in own.records
                )
            }
        )
        for own in results
    ]


def cascade_runs(results: Sequence[RunResults], *, alone: str, asking: str) -> tuple[RunResults, RunResults]:
    """Two systems on the records that both have, of all datasets together, for `experiments.compare.cascade_curve`.

    Args:
        results: Of runs; those of other systems do not matter.
        alone: The system that is asked first.
        asking: The one that is asked if the first is unsure.

    Raises:
        RunMismatchError: Both are the same system, there is a dataset on which one of them did not run, or on one they
            have no record in common.
    """
    if alone == asking:
        raise RunMismatchError(f"a cascade is of two systems, and {alone!r} was named for both")
    groups = _by_dataset([own for own in results if own.system in {alone, asking}])
    names = data_names([group[0] for group in groups])
    for group in groups:
        if lacking := {alone, asking} - {own.system for own in group}:
            name = names[group[0].sha256]
            raise RunMismatchError(f"{name}: no results of {lacking.pop()!r}; a cascade needs both on each dataset")
    runs = {own.system: own for own in together([shared_records(group, common=True) for group in groups])}
    if not runs:
        raise RunMismatchError(f"no results of {alone!r} and {asking!r}")
    return runs[alone], runs[asking]


def _by_dataset(results: Sequence[RunResults]) -> list[list[RunResults]]:
    groups: dict[str, list[RunResults]] = {}
    for own in results:
        groups.setdefault(own.sha256, []).append(own)
    return list(groups.values())


def _table(title: str, group: Sequence[RunResults], reference: str | None, split: Split | None = None) -> DatasetTable:
    own = reference or group[0].system
    known = own if any(run.system == own for run in group) else None
    rows = compare_runs(group, reference=known)
    found = conclusion(group, rows)
    return DatasetTable(title, group[0].sha256, rows, known, found if found.rows or split else None, split)


def _of_splits(title: str, group: Sequence[RunResults], reference: str | None) -> list[DatasetTable]:
    """A table for each split of a dataset that has both; of runs over the same records."""
    tables = []
    for split in both_splits(record.split for record in group[0].records):
        own = [
            run.model_copy(update={"records": tuple(record for record in run.records if record.split == split)})
            for run in group
        ]
        tables.append(_table(f"{title}: {split}", own, reference, split))
    return tables
