"""Groups and their folds."""

import gzip
import json

import pytest

from experiments.errors import DatasetError
from experiments.folds import fold_of, read_groups


def test_a_group_has_one_fold_and_the_folds_are_filled():
    groups = [f"group-{number}" for number in range(500)]
    folds = [fold_of(group, 5) for group in groups]
    assert folds == [fold_of(group, 5) for group in groups]
    assert all(70 < folds.count(fold) < 130 for fold in range(5))


def test_groups_are_read_from_plain_and_gzipped_files(tmp_path):
    (tmp_path / "a.json").write_text('{"x": {"group": "1"}}', encoding="utf-8")
    (tmp_path / "b.json.gz").write_bytes(gzip.compress(json.dumps({"y": {"group": 2}}).encode()))
    assert read_groups([tmp_path / "a.json", tmp_path / "b.json.gz"]) == {"x": "1", "y": "2"}


@pytest.mark.parametrize("content", ["[]", '{"x": 1}', '{"x": {}}', "{"])
def test_a_file_of_groups_that_does_not_fit_is_named(tmp_path, content):
    file = tmp_path / "groups.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"groups\.json"):
        read_groups([file])
