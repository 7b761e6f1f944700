"""ToolSpectrum's own layout becomes records in PTBench's shape."""

import gzip
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import DatasetError, DatasetReadError, RecordError, load_dataset
from experiments.cli import main
from experiments.folds import read_groups
from experiments.importers import import_toolspectrum
from experiments.importers.toolspectrum import PARTS
from experiments.records import read_record
from experiments.values import same_value
from resolver import Catalog

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
    def write(*items, part="persona", apps=APPS):
        (tmp_path / "api").mkdir(exist_ok=True)
        (tmp_path / "data").mkdir(exist_ok=True)
        name = "API_description" + ("" if part == "persona_environment" else f"_{part}")
        (tmp_path / "api" / f"{name}.json").write_text(json.dumps(apps), encoding="utf-8")
        (tmp_path / "data" / f"dataset_{part}.json").write_text(json.dumps(items), encoding="utf-8")
        return tmp_path

    return write


def item(call=RIGHT, **more):
    return {"instruction": "Buy two packs of oats", "persona": {"Age": 40}, "toolCall": call, **more}


def app(*functions, policy=()):
    return {"desc": "An app.", "policy": list(policy), "APIs": {own: {"desc": "Does it."} for own in functions}}


def call_of(name, function):
    return {"APP": name, "API": function, "params": {}}


def candidates_of(record):
    return [platform["name"] for platform in record["platforms"]]


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


def test_a_platform_keeps_its_policies_also_where_they_leave_no_right_call(folder):
    apps = {"Bar": app("buy", policy=["Nobody under 18."]), "Shop": app("buy")}
    imported = import_toolspectrum(folder(item(call_of("Shop", "buy")), item(None), apps=apps))
    for record in (*imported.records, *imported.refusals):
        platforms = Catalog.from_ptbench(record["platforms"], record["tools"]).platforms
        assert [own.policy for own in platforms] == [("Nobody under 18.",), ()]


@pytest.mark.parametrize(("right", "function"), [("Bar", "order"), ("Shop", "buy"), ("Stall", "sell")])
def test_a_function_or_a_policy_in_common_makes_apps_similar_at_once_or_through_a_third(folder, right, function):
    apps = {
        "Bar": app("order", policy=["Nobody under 18.", "No credit."]),
        "Taxi": app("ride", policy=["No smoking."]),
        "Shop": app("buy", policy=["Nobody under 18."]),
        "Bus": app("wait"),
        "Stall": app("buy", "sell"),
    }
    root = folder(item(call_of(right, function)), item(None), apps=apps)
    imported = import_toolspectrum(root, candidates="similar")
    (record,) = imported.records
    assert record["id"] == "toolspectrum-similar/persona/0"
    assert candidates_of(record) == ["Bar", "Shop", "Stall"]
    assert [tool["name"] for tool in record["tools"]] == ["order", "buy", "buy", "sell"]
    assert candidates_of(imported.refusals[0]) == list(apps)  # no app is right, so none is similar to it


def test_an_app_like_no_other_stands_alone(folder):
    apps = {"Taxi": app("ride"), "Bus": app("wait"), "Tram": app("wait")}
    root = folder(item(call_of("Taxi", "ride")), apps=apps)
    assert candidates_of(import_toolspectrum(root, candidates="similar").records[0]) == ["Taxi"]
    assert candidates_of(import_toolspectrum(root).records[0]) == ["Taxi", "Bus", "Tram"]


def test_names_are_callable_and_words_for_truth_values_are_truth_values_where_the_type_says_so(folder):
    arguments = {"from (str)": "Whence.", "loud (bool)": "Aloud.", "word (str)": "Which."}
    apps = {"Bus": {"desc": "Rides.", "APIs": {"get/ride": {"desc": "Rides.", "required_arguments": arguments}}}}
    call = {"APP": "Bus", "API": "get/ride", "params": {"from": "Ham", "loud": "False", "word": "True"}}
    (record,) = import_toolspectrum(folder(item(call), apps=apps)).records
    assert record["answer"] == ["Bus", [{"get_ride": {"from_": ["Ham"], "loud": [False], "word": ["True"]}}]]
    assert record["tools"][0]["name"] == "get_ride"
    assert list(record["tools"][0]["parameters"]) == record["query_params"] == ["from_", "loud", "word"]


def test_records_of_one_instruction_are_one_group(folder):
    imported = import_toolspectrum(folder(item(), item(persona={"Age": 9}), item(instruction="Buy rye"), item(None)))
    first, second, third = (imported.groups[record["id"]]["group"] for record in imported.records)
    assert first == second != third
    assert len(imported.groups) == 3


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


def test_an_empty_instruction_is_skipped_with_its_reason(folder):
    imported = import_toolspectrum(folder(item(instruction=" ")))
    assert imported.skipped == [("toolspectrum-all/persona/0", "an empty instruction")]


@pytest.mark.parametrize(
    ("damaged", "key"),
    [
        ({"instruction": 7}, "instruction"),
        ({"persona": []}, "persona"),
        ({"toolCall": "buy()"}, "toolCall"),
        ({"toolCall": {**RIGHT, "APP": None}}, "toolCall.APP"),
        ({"toolCall": {**RIGHT, "params": ["oats"]}}, "toolCall.params"),
        ({"toolCall": {**RIGHT, "params": {"a b": 1, "a-b": 2}}}, "toolCall.params.a-b"),
        ({"toolCall": {"APP": "Larder", "API": "buy"}}, "toolCall.params"),
        ({"environment": 9}, "environment"),
        ({"persona": {"Environment": "x"}, "environment": {"Hour": 9}}, "persona.Environment"),
    ],
)
def test_an_entry_of_another_layout_is_named_with_its_index_and_key(folder, damaged, key):
    entries = [item(environment={"Hour": 9}), item(environment={"Hour": 9}) | damaged]
    with pytest.raises(RecordError, match=r"dataset_persona_environment\.json") as caught:
        import_toolspectrum(folder(*entries, part="persona_environment"))
    assert (caught.value.index, caught.value.key) == (1, key)


@pytest.mark.parametrize("key", ["instruction", "persona", "environment", "toolCall"])
def test_a_missing_key_of_an_entry_is_named(folder, key):
    entry = item(environment={"Hour": 9})
    del entry[key]
    with pytest.raises(RecordError, match="missing") as caught:
        import_toolspectrum(folder(entry, part="persona_environment"))
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("apps", "key"),
    [
        ({"Bus": []}, "Bus"),
        ({"Bus": {"APIs": {}}}, "Bus.desc"),
        ({"Bus": {"desc": "Rides."}}, "Bus.APIs"),
        ({"Bus": {"desc": "Rides.", "APIs": ["ride"]}}, "Bus.APIs"),
        ({"Bus": {"desc": "Rides.", "APIs": {"ride": {}}}}, "Bus.APIs.ride.desc"),
        ({"Bus": {**app("ride"), "policy": "No dogs."}}, "Bus.policy"),
        ({"Bus": {**app("ride"), "policy": ["No dogs.", 7]}}, "Bus.policy[1]"),
        ({"Bus": app("a b", "a-b")}, "Bus.APIs.a-b"),
        (
            {"Bus": {"desc": "", "APIs": {"ride": {"desc": "", "required_arguments": {"to (str)": 7}}}}},
            "Bus.APIs.ride.required_arguments.to (str)",
        ),
        (
            {"Bus": {"desc": "", "APIs": {"ride": {"desc": "", "required_arguments": {"to (str)": "", "to": ""}}}}},
            "Bus.APIs.ride.required_arguments.to",
        ),
    ],
)
def test_an_app_of_another_layout_is_named_with_its_key(folder, apps, key):
    with pytest.raises(RecordError, match=r"API_description_persona\.json") as caught:
        import_toolspectrum(folder(item(), apps=apps))
    assert caught.value.key == key


@pytest.mark.parametrize("content", ["", "[", "[]", "{}", "7", '{"Bus": {}, "Bus": {}}', '{"Bus": NaN}'])
def test_a_damaged_description_of_the_apps_is_named(folder, content):
    root = folder(item())
    (root / "api" / "API_description_persona.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError, match=r"API_description_persona\.json"):
        import_toolspectrum(root)


def test_a_missing_description_of_the_apps_is_named(folder):
    root = folder(item())
    (root / "api" / "API_description_persona.json").unlink()
    with pytest.raises(DatasetReadError, match=r"API_description_persona\.json: cannot be read"):
        import_toolspectrum(root)


@pytest.mark.parametrize(
    "content", ["[{}]", "{}", "[", "[]", "", "[7]", '[{"instruction": "x", "toolCall": 7}]', '[{"a": 1, "a": 2}]']
)
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
    with pytest.raises(ValueError, match="no candidates 'few'"):
        import_toolspectrum(tmp_path, candidates="few")


def test_the_command_writes_a_dataset_and_says_what_it_did(folder, tmp_path):
    root = folder(item(), item(call=None), item({"APP": "Larder", "API": "sell", "params": {}}))
    out = tmp_path / "all.json.gz"
    result = CliRunner().invoke(main, ["convert", "toolspectrum", str(root), str(out)], catch_exceptions=False)
    assert "1 records, 1 refusals, 1 skipped" in result.output
    assert len(load_dataset(out).records) == 1
    refusals = json.loads(gzip.decompress((tmp_path / "all.refusals.json.gz").read_bytes()))
    assert [record["answer"] for record in refusals] == [None]


def test_the_command_takes_similar_candidates_for_this_set_only(folder, tmp_path):
    root = folder(item(call_of("Taxi", "ride")), apps={"Taxi": app("ride"), "Bus": app("wait")})
    out = tmp_path / "similar.json"
    words = ["convert", "toolspectrum", str(root), str(out), "--candidates", "similar"]
    assert CliRunner().invoke(main, words, catch_exceptions=False).exit_code == 0
    (record,) = load_dataset(out).records
    assert [own["name"] for own in record.case.platforms] == ["Taxi"]
    assert list(read_groups([tmp_path / "similar.groups.json"])) == [record.id]
    refused = CliRunner().invoke(main, ["convert", "nlsi", *words[2:]])
    assert "--candidates are for toolspectrum" in refused.output


def test_a_copy_of_which_nothing_can_be_converted_is_an_error_and_leaves_no_file(folder, tmp_path):
    root = folder(item(call_of("Larder", "sell")))
    result = CliRunner().invoke(main, ["convert", "toolspectrum", str(root), str(tmp_path / "out.json")])
    assert result.exit_code != 0
    assert "nothing can be converted; skipped are 1" in result.output
    assert "sell of Larder, is not described" in result.output
    assert not list(tmp_path.glob("out*"))


def real(name):
    return json.loads(gzip.decompress((DATA / "ptbench_shape" / name).read_bytes()))


def is_same_call(made, known):
    (name, own), (other, theirs) = made["answer"][1][0].popitem(), known["answer"][1][0].popitem()
    values = all(same_value(own[key], theirs[key]) for key in own.keys() & theirs.keys())
    return name == other and own.keys() == theirs.keys() and values


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


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "toolspectrum").is_dir(), reason=f"no copy of ToolSpectrum at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_similar_apps_of_a_real_copy_are_those_of_the_records_that_were_converted_before():
    made = import_toolspectrum(DATA / "raw" / "toolspectrum", candidates="similar").records
    known = real("toolspectrum.json.gz")
    pairs = list(zip(made, known, strict=True))  # ids number other copies, but the order is that of the parts
    for key in ("query", "user_profile", "query_params", "profile_params"):
        assert [own[key] for own, _ in pairs] == [before[key] for _, before in pairs]
    same = [(own, before) for own, before in pairs if candidates_of(own) == candidates_of(before)]
    assert all(own[key] == before[key] for own, before in same for key in ("platforms", "tools"))
    differ = [(own, before) for own, before in pairs if candidates_of(own) != candidates_of(before)]
    assert (len(same), len(differ)) == (321, 33)
    # three apps of one trade, which share neither function nor policy: each stands alone here
    assert all(candidates_of(own) == [before["answer"][0]] for own, before in differ)
    assert len({tuple(candidates_of(before)) for _, before in differ}) == 1
    # ranges: of numbers here as in the raw files, of their numerals there
    assert sum(own["answer"] != before["answer"] for own, before in pairs) == 12
    assert all(is_same_call(own, before) for own, before in pairs)


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "toolspectrum").is_dir(), reason=f"no copy of ToolSpectrum at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_groups_of_a_real_copy_are_those_that_were_known_before():
    imported = import_toolspectrum(DATA / "raw" / "toolspectrum")
    before = real("slices/toolspectrum.meta.json.gz")
    known = [before[own["id"]]["group"] for own in real("toolspectrum.json.gz")]
    groups = [imported.groups[own["id"]]["group"] for own in imported.records]
    assert len(set(zip(groups, known, strict=True))) == len(set(groups)) == len(set(known))


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "toolspectrum").is_dir(), reason=f"no copy of ToolSpectrum at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_refusals_of_a_real_copy_are_those_that_were_converted_before():
    refusals = import_toolspectrum(DATA / "raw" / "toolspectrum").refusals
    known = json.loads(gzip.decompress((DATA / "abstention" / "toolspectrum.json.gz").read_bytes()))
    for key in ("query", "user_profile", "platforms"):
        assert [own[key] for own in refusals] == [before[key] for before in known]
