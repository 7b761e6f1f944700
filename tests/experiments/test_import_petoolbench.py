"""PEToolBench's own layout becomes records in PTBench's shape, a file for each setting, and no hint at the answer."""

import gzip
import json
import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import DatasetError, DatasetReadError, DuplicateIdError, RecordError, load_dataset
from experiments.cli import main
from experiments.folds import read_groups
from experiments.importers import import_petoolbench
from experiments.importers.petoolbench import SETTINGS
from experiments.records import read_record
from resolver import Catalog

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[3] / "shared" / "data")
LEAK = "only the right family is described so"


def parameter(name, **more):
    return {"name": name, "type": "STRING", "description": f"The {name}", "default": "", **more}


def candidate(tool, required=(), optional=()):
    return {
        "tool_name": tool,
        "tool_description": "Finds bread.",
        "required_parameters": list(required),
        "optional_parameters": list(optional),
    }


def event(tool="<Food>.<Oven Co>.<bread/find>", **more):
    return {"instruction": "Find rye", "tool_call": {"tool_name": tool, "parameters": {"kind": "rye"}}, **more}


def prompt(*log):
    return f"\nUse the tools.\nInteraction history is:\n{json.dumps(log)}\n\nAvailable tools are:\n[]\nBegin!\n"


CANDIDATES = (
    candidate("<Food>.<Oven Co>.<bread/find>", [parameter("kind")], [parameter("from"), parameter("is-fresh")]),
    candidate("<Food>.<Crumbs>.<find bread>"),
    candidate("<Food>.<Crumbs>.<2. Slice it (slowly)>"),
)
RIGHT = {"tool_name": "<Food>.<Oven Co>.<bread/find>", "parameters": {"kind": "oat", "is-fresh": "true", "from": 3}}


def entry(number=7, *, call=RIGHT, candidates=CANDIDATES, **more):
    return {
        "query": "Find oat bread",
        "instruction_preferred": prompt(event()),
        "instruction_ratings": prompt(event(rating=0), event(rating=1)),
        "instruction_chronological": prompt(event(), event(tool="<Food>.<Crumbs>.<find bread>")),
        "apis_candidate": json.dumps(candidates),
        "api_call_ground_truth": call,
        "api_ground_truth": {"tool_desc": LEAK},
        "func": "12",
        "apis_same_func": [{"tool_desc": LEAK}],
        "tool_comb": [LEAK],
        "entry_id": number,
        **more,
    }


def without(key, value):
    return {name: own for name, own in value.items() if name != key}


@pytest.fixture
def folder(tmp_path):
    def write(*entries, text=None, packed=False):
        content = json.dumps(entries) if text is None else text
        if packed:
            with zipfile.ZipFile(tmp_path / "user_entries_test.json.zip", "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("user_entries_test.json", content)
        else:
            (tmp_path / "user_entries_test.json").write_text(content, encoding="utf-8")
        return tmp_path

    return write


def test_each_setting_is_the_same_request_with_another_log(folder):
    imported = import_petoolbench(folder(entry(), packed=True))
    assert list(imported) == list(SETTINGS)
    for setting, own in imported.items():
        (record,) = own.records
        read_record(record, file="made", index=0, default_id="", split=None)
        assert record["id"] == f"petoolbench/{setting}/7"
        assert record["query"] == "Find oat bread"
    logs = {setting: own.records[0]["user_profile"]["history"] for setting, own in imported.items()}
    assert logs == {
        "preferred": [event()],
        "ratings": [event(rating=0), event(rating=1)],
        "chronological": [event(), event(tool="<Food>.<Crumbs>.<find bread>")],
    }


def test_providers_are_platforms_and_names_can_stand_in_a_call(folder):
    (record,) = import_petoolbench(folder(entry()))["preferred"].records
    assert [platform["name"] for platform in record["platforms"]] == ["Food/Oven Co", "Food/Crumbs"]
    assert [tool["name"] for tool in record["tools"]] == ["bread_find", "find_bread", "f_2_Slice_it_slowly"]
    parameters = record["tools"][0]["parameters"]
    assert {name: own["required"] for name, own in parameters.items()} == {
        "kind": True,
        "from_": False,
        "is_fresh": False,
    }
    assert parameters["kind"] == {"type": "STRING", "required": True, "description": "The kind", "default": ""}
    assert not Catalog.from_ptbench(record["platforms"], record["tools"]).unread


def test_the_answer_has_the_names_of_the_candidates_and_truths_as_truths(folder):
    (record,) = import_petoolbench(folder(entry()))["preferred"].records
    assert record["answer"] == ["Food/Oven Co", [{"bread_find": {"kind": ["oat"], "is_fresh": [True], "from_": [3]}}]]
    assert (record["query_params"], record["profile_params"]) == (["kind", "is_fresh", "from_"], [])


def test_nothing_but_what_a_user_would_have_is_in_a_record(folder):
    told = event(rating=1, liked=LEAK) | {"tool_call": {**event()["tool_call"], "right": LEAK}}
    imported = import_petoolbench(folder(entry(instruction_preferred=prompt(told))))
    records = [record for own in imported.values() for record in own.records]
    assert LEAK not in json.dumps(records)
    assert "rating" not in json.dumps(imported["preferred"].records[0]["user_profile"])


def test_an_entry_is_one_user_in_every_setting(folder):
    imported = import_petoolbench(folder(entry(7), entry(8)))
    users = [[record["user"] for record in yielded.records] for yielded in imported.values()]
    assert users == [["petoolbench/7", "petoolbench/8"]] * 3


def test_records_of_one_function_are_one_group_in_every_setting(folder):
    imported = import_petoolbench(folder(entry(1), entry(2), entry(3, func="13")), settings=["ratings", "preferred"])
    assert list(imported) == ["ratings", "preferred"]
    groups = [{name[-1]: own["group"] for name, own in each.groups.items()} for each in imported.values()]
    assert groups == [{"1": "petoolbench/12", "2": "petoolbench/12", "3": "petoolbench/13"}] * 2


def test_of_a_parameter_that_is_described_twice_the_later_counts(folder):
    twice = candidate(RIGHT["tool_name"], [parameter("kind")], [parameter("kind", description="Which", type="TEXT")])
    (record,) = import_petoolbench(folder(entry(candidates=[twice])))["preferred"].records
    assert record["tools"][0]["parameters"]["kind"] == {
        "type": "TEXT",
        "required": False,
        "description": "Which",
        "default": "",
    }


def test_an_unpacked_file_is_read_in_place_of_the_packed_one(folder):
    folder(entry(1), packed=True)
    imported = import_petoolbench(folder(entry(2)))
    assert [record["id"] for record in imported["preferred"].records] == ["petoolbench/preferred/2"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (
            {"call": {**RIGHT, "tool_name": "<Food>.<Crumbs>.<bake>"}},
            "the right tool, <Food>.<Crumbs>.<bake>, is no candidate",
        ),
        ({"call": {**RIGHT, "tool_name": "bake"}}, "not <category>.<provider>.<function>: bake"),
        ({"call": {**RIGHT, "parameters": {"a-b": 1, "a b": 2}}}, "two values for a_b"),
        (
            {"candidates": (*CANDIDATES, candidate("<Food>.<Crumbs>.<find/bread>"))},
            "two candidates would be find_bread",
        ),
        ({"candidates": (*CANDIDATES, candidate("Crumbs"))}, "not <category>.<provider>.<function>: Crumbs"),
        ({"apis_candidate": "[{"}, "the candidates cannot be read"),
        ({"apis_candidate": "{}"}, "the candidates is no list"),
        ({"apis_candidate": '["\\ud800"]'}, "the candidates cannot be read"),
        ({"apis_candidate": "[NaN]"}, "the candidates cannot be read: it holds a number that is not finite"),
        ({"apis_candidate": '[{"tool_name": "a", "tool_name": "b"}]'}, "'tool_name' stands twice"),
        ({"query": " "}, "an empty query"),
        ({"call": {**RIGHT, "tool_name": "<Food>.<Crumbs>.<>"}}, "not <category>.<provider>.<function>"),
    ],
)
def test_an_entry_that_records_cannot_say_is_skipped_with_its_reason(folder, made, reason):
    imported = import_petoolbench(folder(entry(1, **made), entry(2)))
    for setting, own in imported.items():
        assert [record["id"] for record in own.records] == [f"petoolbench/{setting}/2"]
        ((name, why),) = own.skipped
        assert name == f"petoolbench/{setting}/1"
        assert reason in why


@pytest.mark.parametrize("text", ["no log", "Interaction history is:\n", "Interaction history is:\n[{]", "[]"])
def test_a_log_that_cannot_be_read_costs_its_own_setting_only(folder, text):
    imported = import_petoolbench(folder(entry(instruction_ratings=text)))
    assert {setting: len(own.records) for setting, own in imported.items()} == {
        "preferred": 1,
        "ratings": 0,
        "chronological": 1,
    }
    assert "interaction history" in imported["ratings"].skipped[0][1]
    assert not imported["ratings"].groups


@pytest.mark.parametrize(
    ("damaged", "key"),
    [
        (7, ""),
        ({**entry(), "note": "\ud800"}, ""),
        (without("entry_id", entry()), "entry_id"),
        (entry(True), "entry_id"),
        (without("func", entry()), "func"),
        (entry(query=None), "query"),
        (entry(apis_candidate=[]), "apis_candidate"),
        (entry(call=None), "api_call_ground_truth"),
        (entry(call={**RIGHT, "parameters": []}), "api_call_ground_truth.parameters"),
        (entry(candidates=[7]), "apis_candidate[0]"),
        (entry(candidates=[*CANDIDATES, {"tool_name": "<A>.<B>.<C>"}]), "apis_candidate[3].tool_description"),
        (
            entry(candidates=[candidate("<A>.<B>.<C>", [parameter("kind"), {"type": "x"}])]),
            "apis_candidate[0].required_parameters[1].name",
        ),
        (without("instruction_ratings", entry()), "instruction_ratings"),
        (entry(instruction_ratings=prompt(event())), "instruction_ratings[0].rating"),
        (entry(instruction_ratings=prompt(event(rating=5))), "instruction_ratings[0].rating"),
        (entry(instruction_ratings=prompt(event(rating=1), "x")), "instruction_ratings[1]"),
        (
            entry(instruction_chronological=prompt({"instruction": "x", "tool_call": {"tool_name": 7}})),
            "instruction_chronological[0].tool_call.tool_name",
        ),
    ],
)
def test_an_entry_of_another_layout_is_named_with_file_index_and_key(folder, damaged, key):
    with pytest.raises(RecordError) as caught:
        import_petoolbench(folder(entry(1), damaged))
    assert Path(caught.value.file).name == "user_entries_test.json"
    assert (caught.value.index, caught.value.key) == (1, key)


def test_two_entries_of_one_id_are_refused(folder):
    root = folder(entry(7))
    (root / "user_entries_train.json").write_text(json.dumps([entry(6), entry(7)]), encoding="utf-8")
    with pytest.raises(DuplicateIdError, match=r"train\.json: record 1.*entry 0 of .*test\.json"):
        import_petoolbench(root)


@pytest.mark.parametrize("text", ["", "[", '[{"entry_id": 1}', "{}", "[]", "7"])
@pytest.mark.parametrize("packed", [True, False])
def test_a_damaged_file_is_named(folder, text, packed):
    with pytest.raises(DatasetReadError, match=r"user_entries_test\.json"):
        import_petoolbench(folder(text=text, packed=packed))


def test_a_damaged_archive_is_named(folder):
    root = folder(*(entry(number) for number in range(20)), packed=True)
    file = root / "user_entries_test.json.zip"
    whole = file.read_bytes()
    middle = len(whole) // 2
    for damaged in (b"", whole[:middle], whole[: middle - 40] + bytes(80) + whole[middle + 40 :]):
        file.write_bytes(damaged)
        with pytest.raises(DatasetReadError, match=r"user_entries_test\.json\.zip: not readable as zip"):
            import_petoolbench(root)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("ü.json", "[]")
    file.write_bytes(file.read_bytes().replace("ü".encode(), b"\xff\xff"))
    with pytest.raises(DatasetReadError, match=r"user_entries_test\.json\.zip: not readable as zip"):
        import_petoolbench(root)
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("others.json", "[]")
    with pytest.raises(DatasetReadError, match=r"there is no user_entries_test\.json in it"):
        import_petoolbench(root)


def test_a_folder_without_entries_and_an_unknown_setting_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="expected user_entries_PART"):
        import_petoolbench(tmp_path)
    with pytest.raises(ValueError, match="no setting moods"):
        import_petoolbench(tmp_path, settings=["moods"])


def test_the_command_writes_a_file_for_each_setting(folder, tmp_path):
    root = folder(entry(1), entry(2, call={**RIGHT, "tool_name": "bake"}))
    out = tmp_path / "pe.json.gz"
    result = CliRunner().invoke(main, ["convert", "petoolbench", str(root), str(out)], catch_exceptions=False)
    assert result.output.count("1 records, 0 refusals, 1 skipped") == len(SETTINGS)
    assert "petoolbench/ratings/2: not <category>.<provider>.<function>: bake" in result.output
    assert not out.exists()
    for setting in SETTINGS:
        dataset = load_dataset(tmp_path / f"pe_{setting}.json.gz")
        assert dataset.name == f"pe_{setting}"
        assert [record.id for record in dataset.records] == [f"petoolbench/{setting}/1"]
        assert read_groups([tmp_path / f"pe_{setting}.groups.json.gz"]) == {
            f"petoolbench/{setting}/1": "petoolbench/12"
        }


def test_the_command_says_in_one_line_what_is_damaged(folder, tmp_path):
    root = folder(entry(query=7))
    result = CliRunner().invoke(main, ["convert", "petoolbench", str(root), str(tmp_path / "pe.json")])
    assert result.exit_code != 0
    assert "record 0, key 'query': must be a string, not a whole number" in result.output
    assert not list(tmp_path.glob("pe*"))


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "petoolbench").is_dir(), reason=f"no copy of PEToolBench at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_a_real_copy_gives_the_records_that_were_converted_before():
    for setting, imported in import_petoolbench(DATA / "raw" / "petoolbench").items():
        known = json.loads(gzip.decompress((DATA / "ptbench_shape" / f"petoolbench_{setting}.json.gz").read_bytes()))
        slices = DATA / "ptbench_shape" / "slices" / f"petoolbench_{setting}.meta.json.gz"
        before = read_groups([slices])
        assert [without("user", record) for record in imported.records] == known
        assert not imported.skipped
        both = {(own["group"], before[name]) for name, own in imported.groups.items()}
        assert len(both) == len(set(before.values())) == len({group for group, _ in both})
