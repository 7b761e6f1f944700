import json
import re
import shutil
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import WeightsError
from resolver.weights import read_weights, shipped_digest


def text(**features):
    return json.dumps({"features": features})


def test_weights_are_read_from_text_and_file(tmp_path):
    path = tmp_path / "w.json"
    path.write_text(text(a=1, b=-0.5))
    assert read_weights(path, ["a", "b"]) == read_weights(path.read_text(), ["b", "a"]) == {"a": 1.0, "b": -0.5}


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{", "expected"),
        ("[]", "expected"),
        ("{}", "expected"),
        ('{"features": []}', "expected"),
        ("[" * 100_000, "expected"),
        (text(a="1", b=1), "expected"),
        (text(a=True, b=1), "expected"),
        (text(a=None, b=1), "expected"),
        (text(a=10**400, b=1), "expected"),
        (text(a=1), "no weight for b"),
        (text(a=1, b=1, c=1), "unknown features c"),
        ('{"features": {"a": NaN, "b": 1}}', "not a finite number"),
        ('{"features": {"a": 1e999, "b": 1}}', "not a finite number"),
    ],
    ids=lambda value: value[:30],
)
def test_damaged_weights_are_a_typed_error(source, message):
    with pytest.raises(WeightsError, match=message):
        read_weights(source, ["a", "b"])


def test_a_missing_or_binary_file_is_a_typed_error(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.json"):
        read_weights(tmp_path / "none.json", ["a"])
    (tmp_path / "binary.json").write_bytes(b"\xff\xfe{")
    with pytest.raises(WeightsError, match="not UTF-8"):
        read_weights(tmp_path / "binary.json", ["a"])


@given(st.text())
def test_any_text_is_weights_or_a_typed_error(source):
    with pytest.raises(WeightsError):
        read_weights(source, ["a"])


def test_the_shipped_weights_are_told_by_their_files(tmp_path, monkeypatch):
    whole = shipped_digest.__wrapped__()
    assert re.fullmatch("[0-9a-f]{16}", whole)
    shutil.copytree(Path(str(resources.files("resolver"))) / "data", tmp_path / "data")
    monkeypatch.setattr("resolver.weights.resources.files", lambda _: tmp_path)
    assert shipped_digest.__wrapped__() == whole
    (tmp_path / "data" / "choice.json").write_text("{}")
    assert shipped_digest.__wrapped__() != whole
