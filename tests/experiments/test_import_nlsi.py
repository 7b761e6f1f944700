"""NLSI's own layout becomes records in PTBench's shape, its dialogues the groups."""

import gzip
import json
import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import DatasetError, DuplicateIdError, RecordError, load_dataset
from experiments.cli import main
from experiments.importers import import_nlsi
from experiments.records import FURTHER, read_record
from resolver import Profile

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[3] / "shared" / "data")


def service(name, description, **slots):
    described = [
        {"name": slot, "description": text, "is_categorical": False, "possible_values": []}
        for slot, text in slots.items()
    ]
    return {"service_name": name, "description": description, "slots": described}


SCHEMA = [
    service("Shops_2", "Buys things.", item="What to buy", town="Where"),
    service("Shops_1", "A shop.", town="Where the shop is"),
    service("Trains_1", "Goes places.", to="Where to go"),
]
PROFILE = "standing_instructions"
SHOP = "Ask for shops in Hill Town."


def example(*calls, number=0, services=("Shops",), frames=("Shops_2",), said="User: Find me oats"):
    return {
        "example_id": f"test_{number:04}",
        "dialogue_id": "1_7",
        "utterance": f"{said}\n",
        "services": list(services),
        "frames": {"service": list(frames)},
        "standing_instructions": [SHOP],
        "user_profile": ["I like trains.", SHOP],
        "api_calls": list(calls),
    }


@pytest.fixture
def folder(tmp_path):
    def write(*examples, part="test"):
        (tmp_path / "schema_v1.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
        (tmp_path / f"{part}.json").write_text(json.dumps(examples), encoding="utf-8")
        return tmp_path

    return write


def test_arguments_are_listed_by_where_their_value_stands(folder):
    (record,) = import_nlsi(folder(example('GetShops(item="oat", town="Hill Town", open="True")'))).records
    read_record(record, file="made", index=0, default_id="", split=None)
    assert record["query"] == "User: Find me oats"
    assert record["answer"] == [
        "Shops",
        [{"GetShops": {"item": ["oat", "oats"], "town": ["Hill Town"], "open": [True]}}],
    ]
    assert (record["query_params"], record["profile_params"]) == (["item"], ["town"])
    assert record["user_profile"] == {"standing_instructions": {"si0": "I like trains.", "si1": SHOP}}


@pytest.mark.parametrize(
    ("value", "said", "form"),
    [
        ("Burger", "Find me burgers", "burgers"),
        ("bus", "All buses, please", "buses"),
        ("aunt", "The aunt's house", "aunt's"),
        ("March 3", "On March 3rd", "March 3rd"),
        ("2", "A table for the 12th", None),
        ("2", "Two tickets for the 2nd", None),  # of the day, not of the tickets
        ("4", "For 45 minutes", None),
        ("LA", "I am planning a trip", None),
        ("any", "Anything will do", None),
        ("ATL", "To Atlanta", None),
        ("oat", "Some goats", None),
        ("oat", "Some oat", None),
    ],
)
def test_of_a_value_only_a_plural_a_possessive_or_a_date_s_ordinal_is_accepted_too(folder, value, said, form):
    (record,) = import_nlsi(folder(example(f'GetShops(item="{value}")', said=said))).records
    accepted = record["answer"][1][0]["GetShops"]["item"]
    assert accepted == ([value] if form is None else [value, form])


@pytest.mark.parametrize(
    ("value", "text", "said"),
    [
        ("art", "We go to a party", False),
        ("art", "Modern art, please", True),
        ("Art", "(art)", True),
        ("art", "An artist, please", False),
        ("moderate", "Something moderately priced", True),
        ("LA", "I am planning a trip", False),
        ("any", "Anything will do", False),
        ("Burger", "Find me burgers", True),
        ("2", "On the 12th", False),
        ("2", "On the 2nd", False),
        ("2", "At 2:30, or 1.2 miles away", False),
        ("2", "We are 2.", True),
        ("2", "2, no more", True),
        ("March 3", "On March 3rd", True),
        ("March 3", "On March 30", False),
        ("14:30", "From 14:30 on", True),
        ('5" nails', 'Some 5" nails', True),
        ("$", "In $ only", True),
        ("", "Nothing", False),
    ],
)
@pytest.mark.parametrize("source", ["query", "profile"])
def test_a_value_is_said_where_its_words_stand_whole(folder, value, text, said, source):
    made = example(f'GetShops(item="{value}")', said=text if source == "query" else "Go on")
    if source == "profile":
        made |= {"standing_instructions": [text], "user_profile": [text]}
    (record,) = import_nlsi(folder(made)).records
    assert record[f"{source}_params"] == (["item"] if said else [])


@pytest.mark.parametrize(
    ("parameter", "text", "said"),
    [
        ("serves_wine", "Do they have wine?", True),
        ("serves_wine", "Do they have wines?", True),
        ("serves_wine", "I like winery tours", False),
        ("has_bar", "Is there a bar?", False),  # a word of three letters tells nothing
    ],
)
def test_a_yes_or_no_is_said_where_a_telling_word_of_its_name_stands_whole(folder, parameter, text, said):
    (record,) = import_nlsi(folder(example(f'GetShops({parameter}="True")', said=text))).records
    assert record["query_params"] == ([parameter] if said else [])


def test_the_catalog_has_the_parameters_of_all_calls_with_the_schema_s_descriptions(folder):
    record = import_nlsi(folder(example('GetShops(item="oat")'), example('GetShops(town="?")', number=1))).records[0]
    assert record["platforms"] == [{"name": "Shops", "description": "A shop.; Buys things."}]
    (tool,) = record["tools"]
    assert {name: value["description"] for name, value in tool["parameters"].items()} == {
        "item": "What to buy",
        "town": "Where the shop is",
    }


def test_what_the_user_asks_to_know_is_no_argument(folder):
    (record,) = import_nlsi(folder(example('GetShops(item="oat", town="?")'))).records
    assert list(record["answer"][1][0]["GetShops"]) == ["item"]


def test_a_quotation_mark_within_a_value_and_an_empty_place_between_arguments_are_read(folder):
    (record,) = import_nlsi(folder(example('GetShops(item="5" nails", , town="Ham")'))).records
    assert record["answer"][1] == [{"GetShops": {"item": ['5" nails'], "town": ["Ham"]}}]


def test_calls_of_one_function_are_one_record(folder):
    imported = import_nlsi(folder(example('GetShops(item="oat")', 'GetShops(item="rye")')))
    assert imported.several[0]["answer"] == [
        "Shops",
        [{"GetShops": {"item": ["oat", "oats"]}}, {"GetShops": {"item": ["rye"]}}],
    ]
    assert not imported.records


def test_calls_on_several_platforms_are_kept_apart(folder):
    imported = import_nlsi(folder(example('GetShops(town="Ham")', 'GetTrains(to="Ham")', services=("Shops", "Trains"))))
    assert not imported.records
    (record,) = imported.several
    assert record["answer"][0] == "Shops"
    assert record[FURTHER] == [["Trains", [{"GetTrains": {"to": ["Ham"]}}]]]
    assert read_record(record, file="made", index=0, default_id="", split=None).extra[FURTHER] == record[FURTHER]


def test_a_dialogue_is_a_group_and_its_instructions_the_evidence(folder):
    imported = import_nlsi(folder(example('GetShops(item="oat")')))
    assert imported.groups == {"nlsi/test_0000": {"group": "1_7", "gold_evidence": ["si1"]}}
    (record,) = imported.records
    assert record["evidence"] == ["standing_instructions.si1"]
    assert record["evidence"][0] in [fact.id for fact in Profile.from_json(record["user_profile"], user="u").facts]


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("shops in Ham", "not a call"),
        ("GetShops(town=Ham)", "arguments that cannot be read"),
        ('GetShops(town="Ham", town="Hum")', "two values for town"),
    ],
)
def test_a_call_that_cannot_be_read_is_skipped_with_its_reason(folder, call, reason):
    imported = import_nlsi(folder(example(call)))
    assert not imported.records
    assert imported.skipped == [("nlsi/test_0000", f"{reason}: {call}")]


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        ({"utterance": " \n"}, "an empty utterance"),
        ({"standing_instructions": ["Unknown."]}, "a standing instruction that the user does not have: Unknown."),
        ({"api_calls": []}, "no call"),
    ],
)
def test_an_example_that_no_record_can_say_is_skipped_with_its_reason(folder, damage, reason):
    imported = import_nlsi(folder(example('GetShops(item="oat")', number=1), example('GetShops(item="oat")') | damage))
    assert [record["id"] for record in imported.records] == ["nlsi/test_0001"]
    assert imported.skipped == [("nlsi/test_0000", reason)]


@pytest.mark.parametrize(
    ("key", "value", "where"),
    [
        ("example_id", 7, "example_id"),
        ("dialogue_id", None, "dialogue_id"),
        ("utterance", ["Find"], "utterance"),
        ("services", "Shops", "services"),
        ("frames", [], "frames"),
        ("frames", {"service": "Shops_2"}, "frames.service"),
        ("standing_instructions", SHOP, "standing_instructions"),
        ("user_profile", SHOP, "user_profile"),
        ("user_profile", [SHOP, 7], "user_profile[1]"),
        ("api_calls", "GetShops()", "api_calls"),
        ("api_calls", [{"name": "GetShops"}], "api_calls[0]"),
        ("api_calls", ['Shops(item="oat")'], "api_calls"),  # called otherwise in another example
    ],
)
def test_an_example_of_another_layout_is_named_with_file_index_and_key(folder, key, value, where):
    damaged = {**example('GetShops(item="oat")', number=1), key: value}
    with pytest.raises(RecordError) as caught:
        import_nlsi(folder(example('GetShops(item="oat")'), damaged))
    assert Path(caught.value.file).name == "test.json"
    assert (caught.value.index, caught.value.key) == (1, where)


@pytest.mark.parametrize("key", ["description", "slots"])
def test_a_service_of_another_layout_is_named(folder, key):
    root = folder(example('GetShops(item="oat")'))
    (root / "schema_v1.json").write_text(json.dumps([{**SCHEMA[0], key: 7}]), encoding="utf-8")
    with pytest.raises(RecordError, match=rf"schema_v1\.json.*{key}"):
        import_nlsi(root)


def test_of_several_schemas_the_last_by_its_number_counts(folder):
    root = folder(example('GetShops(item="oat")'))
    (root / "schema_v10.json").write_text(json.dumps([service("Shops_2", "New.", item="What")]), encoding="utf-8")
    (root / "schema_v1_2.json").write_text(json.dumps([service("Shops_2", "Old.", item="What")]), encoding="utf-8")
    assert import_nlsi(root).records[0]["platforms"] == [{"name": "Shops", "description": "New."}]


def test_two_examples_of_one_id_are_refused(folder):
    folder(example('GetShops(item="oat")'), part="train")
    with pytest.raises(DuplicateIdError, match=r"test\.json.*entry 0 of .*train\.json"):
        import_nlsi(folder(example('GetShops(item="oat")')))


@pytest.mark.parametrize("content", ["", "[]", "{}", "[", "[7]", '[{"api_calls": []}]', '[{"a": 1, "a": 1}]'])
def test_another_layout_is_refused(folder, content):
    root = folder()
    (root / "test.json").write_text(content, encoding="utf-8")
    with pytest.raises(DatasetError):
        import_nlsi(root)


def test_a_folder_without_parts_or_schema_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="expected a schema"):
        import_nlsi(tmp_path)
    with pytest.raises(ValueError, match="no part moods"):
        import_nlsi(tmp_path, parts=["moods"])


def test_the_command_writes_each_kind_beside_the_other(folder, tmp_path):
    root = folder(
        example('GetShops(item="oat")'),
        example('GetShops(town="Ham")', 'GetTrains(to="Ham")', number=1, services=("Shops", "Trains")),
        example("no call", number=2),
    )
    out = tmp_path / "out.json.gz"
    result = CliRunner().invoke(main, ["convert", "nlsi", str(root), str(out)], catch_exceptions=False)
    assert "1 records, 0 refusals, 1 skipped; 1 with several calls, kept apart" in result.output
    assert "nlsi/test_0002: not a call: no call" in result.output
    assert [record.id for record in load_dataset(out).records] == ["nlsi/test_0000"]
    assert [record.id for record in load_dataset(tmp_path / "out.several.json.gz").records] == ["nlsi/test_0001"]
    groups = json.loads(gzip.decompress((tmp_path / "out.groups.json.gz").read_bytes()))
    assert set(groups) == {"nlsi/test_0000", "nlsi/test_0001"}


def plain(answer):
    """An answer with the value alone of each parameter, without what else is accepted."""
    platform, calls = answer
    return platform, [
        {function: {name: values[0] for name, values in parameters.items()} for function, parameters in call.items()}
        for call in calls
    ]


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "nlsi").is_dir(), reason=f"no copy of NLSI at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_a_real_copy_agrees_with_the_records_that_were_converted_before():
    imported = import_nlsi(DATA / "raw" / "nlsi")
    known = json.loads(gzip.decompress((DATA / "ptbench_shape" / "nlsi_calls.json.gz").read_bytes()))
    made = {record["id"]: record for record in imported.records}
    assert not imported.skipped
    assert all(made[own["id"]][key] == own[key] for own in known for key in ("query", "user_profile"))
    values = [(plain(made[own["id"]]["answer"]), plain(own["answer"])) for own in known]
    assert sum(one == other for one, other in values) >= len(known) - 1
    differ = [own for own in known if made[own["id"]]["answer"] != own["answer"]]
    assert len(differ) == 15  # in what else is accepted: that was any word of the query with the value in it


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "nlsi").is_dir(), reason=f"no copy of NLSI at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_sources_of_a_real_copy_differ_from_those_of_before_only_where_a_value_is_a_part_of_a_word():
    made = {record["id"]: record for record in import_nlsi(DATA / "raw" / "nlsi").records}
    known = json.loads(gzip.decompress((DATA / "ptbench_shape" / "nlsi_calls.json.gz").read_bytes()))
    fewer = 0
    for before in known:
        own = made[before["id"]]
        ((arguments,),) = (call.values() for call in own["answer"][1])
        texts = {"query_params": own["query"], "profile_params": " ".join(own["user_profile"][PROFILE].values())}
        for key, text in texts.items():
            for name in set(own[key]) ^ set(before[key]):
                value = arguments[name][0]
                if isinstance(value, bool):
                    continue  # which words say a yes or no was another rule
                assert name in before[key]
                assert re.search(rf"\w{re.escape(value)}|{re.escape(value)}\w", text, re.IGNORECASE)
                assert not re.search(rf"(?<!\w){re.escape(value)}(?!\w)", own["query"], re.IGNORECASE)
                fewer += 1
    assert fewer == 9


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "nlsi").is_dir(), reason=f"no copy of NLSI at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_what_a_real_copy_accepts_beside_the_value_is_the_value_with_an_ending():
    imported = import_nlsi(DATA / "raw" / "nlsi")
    answers = [record["answer"] for record in (*imported.records, *imported.several)]
    further = [own for record in imported.several for own in record.get(FURTHER, [])]
    calls = [call for _, own in (*answers, *further) for call in own]
    lists = [values for call in calls for parameters in call.values() for values in parameters.values()]
    wider = [values for values in lists if len(values) > 1]
    assert len(wider) == 6
    assert {form.lower().removeprefix(value.lower()) for value, form in wider} == {"s", "'s"}
