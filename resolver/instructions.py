"""Standing instructions: statements that set a parameter of a tool, some of them under a condition.

"If I book a table, then a quiet one", "if the dish is ramen, try Blue Lagoon": each statement is read for the
chosen tool as settings (a parameter and a value), those in its condition and those it asks for. Then the settings whose
conditions hold are applied, to a fixed point, since one instruction may meet the condition of another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from resolver.applying import Applied, Instruction, Setting, apply_settings
from resolver.clauses import sides
from resolver.coerce import stems
from resolver.errors import WeightsError
from resolver.instruction_features import (
    DOMAIN_FEATURES,
    VALUE_FEATURES,
    domain_rows,
    name_shares,
    read_values,
    vectors_of,
)
from resolver.kinds import KindSpace
from resolver.offers_of_profile import never_from_prose
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from pydantic import JsonValue

    from resolver.asking import Asked
    from resolver.cards import CatalogIndex
    from resolver.clauses import Piece
    from resolver.instruction_features import Reading, StatementVectors
    from resolver.records import Linked

__all__ = ["BIAS", "InstructionReader", "apply_instructions", "likeness", "speaks_surely"]

BIAS = "bias"
# Log-odds from which a statement counts as speaking of a tool, a setting as read, and the likeliest setting of one that
# has the form of an instruction and would set nothing else. Chosen in cross-validation; with -2 statements are heard a
# little more often, also those about other things.
_SPEAKS = -1.5
_SPEAKS_SURELY = 0.0
_READ = -0.5
_LIKELIEST = -4.0
# Share of a tool's name that has to stand in a statement which thereby speaks of it
_NAMES = 0.5
_MUCH = 3.0
_MOST_STATEMENTS = 64


class InstructionReader:
    """Reads statements as instructions for a tool.

    Args:
        domain: Weight by feature of `DOMAIN_FEATURES` and of ``bias``: does a statement speak of a tool?
        value: The same for `VALUE_FEATURES`: does a piece of it set a parameter?
        head: ``(k, d + 1)``: how a piece in the space of kinds suits a parameter by its embedding; the first column is
            for any parameter.
        kinds: The space of kinds.

    Attributes:
        domain, value, head, kinds: As given.

    Raises:
        WeightsError: A feature is missing or unknown, or the head does not fit the space of kinds.
    """

    def __init__(
        self, domain: Mapping[str, float], value: Mapping[str, float], head: NDArray[np.float32], kinds: KindSpace
    ) -> None:
        for given, names in ((domain, DOMAIN_FEATURES), (value, VALUE_FEATURES)):
            if set(given) != {*names, BIAS}:
                wrong = ", ".join(sorted({*names, BIAS} ^ set(given)))
                raise WeightsError(f"instructions: weights are missing or unknown: {wrong}")
        if head.shape != (kinds.size, kinds.dimension + 1) or not np.isfinite(head).all():
            raise WeightsError(f"instructions: expected a head of {kinds.size} by {kinds.dimension + 1}")
        self._domain = np.array([domain[name] for name in DOMAIN_FEATURES])
        self._value = np.array([value[name] for name in VALUE_FEATURES])
        self._bias = domain[BIAS], value[BIAS]
        self.domain, self.value, self.head, self.kinds = dict(domain), dict(value), head, kinds

    @classmethod
    def load(cls, folder: WeightFolder | None = None) -> InstructionReader:
        """The reader of a folder, the shipped one without."""
        return (folder or SHIPPED).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> InstructionReader:
        domain, value = (
            folder.weights("instructions.json", (*names, BIAS), part=part)
            for part, names in (("domain", DOMAIN_FEATURES), ("value", VALUE_FEATURES))
        )
        return cls(domain, value, folder.array("instructions.npy").astype(np.float32), KindSpace.load(folder))

    def vectors(self, texts: Sequence[str], cards: CatalogIndex) -> list[StatementVectors]:
        """Statements with what is computed of them once."""
        return vectors_of(texts, cards, self.kinds)

    def speaks_of(self, cards: CatalogIndex, statement: StatementVectors) -> NDArray[np.float64]:
        """Log-odds that a statement speaks of each tool, ``(t,) float64``."""
        scores: NDArray[np.float64] = domain_rows(cards, statement) @ self._domain + self._bias[0]
        return scores

    def read(
        self, cards: CatalogIndex, tool: int, statement: StatementVectors, *, surely: bool = True
    ) -> tuple[Setting, ...]:
        """The settings of a statement that speaks of a tool, the surest first; each piece once.

        Each parameter once too, except for what "or" leaves to choose from.

        Args:
            cards: The catalog.
            tool: The tool's number.
            statement: The statement.
            surely: Whether it surely speaks of the tool. Where it only may, nothing is taken that rests on the
                statement's being about the tool more than on its words: a yes or no, and a setting that is merely the
                likeliest, unless a condition was read that says so.
        """
        readings, rows = read_values(cards, tool, statement)
        if not readings:
            return ()
        scores = rows @ self._value + self._bias[1] + self._of_kinds(cards, tool, statement, readings)
        order = [int(n) for n in np.argsort(-scores, kind="stable") if scores[n] > _LIKELIEST]
        chosen: list[Setting] = []
        taken: list[tuple[int, int]] = []
        asks = False
        groups = sides(statement.reading.text)
        form = statement.reading
        instructs = form.conditional or form.commanding or form.liking
        for number in order:
            reading, score = readings[number], float(scores[number])
            piece = statement.pieces[reading.piece] if reading.piece >= 0 else None
            if score <= _READ and (asks or not instructs or piece is None or piece.conditional):
                continue
            if not surely and (piece is None or (score <= _READ and not any(one.conditional for one in chosen))):
                continue
            if any(reading.parameter == setting.parameter for setting in chosen):
                continue
            if piece is not None:
                # what holds an "or" between its sides is no value: its sides are
                across = any(
                    sum(piece.start < end and start < piece.end for start, end in group) > 1 for group in groups
                )
                if across or any(piece.start < end and start < piece.end for start, end in taken):
                    continue
                taken.append((piece.start, piece.end))
            conditional = piece is not None and piece.conditional
            asks = asks or not conditional
            chosen.append(Setting(reading.parameter, reading.value, score, conditional, reading.piece))
        return tuple(_with_sides(chosen, groups, statement, readings, scores))

    def _of_kinds(
        self, cards: CatalogIndex, tool: int, statement: StatementVectors, readings: Sequence[Reading]
    ) -> NDArray[np.float64]:
        vectors = cards.parameter_vectors(tool)
        if not self.kinds.knows(cards.embedder):
            return np.zeros(len(readings))
        suits = statement.kinds @ (self.head[:, :1] + self.head[:, 1:] @ vectors.T)
        return np.array([float(suits[r.piece, r.parameter]) if r.piece >= 0 else 0.0 for r in readings])


def _with_sides(
    chosen: Sequence[Setting],
    groups: Sequence[tuple[tuple[int, int], ...]],
    statement: StatementVectors,
    readings: Sequence[Reading],
    scores: NDArray[np.float64],
) -> Iterator[Setting]:
    """The settings, and where one is a side of an "or", all sides of it in the statement's order.

    A side is read whole where it can be a value of the parameter, and is as sure as the surest of them: if one is a
    value of the parameter, so are the others. What it chooses between is for one parameter, the surest.
    """
    owned: list[tuple[int, int]] = []
    for setting in chosen:
        piece = statement.pieces[setting.piece] if groups and setting.piece >= 0 else None
        if piece and _among(piece, owned):
            continue
        own = next((group for group in groups if piece and _among(piece, group)), ())
        owned += own
        read = [_of_side(setting, place, statement, readings, scores) for place in own]
        if len(read) > 1 and all(number >= 0 for number in read):
            for number in read:
                yield setting._replace(value=readings[number].value, piece=readings[number].piece)
        else:
            yield setting


def _of_side(
    setting: Setting,
    place: tuple[int, int],
    statement: StatementVectors,
    readings: Sequence[Reading],
    scores: NDArray[np.float64],
) -> int:
    """The number of the reading of a side of an "or" for a setting's parameter; -1 where no part of it can be a value.

    That of the whole side, unless a part of it is much likelier: "jazz" of "jazz music" where that is one of a set.
    """
    own = [
        number
        for number, reading in enumerate(readings)
        if reading.parameter == setting.parameter
        and reading.piece >= 0
        and _among(statement.pieces[reading.piece], (place,))
    ]
    if not own:
        return -1
    best = max(own, key=lambda number: scores[number])
    longest = {number: len(statement.pieces[readings[number].piece].text) for number in own}
    whole = max(own, key=lambda number: longest[number])
    return whole if scores[whole] >= scores[best] - _MUCH else best


def _among(piece: Piece, places: Sequence[tuple[int, int]]) -> bool:
    return any(start <= piece.start and piece.end <= end for start, end in places)


class _Known:
    """What was read of one user's statements for one catalog."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}
        self.vectors: dict[int, StatementVectors] = {}
        self.domains: dict[int, NDArray[np.float64]] = {}
        self.surely: dict[int, NDArray[np.bool_]] = {}
        self.settings: dict[tuple[int, int], tuple[Setting, ...]] = {}


# by snapshot of a user's records, and gone with it or with the reader
_KNOWN: WeakKeyDictionary[Linked, WeakKeyDictionary[InstructionReader, _Known]] = WeakKeyDictionary()


def _known(linked: Linked, reader: InstructionReader) -> _Known:
    return _KNOWN.setdefault(linked, WeakKeyDictionary()).setdefault(reader, _Known())


def _read_new(
    known: _Known, cards: CatalogIndex, linked: Linked, numbers: Sequence[int], reader: InstructionReader
) -> None:
    """Reads those of some facts, by number, that were not read before."""
    if new := [number for number in numbers if number not in known.vectors]:
        for number, vectors in zip(new, reader.vectors([linked.facts[n].text for n in new], cards), strict=True):
            known.domains[number] = reader.speaks_of(cards, vectors)
            named = name_shares(cards, vectors.reading.stems) >= _NAMES
            known.surely[number] = (known.domains[number] >= _SPEAKS_SURELY) | named
            known.vectors[number] = vectors
            known.numbers[linked.facts[number].id] = number


def speaks_surely(
    cards: CatalogIndex, linked: Linked, tool: int, number: int, *, reader: InstructionReader | None
) -> bool:
    """Whether a statement speaks of a tool rather than not, by the model or by half of the tool's name in it.

    Args:
        cards: The catalog.
        linked: The user's records.
        tool: The tool's number.
        number: The number of the statement's fact.
        reader: Whose model tells; the name alone does where there is none.
    """
    if reader is None:
        return bool(name_shares(cards, frozenset(stems(linked.facts[number].text)))[tool] >= _NAMES)
    known = _known(linked, reader)
    _read_new(known, cards, linked, [number], reader)
    return bool(known.surely[number][tool])


def apply_instructions(
    cards: CatalogIndex,
    linked: Linked,
    asked: Asked,
    tool: int,
    said: Mapping[str, JsonValue],
    *,
    reader: InstructionReader | None = None,
    aside: Collection[int] = (),
) -> tuple[list[Applied], frozenset[int]]:
    """What a user's standing instructions set for a tool.

    Args:
        cards: The catalog.
        linked: The user's records.
        asked: The query; of over 64 statements the nearest to it are read.
        tool: The chosen tool's number.
        said: Values that the query surely gives, by parameter: an instruction never overrides them.
        reader: The reader; the shipped one where none is given.
        aside: The numbers of facts that set nothing.

    Returns:
        What is set, and the numbers of the facts that were read as instructions for the tool, also where they do
        not apply.
    """
    numbers = np.flatnonzero(linked.statements) if len(linked.facts) else np.zeros(0, dtype=np.int64)
    if not len(numbers):
        return [], frozenset()
    if len(numbers) > _MOST_STATEMENTS:
        near = np.argsort(-(linked.fact_vectors[numbers] @ asked.vector), kind="stable")[:_MOST_STATEMENTS]
        numbers = np.sort(numbers[near])
    reader = reader or InstructionReader.load()
    known = _known(linked, reader)
    _read_new(known, cards, linked, list(map(int, numbers)), reader)
    names = [reading.parameter.name for reading in cards.readings(tool)]
    barred = {place for place, reading in enumerate(cards.readings(tool)) if never_from_prose(reading)}
    instructions = []
    for number in map(int, numbers):
        if number in aside or known.domains[number][tool] < _SPEAKS:
            continue
        if (tool, number) not in known.settings:
            surely = bool(known.surely[number][tool])
            known.settings[tool, number] = reader.read(cards, tool, known.vectors[number], surely=surely)
        settings = tuple(s for s in known.settings[tool, number] if s.parameter not in barred)
        if settings:
            instructions.append(Instruction(linked.facts[number].id, settings))
    read = frozenset(
        n
        for n in map(int, numbers)
        if n not in aside and known.settings.get((tool, n)) and known.domains[n][tool] >= _SPEAKS
    )
    given = {names.index(name): value for name, value in said.items() if name in names}
    return apply_settings(instructions, given), read


def likeness(linked: Linked, reader: InstructionReader, one: Applied, other: Applied) -> float:
    """How alike the words of two applied values are in kind, -1 to 1; 0 where their words are not known."""
    known = _known(linked, reader)
    found = []
    for applied in (one, other):
        number = known.numbers.get(applied.evidence[0], -1) if applied.evidence else -1
        if number < 0 or applied.piece < 0:
            return 0.0
        found.append(known.vectors[number].kinds[applied.piece])
    return float(found[0] @ found[1])
