"""Records that only refer to their tools."""

import json
from pathlib import Path

import pytest

from experiments.dataset import load_dataset
from experiments.errors import DatasetReadError
from experiments.references import read_tools, shipped_tools, with_tools
from resolver import Catalog

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


def test_shipped_lists_are_read_by_name():
    assert "retail" in shipped_tools()
    catalog = Catalog.from_ptbench(["shop"], read_tools(Path("retail")))
    required = {tool.name: [p.name for p in tool.parameters if p.required] for tool in catalog.tools}
    assert len(required) == 7
    assert required["cancel_pending_order"] == ["order_id", "reason"]
    assert required["exchange_delivered_order_items"] == ["order_id", "item_ids", "new_item_ids", "payment_method_id"]
    assert catalog.unread == ()


def test_a_name_that_is_no_file_and_no_shipped_list_is_said_with_those_there_are(tmp_path):
    with pytest.raises(DatasetReadError, match="retail"):
        read_tools(tmp_path / "nothing")


def test_a_file_of_the_name_of_a_shipped_list_is_meant(tmp_path, monkeypatch):
    (tmp_path / "retail").write_text(json.dumps(TOOLS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert read_tools(Path("retail")) == TOOLS
