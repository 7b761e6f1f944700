"""Our official score against one written a second time, and against a PTBench checkout where there is one."""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
import warnings
from collections import Counter

import pytest
from official_reference import COLUMNS, random_pair, reference_score

from experiments import score_official_record
from experiments.records import read_record

PAIRS = 10_000


@pytest.fixture(scope="module")
def pairs():
    chance = random.Random(20)
    return [random_pair(chance) for _ in range(PAIRS)]


def ours(gold, text):
    scored = score_official_record(read_record(gold, file="f.json", index=0, default_id="r/0", split=None), text)
    return {name: getattr(scored, name) for name in (*COLUMNS, "query_matched", "profile_matched")}


def test_ten_thousand_random_predictions_score_as_by_the_description(pairs):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # "'a' is not callable" and the like, of predictions that are no code to run
        differing = [(gold["answer"], text) for gold, text in pairs if ours(gold, text) != reference_score(gold, text)]
    assert differing == []


def test_the_random_predictions_are_often_right_and_often_wrong_in_every_column(pairs):
    seen = Counter((name, value > 0) for gold, text in pairs for name, value in ours(gold, text).items())
    assert min(seen[name, right] for name in (*COLUMNS, "query_matched") for right in (True, False)) > PAIRS // 20


@pytest.mark.ptbench
def test_a_checkout_scores_ten_thousand_random_predictions_alike(pairs, tmp_path):
    home, command = os.environ.get("PTBENCH_HOME"), os.environ.get("PTBENCH_SCORER")
    if not home or not command:
        pytest.skip("PTBENCH_HOME and PTBENCH_SCORER (docs/metrics.md says what it is) name no checkout and its scorer")
    data, predictions = tmp_path / "data.json", tmp_path / "generation.jsonl"
    data.write_text(json.dumps([gold for gold, _ in pairs]), encoding="utf-8")
    lines = [json.dumps({"query": gold["query"], "label": "", "predict": text}) for gold, text in pairs]
    predictions.write_text("\n".join(lines) + "\n", encoding="utf-8")
    answered = subprocess.run(  # noqa: S603  (the user's own command)
        [*shlex.split(command), str(data), str(predictions)], cwd=home, capture_output=True, text=True, check=True
    )
    theirs = [json.loads(line) for line in answered.stdout.splitlines()]
    assert len(theirs) == PAIRS
    assert theirs[0].keys() & set(COLUMNS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        differing = [
            (gold["answer"], text, columns)
            for (gold, text), columns in zip(pairs, theirs, strict=True)
            if any(ours(gold, text)[name] != columns[name] for name in COLUMNS if name in columns)
        ]
    assert differing == []
