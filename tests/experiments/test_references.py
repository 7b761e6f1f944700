"""Records that only refer to their tools."""

import json

import pytest

from experiments.dataset import load_dataset
from experiments.errors import DatasetReadError
from experiments.references import read_tools, with_tools

TOOLS = [{"name": "order", "description": "Order a meal.", "parameters": {"dish": {"type": "string"}}}]


@pytest.fixture
def dataset(tmp_path):
    def record(tools):
        return {
            "query": "order soup",
            "user_profile": {},
            "platforms": ["Larder"],
            "tools": tools,
            "answer": ["Larder", [{"order": {"dish": ["soup"]}}]],
            "query_params": ["dish"],
            "profile_params": [],
        }

    file = tmp_path / "data.json"
    file.write_text(json.dumps([record("see tools file"), record(TOOLS)]), encoding="utf-8")
    return load_dataset(file)


def test_only_records_without_tools_get_them_and_the_hash_changes(dataset):
    filled = with_tools(dataset, [{"name": "other"}])
    assert [record.case.tools for record in filled.records] == [[{"name": "other"}], TOOLS]
    assert filled.sha256 != dataset.sha256
    assert [record.answer for record in filled.records] == [record.answer for record in dataset.records]


def test_a_dataset_whose_records_have_tools_stays_as_it_is(dataset):
    filled = with_tools(dataset, TOOLS)
    assert with_tools(filled, [{"name": "other"}]) is filled


@pytest.mark.parametrize("content", ["{", "[]", '"no tool here"', "7"])
def test_a_file_that_describes_no_tool_is_named(tmp_path, content):
    file = tmp_path / "tools.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(DatasetReadError, match=r"tools\.json"):
        read_tools(file)


def test_tools_are_read_from_a_file(tmp_path):
    file = tmp_path / "tools.json"
    file.write_text(json.dumps(TOOLS), encoding="utf-8")
    assert read_tools(file) == TOOLS
