"""Any JSON becomes a Profile: attributes and statements become Facts, logs become Events.

The rules, applied to every node of the tree from the top:

1. a log (see `resolver.logs`) becomes Events;
2. a dict of one value and its validity (``{"value": ..., "valid_from": ...}``) becomes one Fact;
3. any other dict or list is walked, and the way down is the Fact's path;
4. a scalar becomes one Fact, null and empty text none; so a list of statements becomes one Fact each;
5. plain text at the top, and an attribute that is a text of several lines or over 400 characters, becomes one Fact for
   each statement in it.

A Fact is a statement when it is a sentence, or stands among sentences; else it is the value of an attribute, and its
indexed text begins with the words of its path.
"""

from __future__ import annotations

import hashlib
import json
import re
from functools import partial
from typing import TYPE_CHECKING

from resolver.errors import ProfileError
from resolver.json_values import MAX_DEPTH, NotJsonError, looks_like_json, parse_json, plain_json
from resolver.logs import read_log
from resolver.names import words
from resolver.profile import Event, Fact, FactId, Profile, UserId, check_user

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pydantic import JsonValue

__all__ = ["MAX_DEPTH", "read_profile", "split_statements"]

_LONGEST_STATEMENT = 1_000
_LONGEST_ATTRIBUTE = 400
_VALUE_KEYS = ("value", "statement", "text", "fact")
_FROM_KEYS = ("valid_from", "since")
_TO_KEYS = ("valid_to", "until")
_USER_KEYS = ("user_id", "userId", "user")
_PLAIN_KEY = re.compile(r"[^\W\d]\w*(?:[ -]\w+)*")
_WIDE_STOPS = "\u3002\uff01\uff1f\uff1b"  # the full-width . ! ? ; of Chinese and Japanese
_LINE_END = re.compile(r"[\r\n\u2028\u2029]+")
_SENTENCE_END = re.compile(rf"(?<=[.!?;{_WIDE_STOPS}])\s+(?=[^\W\d_a-z])|(?<=[{_WIDE_STOPS}])")
_BULLET = re.compile(r"^(?:[-*\u2022\u00b7]|\(?\d{1,3}[.)])\s+")
_SENTENCE_WORD = re.compile(
    r"\b(?:i|i'm|i'd|my|me|we|you|he|she|they|their|is|are|was|am|be|been|has|have|had|do|does|don't|will|would|should|"
    r"always|never|often|usually|rarely|likes?|loves?|hates?|prefers?|avoids?|wants?|needs?|enjoys?|tends?|values?|"
    r"if|when|whenever|request|search|the|a|an|and|to|of|for|with)\b",
    re.IGNORECASE,
)
_FEWEST_WORDS = 4


def read_profile(data: JsonValue, *, user: str | None = None) -> Profile:
    """Read any JSON as a profile, by the rules at the top of this module.

    Args:
        data: A dict, list or scalar; a string that begins like JSON is parsed as such.
        user: The user's id; see `Profile.from_json`.

    Raises:
        ProfileError: Damaged JSON text, a value that is not JSON, or more than `MAX_DEPTH` levels.
        MissingUserError: ``user`` is given and empty.
    """
    if user is not None:
        check_user(user)
    data = _parse(data)
    reader = _Reader()
    reader.walk(data, ())
    return Profile(
        user=UserId(user if user is not None else _own_user(data)),
        facts=tuple(reader.facts),
        events=tuple(reader.events),
    )


def split_statements(text: str) -> list[str]:
    r"""The statements of a plain text: its lines and sentences, without bullets.

    A sentence ends before white space and a capital letter, so that "Dr. Who" is cut (a known limit) and "3.5 km" is
    not. A statement over 1,000 characters is cut at white space where there is any.

    >>> split_statements("I avoid gluten. My office is at 3.5 km\n- Prefers trains")
    ['I avoid gluten.', 'My office is at 3.5 km', 'Prefers trains']
    """
    pieces = (
        _BULLET.sub("", piece.strip()) for line in _LINE_END.split(text) for piece in _SENTENCE_END.split(line.strip())
    )
    return [part for piece in pieces if piece for part in _chunks(piece)]


def _chunks(piece: str) -> Iterator[str]:
    start = 0
    while len(piece) - start > _LONGEST_STATEMENT:
        cut = piece.rfind(" ", start + 1, start + _LONGEST_STATEMENT)
        cut = cut if cut > start else start + _LONGEST_STATEMENT
        yield piece[start:cut].strip()
        start = cut + (piece[cut] == " ")
    if rest := piece[start:].strip():
        yield rest


def _parse(data: object) -> JsonValue:
    """JSON text becomes its value; other text stays as it is."""
    if isinstance(data, bytes | bytearray):
        raise ProfileError("a profile is JSON or text, not bytes; decode it first")
    try:
        if isinstance(data, str) and looks_like_json(data):
            return parse_json(data.strip().removeprefix("\ufeff"))
        return plain_json(data)
    except NotJsonError as error:
        hint = "; give whole JSON, or plain text that does not begin with a bracket" if isinstance(data, str) else ""
        raise ProfileError(f"the profile cannot be read as JSON: {error}{hint}") from None


def _own_user(data: JsonValue) -> str:
    if isinstance(data, dict):
        for name in _USER_KEYS:
            value = data.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
                return str(value).strip()
    content = json.dumps(data, sort_keys=True, ensure_ascii=True).encode()
    return f"user-{hashlib.sha256(content).hexdigest()[:16]}"


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= _FEWEST_WORDS and _SENTENCE_WORD.search(text) is not None


def _mostly_sentences(nodes: Iterable[JsonValue]) -> bool:
    texts = [node for node in nodes if isinstance(node, str)]
    return 2 * sum(map(_is_sentence, texts)) > len(texts)


def _first(node: dict[str, JsonValue], keys: tuple[str, ...]) -> str | None:
    return next((str(node[name]) for name in keys if node.get(name) is not None), None)


class _Reader:
    """Collects the Facts and Events of one tree."""

    def __init__(self) -> None:
        self.facts: list[Fact] = []
        self.events: list[Event] = []

    def walk(self, node: JsonValue, path: tuple[str | int, ...]) -> None:
        """Read a node and all below it. Its nesting was checked, so that recursion is bounded."""
        if isinstance(node, dict | list) and (
            events := read_log(node, name=str(path[-1]) if path else "", path=partial(_entry_path, path))
        ):
            self.events.extend(events)
        elif isinstance(node, dict):
            if not self._fact_with_times(node, path):
                among = _mostly_sentences(node.values())
                for name, child in node.items():
                    self._child(child, (*path, name), among_sentences=among, listed=False)
        elif isinstance(node, list):
            among = _mostly_sentences(node)
            for index, child in enumerate(node):
                self._child(child, (*path, index), among_sentences=among, listed=True)
        elif isinstance(node, str):
            for index, statement in enumerate(split_statements(node)):
                self._fact((*path, index), statement, statement, statement=True)
        elif node is not None:
            self._fact(path, node, _described(path, json.dumps(node)), statement=False)

    def _child(self, node: JsonValue, path: tuple[str | int, ...], *, among_sentences: bool, listed: bool) -> None:
        if not isinstance(node, str):
            self.walk(node, path)
            return
        text = node.strip()
        sentence = among_sentences or _is_sentence(text)
        if sentence and not listed and ("\n" in text or len(text) > _LONGEST_ATTRIBUTE):
            self.walk(node, path)
        elif text:
            self._fact(path, text, text if sentence else _described(path, text), statement=sentence)

    def _fact_with_times(self, node: dict[str, JsonValue], path: tuple[str | int, ...]) -> bool:
        times = {*_FROM_KEYS, *_TO_KEYS}
        held = [name for name in _VALUE_KEYS if name in node]
        if len(held) != 1 or not times & node.keys() or not node.keys() <= {*times, held[0], "id", "source"}:
            return False
        value = node[held[0]]
        if isinstance(value, dict | list) or value is None:
            return False
        text = value if isinstance(value, str) else json.dumps(value)
        sentence = _is_sentence(text)
        self._fact(
            path or (held[0],),
            value,
            text if sentence else _described(path, text),
            statement=sentence,
            valid_from=_first(node, _FROM_KEYS),
            valid_to=_first(node, _TO_KEYS),
        )
        return True

    def _fact(
        self,
        path: tuple[str | int, ...],
        value: JsonValue,
        text: str,
        *,
        statement: bool,
        valid_from: str | None = None,
        valid_to: str | None = None,
    ) -> None:
        where = _join(path) or "value"
        self.facts.append(
            Fact(
                id=FactId(where),
                path=where,
                value=value,
                text=text,
                statement=statement,
                valid_from=valid_from,
                valid_to=valid_to,
            )
        )


def _entry_path(path: tuple[str | int, ...], place: int | str) -> str:
    return _join((*(path or ("log",)), place))


def _join(path: tuple[str | int, ...]) -> str:
    """A path as text that no other path has: names by dot, indices and unusual names in brackets."""
    parts: list[str] = []
    for part in path:
        if isinstance(part, int):
            parts.append(f"[{part}]")
        elif _PLAIN_KEY.fullmatch(part):
            parts.append(f".{part}" if parts else part)
        else:
            parts.append(f"[{json.dumps(part, ensure_ascii=False)}]")
    return "".join(parts)


def _described(path: tuple[str | int, ...], text: str) -> str:
    label = " ".join(filter(None, (words(part) for part in path if isinstance(part, str))))
    return f"{label}: {text}" if label else text
