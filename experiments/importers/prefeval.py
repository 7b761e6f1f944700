"""PrefEval (arXiv 2502.09597) in its authors' layout becomes evidence records: which statement matters to a question.

The folder holds ``benchmark_dataset/explicit_preference/TOPIC.json``, lists of ``{preference, question, explanation}``.
A user of such a record has made the statement that belongs to the question and, as distractors, nine statements of
other entries of its topic and ten of other topics, fewer where the copy has fewer.

Nothing is random. Distractors are the first by SHA-256 of ``draw/ID/STATEMENT``; a record's statements stand in the
order of SHA-256 of ``order/ID/STATEMENT``, so that their places tell nothing. Another copy of the topics gives other
distractors. What differs from the right statement in case, quotation marks or spaces only is no distractor.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from experiments.errors import DatasetReadError
from experiments.importers.reading import read_entries
from experiments.importers.writing import Imported

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["import_prefeval"]

_SAME_TOPIC = 9
_OTHER_TOPICS = 10


def import_prefeval(folder: Path) -> Imported:
    """Convert the topics of a copy of PrefEval that are there.

    Args:
        folder: The one with ``benchmark_dataset`` in it.

    Returns:
        Evidence records ``{id, query, facts, gold, topic}``. Skipped is an entry with an empty question or preference.

    Raises:
        DatasetReadError: No topic is there, or a file is damaged.
        RecordError: An entry is not as its authors lay it out.
    """
    files = sorted((folder / "benchmark_dataset" / "explicit_preference").glob("*.json"))
    if not files:
        raise DatasetReadError(f"{folder}: no benchmark_dataset/explicit_preference/TOPIC.json is there")
    pairs = {
        file.stem: [(entry.get("question", str), entry.get("preference", str)) for entry in read_entries(file)]
        for file in files
    }
    # a statement by its words, for each topic: of those with the same words the first
    statements = {topic: _distinct(preference for _, preference in own) for topic, own in pairs.items()}
    imported = Imported.nothing()
    for topic, own in pairs.items():
        others = {words: text for other in pairs if other != topic for words, text in statements[other].items()}
        for index, (question, preference) in enumerate(own):
            name = f"prefeval/{topic}/{index}"
            if not question.strip() or not _words(preference):
                imported.skipped.append((name, "an empty question or preference"))
                continue
            imported.records.append(_record(name, question, preference, topic, (statements[topic], others)))
    return imported


def _record(
    name: str, question: str, preference: str, topic: str, pools: tuple[Mapping[str, str], Mapping[str, str]]
) -> dict[str, Any]:
    same, others = pools
    right = _words(preference)
    near = [text for words, text in same.items() if words != right]
    far = [text for words, text in others.items() if words not in same]
    drawn = [*_by_hash(f"draw/{name}", near)[:_SAME_TOPIC], *_by_hash(f"draw/{name}", far)[:_OTHER_TOPICS]]
    ordered = _by_hash(f"order/{name}", [preference, *drawn])
    return {
        "id": name,
        "query": question,
        "facts": {f"p{number}": text for number, text in enumerate(ordered)},
        "gold": [f"p{ordered.index(preference)}"],
        "topic": topic,
    }


def _by_hash(salt: str, texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda text: hashlib.sha256(f"{salt}/{text}".encode()).digest())


def _distinct(texts: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        if words := _words(text):
            found.setdefault(words, text)
    return found


def _words(text: str) -> str:
    return text.strip(" \t\n\"'").casefold()
