"""PrefEval's own layout becomes evidence records: a question, its statement, and distractors that a hash draws."""

import gzip
import json
import os
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner

from experiments import DatasetError, DatasetReadError, RecordError
from experiments.cli import main
from experiments.evidence import read_evidence
from experiments.importers import import_prefeval

DATA = Path(os.environ.get("PROFILE_RESOLVER_DATA") or Path(__file__).parents[3] / "shared" / "data")


def pair(topic, number):
    return {"preference": f"I avoid {topic} {number}.", "question": f"Which {topic}, case {number}?", "explanation": ""}


TOPICS = {topic: [pair(topic, number) for number in range(15)] for topic in ("bread", "boats", "hats")}


@pytest.fixture
def folder(tmp_path):
    def write(topics):
        explicit = tmp_path / "benchmark_dataset" / "explicit_preference"
        explicit.mkdir(parents=True, exist_ok=True)
        for topic, content in topics.items():
            text = content if isinstance(content, str) else json.dumps(content)
            (explicit / f"{topic}.json").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def right(record):
    return [record["facts"][name] for name in record["gold"]]


def test_a_question_has_its_statement_nine_of_its_topic_and_ten_of_others(folder):
    imported = import_prefeval(folder(TOPICS))
    assert len(imported.records) == 45
    assert not imported.skipped
    for record in imported.records:
        _, topic, index = record["id"].split("/")
        assert set(record) == {"id", "query", "facts", "gold", "topic"}
        assert record["topic"] == topic
        assert record["query"] == TOPICS[topic][int(index)]["question"]
        assert right(record) == [TOPICS[topic][int(index)]["preference"]]
        assert list(record["facts"]) == [f"p{number}" for number in range(20)]
        of = Counter(text.split()[2] for text in record["facts"].values())
        assert of[topic] == 10
        assert len(set(record["facts"].values())) == 20


def test_the_same_copy_gives_the_same_records_and_order_of_entries_does_not_draw(folder):
    first = import_prefeval(folder(TOPICS)).records
    assert import_prefeval(folder(TOPICS)).records == first
    turned = import_prefeval(folder({**TOPICS, "boats": TOPICS["boats"][::-1]})).records
    assert [own["facts"] for own in turned if own["topic"] != "boats"] == [
        own["facts"] for own in first if own["topic"] != "boats"
    ]


def test_places_and_distractors_differ_between_records(folder):
    records = import_prefeval(folder(TOPICS)).records
    assert len({record["gold"][0] for record in records}) > 8
    assert len({frozenset(record["facts"].values()) for record in records}) == len(records)


def test_the_draw_is_the_documented_hash(folder):
    (record, *_) = import_prefeval(folder({"bread": TOPICS["bread"]})).records
    # as the shell has it: `printf draw/prefeval/bread/0/STATEMENT | sha256sum`, sorted, nine taken; again with order/
    assert [text.split()[-1] for text in record["facts"].values()] == (
        ["2.", "3.", "11.", "12.", "8.", "7.", "1.", "13.", "0.", "10."]
    )


def test_a_statement_in_the_same_words_is_no_distractor(folder):
    same = {**pair("bread", 0), "preference": '"i avoid bread 0."', "question": "And then?"}
    for record in import_prefeval(folder({"bread": [*TOPICS["bread"][:3], same], "hats": [same]})).records:
        words = [text.strip('"').casefold() for text in record["facts"].values()]
        assert len(set(words)) == len(words) == 3


def test_fewer_statements_give_fewer_distractors(folder):
    records = import_prefeval(folder({"bread": TOPICS["bread"][:2], "hats": TOPICS["hats"][:1]})).records
    assert [len(record["facts"]) for record in records] == [3, 3, 3]


@pytest.mark.parametrize("key", ["question", "preference"])
def test_an_entry_without_words_is_skipped_with_its_reason(folder, key):
    imported = import_prefeval(folder({"bread": [*TOPICS["bread"], {**pair("bread", 99), key: " "}]}))
    assert len(imported.records) == 15
    assert imported.skipped == [("prefeval/bread/15", "an empty question or preference")]
    assert all(text.strip() for record in imported.records for text in record["facts"].values())


@pytest.mark.parametrize(
    ("damaged", "key"),
    [
        (7, ""),
        ({"question": "x"}, "preference"),
        ({"question": ["x"], "preference": "y"}, "question"),
        ({"a": 1e999}, ""),
    ],
)
def test_an_entry_of_another_layout_is_named_with_file_index_and_key(folder, damaged, key):
    with pytest.raises(RecordError) as caught:
        import_prefeval(folder({"bread": [pair("bread", 1), damaged]}))
    assert Path(caught.value.file).name == "bread.json"
    assert (caught.value.index, caught.value.key) == (1, key)


@pytest.mark.parametrize(
    "content", ["", "[", '[{"question": "x', "{}", "[]", '[{"question": "x", "question": "y"}]', "[" * 9000]
)
def test_a_damaged_file_is_named(folder, content):
    with pytest.raises(DatasetReadError, match=r"bread\.json"):
        import_prefeval(folder({**TOPICS, "bread": content}))


def test_a_folder_without_topics_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"no benchmark_dataset/explicit_preference/TOPIC\.json"):
        import_prefeval(tmp_path)


def test_the_command_writes_evidence_records(folder, tmp_path):
    root = folder({**TOPICS, "bread": [*TOPICS["bread"], {**pair("bread", 99), "question": ""}]})
    out = tmp_path / "prefeval.json.gz"
    result = CliRunner().invoke(main, ["convert", "prefeval", str(root), str(out)], catch_exceptions=False)
    assert "45 records, 0 refusals, 1 skipped" in result.output
    assert "prefeval/bread/15: an empty question or preference" in result.output
    records = read_evidence(out, "topic")
    assert Counter(record.group for record in records) == {"bread": 15, "boats": 15, "hats": 15}
    assert not (tmp_path / "prefeval.groups.json.gz").exists()


@pytest.mark.data
@pytest.mark.skipif(
    not (DATA / "raw" / "prefeval").is_dir(), reason=f"no copy of PrefEval at {DATA}; set PROFILE_RESOLVER_DATA"
)
def test_a_real_copy_agrees_with_the_records_that_were_converted_before_but_for_the_draw():
    imported = import_prefeval(DATA / "raw" / "prefeval")
    known = json.loads(gzip.decompress((DATA / "evidence" / "prefeval.json.gz").read_bytes()))
    assert not imported.skipped
    assert [(own["id"], own["query"], own["topic"], right(own)) for own in imported.records] == [
        (own["id"], own["query"], own["topic"], right(own)) for own in known
    ]
    topic_of = {text: own["topic"] for own in imported.records for text in right(own)}
    for own in imported.records:
        assert sum(topic_of[text] == own["topic"] for text in own["facts"].values()) == 10
        assert len(own["facts"]) == 20
