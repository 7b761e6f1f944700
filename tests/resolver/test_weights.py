import json
import re
import shutil
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from resolver import WeightsError
from resolver.models import Models
from resolver.weights import SHIPPED, WeightFolder, read_weights


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


@pytest.fixture
def folder(tmp_path):
    """A copy of the shipped weights."""
    return Path(shutil.copytree(Path(str(resources.files("resolver"))) / "data", tmp_path / "data"))


def test_weights_are_told_by_their_files(folder):
    assert re.fullmatch("[0-9a-f]{16}", SHIPPED.digest)
    assert WeightFolder(folder).digest == SHIPPED.digest
    (folder / "choice.json").write_text("{}")
    assert WeightFolder(folder).digest != SHIPPED.digest


def test_models_come_from_any_folder(folder):
    given = WeightFolder(folder)
    assert Models.load(given) is Models.load(given)
    read, shipped = Models.load(folder), Models.load()
    assert read is not shipped
    assert read.choice == shipped.choice
    assert read.extractor.weights == shipped.extractor.weights
    assert all(getattr(read, part) is not None for part in Models.__dataclass_fields__)
    assert read.relevance.kinds is read.instructions.kinds is not shipped.instructions.kinds


@pytest.mark.parametrize("part", sorted(set(Models.__dataclass_fields__) - {"choice", "extractor", "rules_off"}))
def test_a_part_that_a_folder_does_not_have_is_left_out(part, folder):
    (folder / f"{part}.json").unlink()
    read = Models.load(folder)
    assert getattr(read, part) is None
    assert read.choice == Models.load().choice


@pytest.mark.parametrize("file", sorted(own.name for own in (resources.files("resolver") / "data").iterdir()))
@pytest.mark.parametrize("damage", [b"", b"{", b"\xff\xfe", b"[1]", b"{}", b"PK\x03\x04", b"\x93NUMPY"])
def test_a_damaged_file_is_an_error_that_names_it(file, damage, folder):
    (folder / file).write_bytes(damage)
    with pytest.raises(WeightsError, match=re.escape(str(folder / file).rpartition(".")[0])):
        Models.load(folder)


def test_a_folder_without_weights_is_an_error(tmp_path):
    with pytest.raises(WeightsError, match=r"nowhere.choice\.json: No such file"):
        Models.load(tmp_path / "nowhere")
