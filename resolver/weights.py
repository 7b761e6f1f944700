"""Learned weights, in folders of readable JSON and of arrays without pickle."""

from __future__ import annotations

import hashlib
import io
import json
import math
import zipfile
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from resolver.errors import WeightsError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence
    from importlib.abc import Traversable

    from numpy.typing import NDArray

__all__ = ["SHIPPED", "WeightFolder", "read_weights"]

_T = TypeVar("_T")


class WeightFolder:
    """A folder of weights, as ``profile-bench fit --out`` writes it. Nothing is read before it is asked for.

    Args:
        path: The folder; the one that is shipped where none is given.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self._folder: Traversable = resources.files("resolver").joinpath("data") if path is None else Path(path)
        self.name = "resolver/data" if path is None else str(path)
        self._made: dict[Callable[[WeightFolder], Any], Any] = {}
        self._digest: str | None = None

    def once(self, make: Callable[[WeightFolder], _T]) -> _T:
        """What ``make`` makes of this folder, made at the first call."""
        if make not in self._made:
            self._made[make] = make(self)
        made: _T = self._made[make]
        return made

    def where(self, file: str) -> str:
        """What an error calls a file of the folder."""
        return f"{self.name}/{file}"

    def has(self, file: str) -> bool:
        """Whether there is such a file."""
        return self._folder.joinpath(file).is_file()

    def text(self, file: str) -> str:
        """A file's text. Raises `WeightsError` where it cannot be read, as all that follow do."""
        try:
            return self._bytes(file).decode("utf-8")
        except UnicodeDecodeError as error:
            raise WeightsError(f"{self.where(file)}: not UTF-8: {error.reason}") from None

    def json(self, file: str) -> dict[str, Any]:
        """The JSON object of a file."""
        try:
            read = json.loads(self.text(file))
        except (ValueError, RecursionError) as error:
            raise WeightsError(f"{self.where(file)}: not JSON: {error}") from None
        if not isinstance(read, dict):
            raise WeightsError(f"{self.where(file)}: expected a JSON object")
        return read

    def weights(
        self, file: str, features: Sequence[str], *, section: str = "features", part: str | None = None
    ) -> dict[str, float]:
        """The weights in a section of a JSON file, or of a part of it, checked as by `read_weights`."""
        if part is None:
            return read_weights(self.text(file), features, section=section, where=self.where(file))
        text = json.dumps(self.json(file).get(part))
        return read_weights(text, features, section=section, where=f"{self.where(file)}: {part}")

    def array(self, file: str) -> NDArray[Any]:
        """The array of a ``.npy`` file."""
        try:
            array: NDArray[Any] = np.lib.format.read_array(io.BytesIO(self._bytes(file)), allow_pickle=False)
        except (ValueError, EOFError, OSError) as error:
            raise WeightsError(f"{self.where(file)}: not an array: {error}") from None
        return array

    def arrays(self, file: str, names: Sequence[str]) -> list[NDArray[np.float32]]:
        """Arrays of a ``.npz`` file by their names, as float32."""
        try:
            with np.load(io.BytesIO(self._bytes(file)), allow_pickle=False) as held:
                return [held[name].astype(np.float32) for name in names]
        except (ValueError, KeyError, EOFError, OSError, zipfile.BadZipFile) as error:
            raise WeightsError(f"{self.where(file)}: expected the arrays {', '.join(names)}: {error!r}") from None

    @property
    def digest(self) -> str:
        """What tells these weights from others: the first 16 digits of the SHA-256 of all files of the folder."""
        if self._digest is None:
            digest = hashlib.sha256()
            for file in sorted(self._folder.iterdir(), key=lambda own: own.name):
                if file.is_file():
                    digest.update(f"{file.name}\0".encode())
                    digest.update(hashlib.sha256(file.read_bytes()).digest())
            self._digest = digest.hexdigest()[:16]
        return self._digest

    def _bytes(self, file: str) -> bytes:
        try:
            return self._folder.joinpath(file).read_bytes()
        except OSError as error:
            raise WeightsError(f"{self.where(file)}: {error.strerror or error}") from None


SHIPPED = WeightFolder()
"""The weights that the package brings along."""


def read_weights(
    source: str | Path, features: Sequence[str], *, section: str = "features", where: str | None = None
) -> dict[str, float]:
    """Weights by feature from a file or JSON text ``{"features": {name: weight}, ...}``.

    Args:
        source: The file, or the text itself.
        features: The features there must be a weight for, and no other.
        section: The key of the weights in the JSON object.
        where: What an error names as the place.

    Raises:
        WeightsError: Damaged JSON, a feature that is missing or unknown, or a weight that is not a finite number.
    """
    if isinstance(source, Path):
        where = where or str(source)
        try:
            source = source.read_text(encoding="utf-8")
        except OSError as error:
            raise WeightsError(f"{where}: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise WeightsError(f"{where}: not UTF-8: {error.reason}") from None
    where = where or "weights"
    try:
        data: Any = json.loads(source)
        stated = data[section]
        weights = {str(name): _number(value) for name, value in stated.items()}
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError) as error:
        raise WeightsError(f'{where}: expected {{"{section}": {{name: number}}}}: {error!r}') from None
    if missing := set(features) - weights.keys():
        raise WeightsError(f"{where}: no weight for {', '.join(sorted(missing))}; fit it again")
    if unknown := weights.keys() - set(features):
        raise WeightsError(f"{where}: weights for the unknown features {', '.join(sorted(unknown))}; fit it again")
    if bad := [name for name, value in weights.items() if not math.isfinite(value)]:
        raise WeightsError(f"{where}: the weight of {bad[0]} is not a finite number")
    return weights


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is not a number")
    return float(value)
