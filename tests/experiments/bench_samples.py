"""Small records and systems for the tests of the experiments room."""

from __future__ import annotations

import json

from baselines.case import Call, Prediction
from experiments.records import read_record

ANSWER = ["Shop", [{"order": {"item": ["tea"], "count": [2]}}]]


def raw(answer=None, **changes):
    return {
        "query": "two teas please",
        "user_profile": {"likes": ["tea"]},
        "platforms": [{"name": "Shop"}],
        "tools": [],
        "answer": answer if answer is not None else ANSWER,
        "query_params": [],
        "profile_params": [],
        **changes,
    }


def record(answer=None, *, split=None, index=0, **changes):
    return read_record(raw(answer, **changes), file="f.json", index=index, default_id=f"r/{index}", split=split)


def gold(calls, platform="P", **changes):
    return record([platform, calls], **changes)


def write(path, values):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def text_answer(of, text):
    return Prediction(case_id=of.id, text=text)


def call_answer(of, platform, *calls):
    return Prediction(
        case_id=of.id, platform=platform, calls=tuple(Call(function=name, arguments=args) for name, args in calls)
    )


class Echo:
    """Answers with the query as the only argument; counts and may fail."""

    def __init__(self, name="echo", configuration=None, fails_on=(), stops_after=None):
        self.name = name
        self.configuration = configuration or {}
        self.asked = []
        self._fails_on = set(fails_on)
        self._stops_after = stops_after

    def predict(self, case):
        if self._stops_after is not None and len(self.asked) == self._stops_after:
            raise KeyboardInterrupt
        self.asked.append(case)
        if case.id in self._fails_on:
            raise ZeroDivisionError("cannot do this one")
        return Prediction(
            case_id=case.id,
            text=f"Shop:[order(item = {case.query!r})]",
            platform="Shop",
            calls=(Call(function="order", arguments={"item": case.query, "pair": (1, 2)}),),
            confidence=0.5,
        )
