"""The manifest of a run directory: what the run is of, checked before anything is added to it."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import json
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments._files import write_json
from experiments.errors import RunDamagedError, RunError, RunMismatchError

if TYPE_CHECKING:
    from baselines.case import System
    from experiments.records import Dataset

__all__ = ["check_manifest", "note_continued", "read_system"]

_PACKAGES = (
    *("profile-resolver", "faiss-cpu", "numpy", "onnxruntime", "pydantic", "rank-bm25", "sentence-transformers"),
    *("snowballstemmer", "torch"),
)


def check_manifest(directory: Path, system: System, dataset: Dataset) -> None:
    """Writes ``manifest.json`` into a new run directory, or compares it with what is to be run.

    The seed (null where the system names none), versions, the commit of a checkout, the machine and the time of
    creation are recorded, not compared; `note_continued` adds what changed.

    Raises:
        RunMismatchError: The directory is a run of another dataset, system or configuration; names what differs.
        RunDamagedError: There are predictions without a manifest, or the manifest cannot be read.
        RunError: The system's configuration is nothing that JSON can hold.
    """
    file = directory / "manifest.json"
    identity = _identity(system, dataset)
    if not file.exists():
        if (directory / "predictions.jsonl").exists():
            raise RunDamagedError(f"{directory}: holds predictions but no manifest.json; move the directory away")
        seed = _seed(system, identity["system"]["configuration"])
        write_json(file, {**identity, "seed": seed, **_surroundings(), "created": _now()})
        return
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        differing = _differences({key: stored[key] for key in identity}, identity)
    except (ValueError, KeyError, TypeError) as error:
        raise RunDamagedError(f"{file}: cannot be read; move the directory away and run anew") from error
    if differing:
        raise RunMismatchError(
            f"{directory} is a run of something else: {'; '.join(differing)}; choose another directory, or move it away"
        )


def note_continued(directory: Path, *, answered: int) -> None:
    """Adds to the manifest that answers come from another commit, other versions or another machine from here on.

    Args:
        directory: Of a run, whose manifest was checked.
        answered: How many records were answered before.
    """
    file = directory / "manifest.json"
    stored = json.loads(file.read_text(encoding="utf-8"))
    others = stored.get("continued", [])
    latest, now = (others or [stored])[-1], _surroundings()
    if any(latest.get(key) != value for key, value in now.items()):
        write_json(file, {**stored, "continued": [*others, {**now, "at": _now(), "answered": answered}]})


def read_system(directory: Path, dataset: Dataset) -> str:
    """The name of the system of a run.

    Raises:
        RunMismatchError: The run is of another dataset.
        RunDamagedError: There is no manifest, or it cannot be read.
    """
    file = directory / "manifest.json"
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        sha256, name = stored["dataset"]["sha256"], str(stored["system"]["name"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunDamagedError(f"{file}: cannot be read; is {directory} a run directory?") from error
    if sha256 != dataset.sha256:
        raise RunMismatchError(
            f"{directory} is a run of {stored['dataset']['name']!r}, not of {dataset.name!r} as it is here"
        )
    return name


def _identity(system: System, dataset: Dataset) -> dict[str, Any]:
    configuration = getattr(system, "configuration", {})
    try:
        plain = json.loads(json.dumps(dict(configuration), sort_keys=True, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise RunError(
            f"system {system.name!r}: its configuration must be a mapping of plain JSON values ({error})"
        ) from error
    return {
        "dataset": {"name": dataset.name, "sha256": dataset.sha256, "records": len(dataset.records)},
        "system": {"name": system.name, "configuration": plain},
    }


def _surroundings() -> dict[str, Any]:
    return {
        "versions": {"python": platform.python_version(), "packages": _versions()},
        "commit": _commit(),
        "machine": {
            "system": platform.system(),
            "machine": platform.machine(),
            "processor": _processor(),
            "processors": os.cpu_count(),
            "memory_gib": _memory(),
        },
    }


def _seed(system: System, configuration: dict[str, Any]) -> int | None:
    """What a system draws with: its own seed, or that of its configuration or of its language model's."""
    model = configuration.get("model")
    places = (getattr(system, "seed", None), configuration.get("seed"), isinstance(model, dict) and model.get("seed"))
    return next((own for own in places if isinstance(own, int) and not isinstance(own, bool)), None)


def _processor() -> str | None:
    """The processor's model, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.lower().startswith("model name"))
    return next(named, None) or platform.processor() or None


def _memory() -> int | None:
    """The memory in GiB, rounded, since a system keeps a little for itself and not always as much."""
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):  # of systems that do not tell
        return None


def _now() -> str:
    return dt.datetime.now(tz=dt.timezone.utc).isoformat(timespec="seconds")


def _versions() -> dict[str, str]:
    wanted = {name: _version(name) for name in _PACKAGES}
    return {name: version for name, version in wanted.items() if version is not None}


def _commit() -> str | None:
    """The commit that this package is checked out at, with ``+`` where files differ from it; None where it is none."""
    here = Path(__file__).parents[1]
    git = shutil.which("git")
    if git is None or not (here / ".git").exists():
        return None
    told = []
    for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no")):
        try:
            asked = subprocess.run(  # noqa: S603 - git itself, with words of our own
                [git, "-C", str(here), *words], capture_output=True, text=True, check=True, timeout=10
            )
        except (OSError, subprocess.SubprocessError):
            return None
        told.append(asked.stdout.strip())
    return told[0] + ("+" if told[1] else "")


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _differences(stored: Any, wanted: Any, path: str = "") -> list[str]:  # noqa: ANN401  (JSON of any shape)
    """What differs, as ``path is X there and Y here``."""
    if isinstance(stored, dict) and isinstance(wanted, dict):
        keys = sorted(stored.keys() | wanted.keys())
        return [
            difference
            for key in keys
            for difference in _differences(stored.get(key), wanted.get(key), f"{path}.{key}" if path else key)
        ]
    return [] if stored == wanted else [f"{path} is {stored!r} there and {wanted!r} here"]
