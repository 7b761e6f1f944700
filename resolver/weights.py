"""Learned weights, shipped as readable JSON."""

from __future__ import annotations

import hashlib
import json
import math
from functools import lru_cache
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from resolver.errors import WeightsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["load_weights", "read_weights", "shipped_digest"]


@lru_cache(maxsize=1)
def shipped_digest() -> str:
    """What tells the shipped weights from others: the first 16 digits of the SHA-256 of all their files."""
    digest = hashlib.sha256()
    for file in sorted(resources.files("resolver").joinpath("data").iterdir(), key=lambda own: own.name):
        if file.is_file():
            digest.update(f"{file.name}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


@lru_cache(maxsize=16)
def load_weights(name: str, features: tuple[str, ...], *, section: str = "features") -> Mapping[str, float]:
    """The shipped weights ``resolver/data/<name>.json``, checked against the features they are for."""
    source = resources.files("resolver").joinpath("data").joinpath(f"{name}.json")
    text = source.read_text(encoding="utf-8")
    return MappingProxyType(read_weights(text, features, section=section, where=f"resolver/data/{name}.json"))


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
