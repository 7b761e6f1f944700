"""The values of a benchmark in PTBench's shape, and the reading of one record."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from pydantic import JsonValue, TypeAdapter, ValidationError

from baselines.case import Case, CaseId
from experiments.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "FURTHER",
    "USER",
    "Accepted",
    "Answer",
    "Dataset",
    "GoldCall",
    "Record",
    "Split",
    "accepted_values",
    "both_splits",
    "read_answer",
    "read_record",
]

Split = Literal["test_trained_user", "test_untrained_user"]

Accepted: TypeAlias = "list[JsonValue] | str"
"""The accepted values of one parameter. A bare string stands where a list is due: it is kept as it came, since the
official score never matches it."""

FURTHER = "further"
"""The key of a record whose answer has calls on other platforms too: ``[[platform, [call, ...]], ...]``."""

USER = "user"
"""The key of a record that names its user, where that is known: one user may have several profiles, such as at several
moments or in several datasets. Intervals then draw the user's records together."""

_JSON: TypeAdapter[JsonValue] = TypeAdapter(JsonValue)
_KEYS = ("query", "user_profile", "platforms", "tools", "answer", "query_params", "profile_params")
_CALL_SHAPE = "{function: {parameter: [accepted value, ...]}}"


class GoldCall(NamedTuple):
    """One call of the gold answer: the function, and the accepted values by parameter."""

    function: str
    parameters: Mapping[str, Accepted]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """The gold of one record: a platform and calls on it, in file order."""

    platform: str
    calls: tuple[GoldCall, ...]

    def to_json(self) -> list[JsonValue]:
        """The answer in PTBench's own shape, one function per object."""
        return [self.platform, [{call.function: dict(call.parameters)} for call in self.calls]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """One record: the case a system sees, and everything it must not see.

    ``query_params`` and ``profile_params`` name the parameters whose gold comes from the query and from the profile,
    pooled over the functions. ``extra`` holds all keys that the benchmark does not define, as they came.
    """

    case: Case
    answer: Answer
    query_params: tuple[str, ...]
    profile_params: tuple[str, ...]
    split: Split | None
    extra: Mapping[str, JsonValue]

    @property
    def id(self) -> CaseId:
        """The id of the case."""
        return self.case.id


@dataclass(frozen=True, kw_only=True, slots=True)
class Dataset:
    """Records with a name and the SHA-256 of the content they were read from.

    The hash is over the decompressed bytes and, where there are two files, the names of their splits: it does not
    change when a file is moved, renamed or compressed. ``drawn`` says that the records are not in file order.
    """

    name: str
    records: tuple[Record, ...]
    sha256: str
    drawn: bool = False

    def in_drawn_order(self) -> Dataset:
        """The same records in an order that a hash of their ids gives, so that the first N are a sample of N."""
        drawn = sorted(self.records, key=lambda record: hashlib.sha256(f"sample/{record.id}".encode()).digest())
        return replace(self, records=tuple(drawn), drawn=True)


def both_splits(splits: Iterable[Split | None]) -> tuple[Split, ...]:
    """The splits, in the benchmark's order, where there are records of both; else none.

    Args:
        splits: Of records.
    """
    every: tuple[Split, ...] = get_args(Split)
    return every if set(splits).issuperset(every) else ()


def accepted_values(accepted: Accepted) -> tuple[JsonValue, ...]:
    """The values a careful reader accepts: the list's, or the bare string itself."""
    return (accepted,) if isinstance(accepted, str) else tuple(accepted)


def read_record(value: object, *, file: str, index: int, default_id: str, split: Split | None) -> Record:
    """One element of a data file as a Record.

    The id is the record's own ``id`` where that is a non-empty string, else ``default_id`` (an ``id`` of another type
    stays in ``extra``).

    Raises:
        RecordError: The element does not fit; the error names file, index and key.
    """

    def fail(key: str, problem: str) -> RecordError:
        return RecordError(problem, file=file, index=index, key=key)

    if not isinstance(value, dict):
        raise fail("", f"a record must be an object, not {_kind(value)}")
    if missing := [key for key in _KEYS if key not in value]:
        raise fail(missing[0], f"missing; a record has the keys {', '.join(_KEYS)}")
    if not isinstance(value["query"], str):
        raise fail("query", f"must be a string, not {_kind(value['query'])}")
    own_id = value.get("id")
    named = own_id if isinstance(own_id, str) and own_id else None
    answer = read_answer(value["answer"], fail)
    lists = {}
    for key in ("query_params", "profile_params"):
        names = value[key]
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise fail(key, "must be a list of parameter names (strings)")
        lists[key] = tuple(names)
    try:
        _JSON.validate_python(value["answer"])  # refuses what is nested too deeply to be compared
        case = Case(
            id=CaseId(named or default_id),
            query=value["query"],
            user_profile=value["user_profile"],
            platforms=value["platforms"],
            tools=value["tools"],
        )
    except ValidationError as error:
        first = error.errors()[0]
        raise fail(str(first["loc"][0]) if error.title == "Case" else "answer", str(first["msg"])) from error
    read = {*_KEYS, "id"} if named else set(_KEYS)
    extra = {key: item for key, item in value.items() if key not in read}
    return Record(case=case, answer=answer, split=split, extra=extra, **lists)


def read_answer(value: Any, fail: Any) -> Answer:  # noqa: ANN401  (``fail`` closes over the record's place)
    """The gold of a record from ``[platform, [call, ...]]``; ``fail`` makes the error of a key and a problem."""
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        raise fail("answer", f"must be [platform, [{_CALL_SHAPE}, ...]], not {_kind(value)}")
    platform, calls = value
    if not isinstance(platform, str):
        raise fail("answer[0]", f"the platform must be a string, not {_kind(platform)}")
    if not isinstance(calls, list):
        raise fail("answer[1]", f"must be a list of {_CALL_SHAPE}, not {_kind(calls)}")
    gold = []
    for position, call in enumerate(calls):
        where = f"answer[1][{position}]"
        if not isinstance(call, dict) or not call:
            raise fail(where, f"must be {_CALL_SHAPE}, not {_kind(call)}")
        for function, parameters in call.items():
            if not isinstance(parameters, dict):
                raise fail(
                    f"{where}.{function}", f"must be {{parameter: [accepted value, ...]}}, not {_kind(parameters)}"
                )
            for name, accepted in parameters.items():
                if not isinstance(accepted, list | str) or accepted == []:
                    raise fail(f"{where}.{function}.{name}", f"must be [accepted value, ...], not {_kind(accepted)}")
            gold.append(GoldCall(function, parameters))
    return Answer(platform=platform, calls=tuple(gold))


def _kind(value: object) -> str:
    if value in ([], {}):
        return f"an empty {'list' if value == [] else 'object'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    kinds = {dict: "an object", str: "a string", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), "null")
