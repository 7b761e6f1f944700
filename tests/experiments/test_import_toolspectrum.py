"""ToolSpectrum's own layout becomes records in PTBench's shape."""

import gzip
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import DatasetError, load_dataset
from experiments.cli import main
from experiments.importers import import_toolspectrum
from experiments.importers.toolspectrum import PARTS
from experiments.records import read_record

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
APPS = {
    "Larder": {
        "desc": "Groceries of good quality.",
        "APIs": {
            "buy": {
                "desc": "Buys something.",
                "required_arguments": {"item (str)": "What to buy.", "count (int)": "How many."},
                "personalized_arguments": {"sort": "By what. Available values: ['price', 'quality']."},
                "environmental_arguments": {"mode (str)": "Available values: ['day', 'night']."},
            }
        },
    },
    "Cheapo": {"desc": "Everything for little.", "APIs": {"buy": {"desc": "Buys something."}}},
}
RIGHT = {"APP": "Larder", "API": "buy", "params": {"item": "oats", "count": 2, "sort": "quality", "mode": "day"}}


@pytest.fixture
def folder(tmp_path):
    def write(*items, part="persona"):
        (tmp_path / "api").mkdir(exist_ok=True)
        (tmp_path / "data").mkdir(exist_ok=True)
        name = "API_description" + ("" if part == "persona_environment" else f"_{part}")
        (tmp_path / "api" / f"{name}.json").write_text(json.dumps(APPS), encoding="utf-8")
        (tmp_path / "data" / f"dataset_{part}.json").write_text(json.dumps(items), encoding="utf-8")
        return tmp_path

    return write


def item(call=RIGHT, **more):
    return {"instruction": "Buy two packs of oats", "persona": {"Age": 40}, "toolCall": call, **more}


def test_every_app_is_a_candidate_and_arguments_are_listed_by_their_source(folder):
    imported = import_toolspectrum(folder(item(environment={"Hour": 9}), part="persona_environment"))
    (record,) = imported.records
    read_record(record, file="made", index=0, default_id="", split=None)
    assert [platform["name"] for platform in record["platforms"]] == ["Larder", "Cheapo"]
    assert record["tools"][0]["parameters"]["count"] == {"type": "int", "kind": "required", "description": "How many."}
    assert record["answer"] == [
        "Larder",
        [{"buy": {"item": ["oats"], "count": [2], "sort": ["quality"], "mode": ["day"]}}],
    ]
    assert (record["query_params"], record["profile_params"]) == (["item", "count"], ["sort", "mode"])
    assert record["user_profile"] == {"Age": 40, "Environment": {"Hour": 9}}


def test_a_persona_is_one_user_whatever_the_environment(folder):
    moments = [item(environment={"Hour": hour}) for hour in (9, 21)]
    other = item(persona={"Age": 41}, environment={"Hour": 9})
    nobody = item(persona={}, environment={"Hour": 9})
    records = import_toolspectrum(folder(*moments, other, nobody, part="persona_environment")).records
    first, second, third = (record["user"] for record in records[:3])
    assert first == second != third
    assert "user" not in records[3]


def test_a_request_without_a_right_call_is_a_refusal(folder):
    imported = import_toolspectrum(folder(item(call=None), item()))
    assert [record["id"] for record in imported.refusals] == ["toolspectrum-all/persona/0"]
    assert len(imported.records) == 1


def test_a_call_that_is_not_described_is_skipped_with_its_reason(folder):
    imported = import_toolspectrum(folder(item({"APP": "Larder", "API": "sell", "params": {}})))
    assert not imported.records
    assert imported.skipped == [("toolspectrum-all/persona/0", "the right call, sell of Larder, is not described")]


@pytest.mark.parametrize("content", ["[{}]", "{}", "[", '[{"instruction": "x", "toolCall": 7}]'])
def test_a_file_of_another_layout_is_named(folder, content):
    root = folder(item())
    (root / "data" / "dataset_persona.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"dataset_persona\.json"):
        import_toolspectrum(root)


def test_a_folder_without_any_part_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no data/dataset_PART"):
        import_toolspectrum(tmp_path)
    with pytest.raises(ValueError, match="no part moods"):
        import_toolspectrum(tmp_path, parts=["moods"])


def test_the_command_writes_a_dataset_and_says_what_it_did(folder, tmp_path):
    root = folder(item(), item(call=None), item({"APP": "Larder", "API": "sell", "params": {}}))
    out = tmp_path / "all.json.gz"
    result = CliRunner().invoke(main, ["convert", "toolspectrum", str(root), str(out)], catch_exceptions=False)
    assert "1 records, 1 refusals, 1 skipped" in result.output
    assert len(load_dataset(out).records) == 1
    refusals = json.loads(gzip.decompress((tmp_path / "all.refusals.json.gz").read_bytes()))
    assert [record["answer"] for record in refusals] == [None]


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "toolspectrum").is_dir(), reason=f"no copy of ToolSpectrum at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_a_real_copy_is_converted_whole():
    imported = import_toolspectrum(DATA / "raw" / "toolspectrum")
    written = sum(
        len(json.loads((DATA / "raw" / "toolspectrum" / "data" / f"dataset_{part}.json").read_text(encoding="utf-8")))
        for part in PARTS
    )
    assert len(imported.records) + len(imported.refusals) + len(imported.skipped) == written
    assert not imported.skipped
    for index, record in enumerate(imported.records):
        read_record(record, file="real", index=index, default_id="", split=None)
