"""A synthesis as files: PTBench's layout, with what is known of each record aside."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from contextlib import ExitStack
from importlib.metadata import version
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from experiments.errors import SynthesisError
from experiments.ptool.cases import told_exclusions
from experiments.ptool.pairs import make_pairs
from experiments.ptool.settings import Settings
from experiments.ptool.synthesis import SPLITS, Synthesis
from experiments.ptool.tuning import example
from indexes.files import sync_tree, work_beside

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from baselines.chat import ChatModel
    from experiments.ptool.tuning import TuningForm

__all__ = ["Written", "read_settings", "write_synthesis"]

_NOTED = 500
_BYTES = 8  # of a core, so that many take little room
_MANIFEST = "manifest.json"


class Written(NamedTuple):
    """What was written.

    Attributes:
        counts: Records by folder.
        kinds: Records but pairs, by kind.
        cores: How many different things are asked for in each split, in so many words: openers, sentences around and
            values aside, and in whichever order.
        rejected: How many cases were drawn and rejected, by reason.
    """

    counts: dict[str, int]
    kinds: dict[str, int]
    cores: dict[str, int]
    rejected: dict[str, int]


class _List:
    """A JSON list that is written element by element, one on a line."""

    def __init__(self, path: Path, stack: ExitStack) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file: IO[str] = stack.enter_context(path.open("w", encoding="utf-8", newline="\n"))
        self.count = 0
        stack.callback(self._close)

    def add(self, value: object) -> None:
        self._file.write(("[\n" if not self.count else ",\n") + json.dumps(value, ensure_ascii=False))
        self.count += 1

    def _close(self) -> None:
        self._file.write("\n]\n" if self.count else "[]\n")


def write_synthesis(
    settings: Settings,
    out: Path,
    *,
    pairs: int = 0,
    tuning: Sequence[TuningForm] = (),
    model: ChatModel | None = None,
    progress: Callable[[str], object] = lambda _text: None,
) -> Written:
    """Make all records, in constant memory, and put them into a folder, whole or not at all.

    The folder has ``test_trained_user/data.json``, ``test_untrained_user/data.json`` and ``training/data.json`` in
    PTBench's shape; ``slices.json``, by record id its group (the user), kind, scenario, gold evidence and the platforms
    that are excluded there, as ``fit --groups`` takes it; ``pairs/data.json``; ``tuning/FORM.jsonl``; and
    ``manifest.json``, with the settings, what was rejected, and the SHA-256 of each file. The same settings give the
    same bytes, with the same versions of Faker, NumPy and SciPy.

    Args:
        settings: What to make.
        out: The folder, which must not exist or be empty.
        pairs: How many pairs of each kind.
        tuning: Forms in which training records are exported for fine-tuning a language model.
        model: Rewrites requests and doubts records; a record that it doubts is left out.
        progress: Told how far it is.

    Raises:
        SynthesisError: The folder has files, or what is asked for cannot be made.
        OSError: The files cannot be written.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise SynthesisError(f"{out} is there already: give a folder that is not, or that is empty")
    synthesis = Synthesis(settings, model)
    with work_beside(out) as aside:
        counts: dict[str, int] = {}
        kinds: Counter[str] = Counter()
        cores: dict[str, set[bytes]] = {split: set() for split in SPLITS}
        with ExitStack() as stack:
            if pairs:
                paired = _List(aside / "pairs" / "data.json", stack)
                for record in make_pairs(settings, synthesis.world, pairs):
                    paired.add(record)
                counts["pairs"] = paired.count
            lists = {split: _List(aside / split / "data.json", stack) for split in SPLITS}
            slices: IO[str] = stack.enter_context((aside / "slices.json").open("w", encoding="utf-8", newline="\n"))
            forms = {form: stack.enter_context(_lines(aside / "tuning" / f"{form}.jsonl")) for form in tuning}
            slices.write("{")
            for number, made in enumerate(synthesis.records()):
                lists[made.split].add(made.record)
                kinds[made.case.kind] += 1
                cores[made.split].add(hashlib.blake2b(made.case.said.core.encode(), digest_size=_BYTES).digest())
                own = {
                    "group": made.person.name,
                    "split": made.split,
                    "kind": made.case.kind,
                    "scenario": made.record["scenario"],
                    "preferred": made.case.preferred,
                    "gold_evidence": list(made.case.evidence),
                    "excluded": told_exclusions(made.person, synthesis.world, made.case.scenario),
                    "sources": {**{name: ["query"] for name in made.case.from_query}, **made.case.sources},
                }
                slices.write(f"{',' if number else ''}\n{json.dumps(made.record['id'])}: {json.dumps(own)}")
                if made.split == "training":
                    for form, file in forms.items():
                        file.write(json.dumps(example(made.record, form), ensure_ascii=False) + "\n")
                if number % _NOTED == _NOTED - 1:
                    progress(f"{number + 1} records")
            slices.write("\n}\n")
            counts = {**{split: own.count for split, own in lists.items()}, **counts}
        different = {split: len(own) for split, own in cores.items()}
        written = Written(counts, dict(kinds.most_common()), different, dict(synthesis.rejected.most_common()))
        _write_manifest(aside, settings, written, pairs, model)
        sync_tree(aside)
        if out.exists():
            out.rmdir()
        aside.rename(out)
    return written


def read_settings(folder: Path) -> Settings:
    """The settings with which a folder was made.

    Raises:
        SynthesisError: The folder has no manifest of a synthesis.
    """
    try:
        told: dict[str, Any] = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))["settings"]
        given: dict[str, Any] = {name: tuple(own) if isinstance(own, list) else own for name, own in told.items()}
        return Settings(**given)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SynthesisError(f"{folder} has no manifest of a synthesis: {error!r}") from error


def _lines(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w", encoding="utf-8", newline="\n")


def _write_manifest(folder: Path, settings: Settings, written: Written, pairs: int, model: ChatModel | None) -> None:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    shown = {
        "settings": settings.to_json(),
        "pairs_of_each_kind": pairs,
        "records": written.counts,
        "kinds": written.kinds,
        "cores": written.cores,
        "rejected": written.rejected,
        "made_with": {name: version(name) for name in ("faker", "numpy", "scipy")},
        "model": None if model is None else dict(model.configuration),
        "files": {path.relative_to(folder).as_posix(): _digest(path) for path in files},
    }
    (folder / _MANIFEST).write_text(json.dumps(shown, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _digest(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()
