"""The weights that systems work with: the same for all cases, or for each those that were trained without its fold."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from resolver.errors import WeightsError
from resolver.models import Models
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    from baselines.case import Case

__all__ = ["FOLDS", "Weights", "read_folds"]

FOLDS = "folds.json"
"""The file that says which fold each case is in: ``{"folds": {case id: number}}``, next to ``fold-<number>``."""


@dataclass(frozen=True, kw_only=True)
class Weights:
    """Models, and which of them answer a case.

    Attributes:
        trained: One for all cases, or of each fold those that were trained without it.
        folds: By case id the number of its fold; None where there is one for all.
        digest: What tells these weights from others.
        name: Of the folder they are from; empty for the shipped ones.
    """

    trained: Sequence[Models] = field(repr=False)
    folds: Mapping[str, int] | None = field(default=None, repr=False)
    digest: str = "given"
    name: str = ""

    @classmethod
    def shipped(cls) -> Weights:
        """Those that the package brings along."""
        return cls(trained=[Models.load()], digest=SHIPPED.digest)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> Weights:
        """From a folder that ``profile-bench fit`` wrote: of ``--folds-out``, or else of ``--out``.

        Raises:
            WeightsError: It is neither, or a part is damaged.
        """
        path = Path(path)
        name = path.resolve().name
        if not (path / FOLDS).exists():
            folder = WeightFolder(path)
            return cls(trained=[Models.load(folder)], digest=folder.digest, name=name)
        folds = read_folds(path / FOLDS)
        folders = [WeightFolder(path / f"fold-{fold}") for fold in range(max(folds.values(), default=-1) + 1)]
        return cls(
            trained=[Models.load(folder) for folder in folders],
            folds=folds,
            digest="+".join(folder.digest for folder in folders),
            name=name,
        )

    def without(self, part: str) -> Weights:
        """These weights without a part. Raises `ValueError` where there is no such part."""
        return replace(self, trained=[own.without(part) for own in self.trained])

    def models(self, case: Case) -> Models:
        """The models to answer a case with.

        Raises:
            WeightsError: There are folds, and the case is in none: any of them may have been trained on it.
        """
        if self.folds is None:
            return self.trained[0]
        if case.id not in self.folds:
            raise WeightsError(f"weights {self.name}: the case {case.id!r} is in no fold; any may be trained on it")
        return self.trained[self.folds[case.id]]


def read_folds(file: Path) -> Mapping[str, int]:
    """By case id the number of its fold. Raises `WeightsError` where the file does not say so."""
    try:
        folds = {str(case): int(fold) for case, fold in json.loads(file.read_text(encoding="utf-8"))["folds"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise WeightsError(f'{file}: expected {{"folds": {{case id: number}}}}: {error!r}') from None
    if strange := [case for case, fold in folds.items() if not 0 <= fold < len(folds)]:
        raise WeightsError(f"{file}: the fold of {strange[0]!r} is {folds[strange[0]]}; folds are counted from 0")
    return folds
