from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime

import pytest

from experiments import sample

KINDS = {"log", "statement", "arguments", "both", "override", "usual"}
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool, "array": list}

# Gold values that the query (or, for one gearbox, a statement) says in other words.
NUMBER_WORDS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight"}
SAID_OTHERWISE = {
    ("sample/beatrix-5", "time"): "eight in the evening",
    ("sample/ingrid-5", "minutes"): "an hour and a half",
    ("sample/jonah-1", "public"): "private",
    ("sample/jonah-4", "start_time"): "five in the afternoon",
    ("sample/lucia-3", "gearbox"): "without a clutch",
    ("sample/kenji-4", "time"): "quarter past six in the morning",
    ("sample/owen-5", "quantity"): "a honey jar set",
    ("sample/samir-1", "public"): "let everybody see it",
}


@pytest.fixture(scope="module")
def records():
    return sample.records()


def calls(record):
    return [(function, values) for call in record["answer"][1] for function, values in call.items()]


def schema(record, function):
    platform = record["answer"][0]
    found = [tool for tool in record["tools"] if (tool["platform"], tool["name"]) == (platform, function)]
    assert len(found) == 1, f"{record['id']}: {platform} has {len(found)} tools {function!r}"
    return found[0]["parameters"]


def resolve(profile, path):
    node = profile
    for part in path.split("."):
        node = node[int(part)] if isinstance(node, list) else node[part]
    return node


def fits(value, parameter):
    if parameter["type"] != "boolean" and isinstance(value, bool):
        return False
    return isinstance(value, TYPES[parameter["type"]]) and ("enum" not in parameter or value in parameter["enum"])


def said(value, text):
    """Whether a text has the value, as it stands or as a number in words."""
    if isinstance(value, list):
        return all(said(item, text) for item in value)
    if isinstance(value, bool):
        return False
    words = [str(value)]
    if isinstance(value, int):
        words += [NUMBER_WORDS[value]] if value in NUMBER_WORDS else []
    return any(re.search(rf"(?<![\w.]){re.escape(word)}(?!\.?\w)", text, re.IGNORECASE) for word in words)


def profile_text(profile):
    return json.dumps(profile, ensure_ascii=False)


def leaves(node):
    if isinstance(node, dict):
        return [leaf for child in node.values() for leaf in leaves(child)]
    if isinstance(node, list):
        return [leaf for child in node for leaf in leaves(child)]
    return [str(node)]


def test_there_are_enough_cases_of_every_kind_scenario_and_user(records):
    users = {profile_text(record["user_profile"]) for record in records}
    scenarios = Counter(record["scenario"] for record in records)
    kinds = Counter(record["kind"] for record in records)
    assert len(records) >= 60
    assert len({record["id"] for record in records}) == len(records)
    assert len({record["query"] for record in records}) == len(records)
    assert len(users) == len({record["user"] for record in records}) == 12
    assert len(scenarios) == 5
    assert min(scenarios.values()) >= 12
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 10
    assert sum(len(record["answer"][1]) > 1 for record in records) >= 2


def test_half_of_the_cases_choose_among_their_scenario_and_half_among_all(records):
    sizes = Counter((record["candidates"], len(record["platforms"])) for record in records)
    assert sizes == {("scenario", 3): len(records) / 2, ("all", 15): len(records) / 2}


def test_three_platforms_of_a_scenario_offer_the_same_tools(records):
    homes = {}
    for record in records:
        if record["candidates"] == "scenario":
            homes.setdefault(record["scenario"], {platform["name"] for platform in record["platforms"]})
            offered = {}
            for tool in record["tools"]:
                offered.setdefault(tool["platform"], []).append((tool["name"], tool["parameters"]))
            first, *others = offered.values()
            assert all(other == first for other in others)
            assert 4 <= len(first) <= 6
    assert {len(names) for names in homes.values()} == {3}
    assert len(set().union(*homes.values())) == 15
    assert all(record["answer"][0] in homes[record["scenario"]] for record in records)


def test_no_platform_is_right_too_often(records):
    by_scenario = {}
    for record in records:
        by_scenario.setdefault(record["scenario"], Counter())[record["answer"][0]] += 1
    for counts in by_scenario.values():
        assert len(counts) == 3
        assert max(counts.values()) / counts.total() <= 0.6


def test_gold_fits_the_schema_of_its_own_tools(records):
    for record in records:
        platform, golds = record["answer"]
        assert platform in {candidate["name"] for candidate in record["platforms"]}
        assert golds
        for function, values in calls(record):
            parameters = schema(record, function)
            assert set(values) <= set(parameters), record["id"]
            assert {name for name, parameter in parameters.items() if parameter["required"]} <= set(values), record[
                "id"
            ]
            for name, accepted in values.items():
                assert isinstance(accepted, list), (record["id"], name)
                assert accepted, (record["id"], name)
                assert all(fits(value, parameters[name]) for value in accepted), (record["id"], name, accepted)


def test_no_function_is_called_twice_in_a_case(records):
    for record in records:
        names = [function for function, _ in calls(record)]
        assert len(set(names)) == len(names)


def test_parameter_lists_name_the_gold_parameters_once(records):
    for record in records:
        gold = [name for _, values in calls(record) for name in values]
        query, profile = record["query_params"], record["profile_params"]
        assert sorted(query + profile) == sorted(set(gold)), record["id"]
        assert set(record.get("default_params", [])) <= set(query), record["id"]


def test_gold_values_are_grounded_where_the_lists_say(records):
    used = set()
    for record in records:
        for function, values in calls(record):
            parameters = schema(record, function)
            for name, accepted in values.items():
                where = (record["id"], name)
                if name in record.get("default_params", []):
                    assert accepted == [parameters[name]["default"]], where
                    continue
                if name in record["profile_params"]:
                    texts = [*leaves(record["user_profile"]), profile_text(record["user_profile"])]
                else:
                    texts = [record["query"]]
                if any(said(value, text) for value in accepted for text in texts):
                    continue
                if where in SAID_OTHERWISE:
                    assert any(SAID_OTHERWISE[where].casefold() in text.casefold() for text in texts), where
                    used.add(where)
                    continue
                assert "enum" in parameters[name] or "default" in parameters[name], (where, accepted)
    assert used == set(SAID_OTHERWISE)


def test_what_the_profile_must_add_is_not_in_the_query(records):
    for record in records:
        for _, values in calls(record):
            for name in set(values) & set(record["profile_params"]):
                strings = [value for value in values[name] if isinstance(value, str)]
                assert not any(said(value, record["query"]) for value in strings), (record["id"], name)


def test_evidence_exists_and_profile_arguments_rest_on_it(records):
    for record in records:
        profile = record["user_profile"]
        texts = [profile_text(resolve(profile, path)) for path in record["gold_evidence"]]
        texts += [leaf for path in record["gold_evidence"] for leaf in leaves(resolve(profile, path))]
        texts += [" ".join(leaves(resolve(profile, path))) for path in record["gold_evidence"]]
        assert record["gold_evidence"] or not record["profile_params"], record["id"]
        for _, values in calls(record):
            for name in set(values) & set(record["profile_params"]):
                accepted = [*values[name], SAID_OTHERWISE.get((record["id"], name), values[name][0])]
                assert any(said(value, text) for value in accepted for text in texts), (record["id"], name)


def test_platform_is_named_in_the_query_or_shown_by_the_profile(records):
    for record in records:
        named = record["answer"][0] in record["query"]
        if record["kind"] == "arguments":
            assert named, record["id"]
        elif record["kind"] != "override":
            assert not named, record["id"]
            assert any(path.startswith(("history", "preferences")) for path in record["gold_evidence"]), record["id"]


def test_only_a_statement_shows_the_platform_of_a_statement_case(records):
    homes = {
        record["scenario"]: {platform["name"] for platform in record["platforms"]}
        for record in records
        if record["candidates"] == "scenario"
    }
    for record in records:
        if record["kind"] == "statement":
            history = Counter(event["platform"] for event in record["user_profile"]["history"])
            siblings = {name: history[name] for name in homes[record["scenario"]]}
            gold = siblings.pop(record["answer"][0])
            assert gold <= max(siblings.values()), record["id"]


def test_logs_call_the_catalog_and_signal_liking_in_three_ways(records):
    everything = next(record for record in records if record["candidates"] == "all")
    tools = {(tool["platform"], tool["name"]): tool["parameters"] for tool in everything["tools"]}
    logs = {record["user"]: record["user_profile"]["history"] for record in records}
    ways = Counter()
    for user, log in logs.items():
        assert 12 <= len(log) <= 30, user
        keys = {frozenset(event) - {"instruction", "platform", "api", "arguments"} for event in log}
        assert len(keys) == 1, user
        ways[keys.pop()] += 1
        for event in log:
            parameters = tools[event["platform"], event["api"]]
            assert {name for name, parameter in parameters.items() if parameter["required"]} <= set(event["arguments"])
            assert all(fits(value, parameters[name]) for name, value in event["arguments"].items())
            assert event.get("rating", 0) in {0, 1}
            assert datetime.fromisoformat(event.get("time", "2025-01-01T00:00"))
    assert ways == {frozenset({"rating"}): 4, frozenset({"time"}): 4, frozenset(): 4}


def test_telephones_and_mail_addresses_are_invented(records):
    for record in records:
        text = record["query"] + profile_text(record["user_profile"])
        assert all(host.endswith("example.com") for host in re.findall(r"@([\w.-]*\w)", text)), record["id"]
        assert not re.search(r"(?:/home/|/Users/|[A-Z]:\\\\)", text)


def test_records_are_the_callers_own(records):
    changed = sample.records()
    changed[0]["user_profile"]["history"].clear()
    changed[0]["tools"].clear()
    assert changed[1]["user_profile"]["history"]
    assert sample.records() == records


def test_writer_gives_the_same_bytes_twice_and_they_are_the_records(tmp_path, records):
    (tmp_path / "folder").mkdir()
    first = sample.write(tmp_path / "new" / "one.json")
    second = sample.write(tmp_path / "folder")
    assert first == tmp_path / "new" / "one.json"
    assert second == tmp_path / "folder" / "data.json"
    assert first.read_bytes() == second.read_bytes()
    assert json.loads(first.read_text(encoding="utf-8")) == records
    assert [file.name for file in second.parent.iterdir()] == ["data.json"]


def test_failed_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    target = tmp_path / "data.json"
    target.write_text("old")

    def fail(_):
        raise OSError("disk is full")

    monkeypatch.setattr("indexes.files.os.fsync", fail)
    with pytest.raises(OSError, match="disk is full"):
        sample.write(target)
    assert target.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["data.json"]
