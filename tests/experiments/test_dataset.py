import gzip
import json

import pytest
from bench_samples import ANSWER, raw, write

from experiments import DatasetLayoutError, DatasetReadError, DuplicateIdError, RecordError, load_dataset

SPLITS = ("test_trained_user", "test_untrained_user")


def test_a_file_gives_its_records_in_order_named_by_the_file(tmp_path):
    dataset = load_dataset(write(tmp_path / "mine.json", [raw(query="a"), raw(query="b")]))
    assert dataset.name == "mine"
    assert [(r.id, r.case.query) for r in dataset.records] == [("mine/0", "a"), ("mine/1", "b")]
    first = dataset.records[0]
    assert first.answer.platform == "Shop"
    assert first.answer.calls == (("order", {"item": ["tea"], "count": [2]}),)
    assert first.answer.to_json() == ANSWER
    assert first.split is None


def test_a_compressed_file_is_the_same_dataset(tmp_path):
    plain = write(tmp_path / "mine.json", [raw()])
    packed = tmp_path / "mine.json.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert load_dataset(packed) == load_dataset(plain)


def test_the_hash_follows_the_content_and_not_the_path(tmp_path):
    one = load_dataset(write(tmp_path / "a" / "data.json", [raw()]))
    moved = load_dataset(write(tmp_path / "b" / "data.json", [raw()]))
    other = load_dataset(write(tmp_path / "c" / "data.json", [raw(query="other")]))
    assert one.sha256 == moved.sha256 != other.sha256
    assert (one.name, moved.name) == ("a", "b")
    assert load_dataset(tmp_path / "a", name="given").name == "given"


def test_a_folder_with_both_splits_gives_records_that_carry_their_split(tmp_path):
    for split in SPLITS:
        write(tmp_path / "bench" / split / "data.json", [raw(), raw()])
    dataset = load_dataset(tmp_path / "bench")
    assert [r.split for r in dataset.records] == [SPLITS[0]] * 2 + [SPLITS[1]] * 2
    assert dataset.records[2].id == "bench/test_untrained_user/0"


@pytest.mark.parametrize("given", ["", "data.json"])
def test_one_split_alone_carries_its_split(tmp_path, given):
    write(tmp_path / SPLITS[0] / "data.json", [raw()])
    dataset = load_dataset(tmp_path / SPLITS[0] / given)
    assert (dataset.name, dataset.records[0].split) == (SPLITS[0], SPLITS[0])


def test_other_folders_are_refused_with_the_accepted_layouts(tmp_path):
    write(tmp_path / SPLITS[0] / "data.json", [raw()])
    with pytest.raises(DatasetLayoutError, match=r"test_trained_user.data\.json; accepted are"):
        load_dataset(tmp_path)
    write(tmp_path / "several" / "a.json", [raw()])
    write(tmp_path / "several" / "b.json", [raw()])
    with pytest.raises(DatasetLayoutError, match="no data file; accepted are"):
        load_dataset(tmp_path / "several")
    with pytest.raises(DatasetLayoutError, match="no such file"):
        load_dataset(tmp_path / "absent.json")
    with pytest.raises(DatasetLayoutError, match=r"not a \.json"):
        load_dataset(write(tmp_path / "data.txt", [raw()]))


def test_two_forms_of_one_data_file_are_refused(tmp_path):
    write(tmp_path / "data.json", [raw()])
    (tmp_path / "data.json.gz").write_bytes(gzip.compress(b"[]", mtime=0))
    with pytest.raises(DatasetLayoutError, match="both"):
        load_dataset(tmp_path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "truncated"),
        (json.dumps([raw()]).encode()[:-1], "truncated"),
        (json.dumps([raw()]).encode()[:20], "truncated"),
        (b'[{"query" "x"}, {}]', "not JSON"),
        (json.dumps([raw(query="caf\u00e9")], ensure_ascii=False).encode("latin-1"), "not UTF-8"),
        (json.dumps([raw()]).encode("utf-16"), "not UTF-8"),
        (b'{"query": "x"}', "not a list"),
        (b"[]", "empty"),
        (b"[" * 100_000, "not readable as JSON"),
        (b"[" + b"9" * 5000 + b"]", "not readable as JSON|record 0"),
    ],
)
def test_a_damaged_file_is_a_typed_error_that_names_it(tmp_path, content, message):
    file = tmp_path / "data.json"
    file.write_bytes(content)
    with pytest.raises((DatasetReadError, RecordError), match=message) as caught:
        load_dataset(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("damage", [lambda data: data[:-9], lambda data: data[:5], lambda data: b"x" + data])
def test_a_damaged_gzip_file_is_a_typed_error(tmp_path, damage):
    file = tmp_path / "data.json.gz"
    file.write_bytes(damage(gzip.compress(json.dumps([raw()] * 50).encode())))
    with pytest.raises(DatasetReadError, match="gzip"):
        load_dataset(file)


def test_a_byte_order_mark_is_accepted(tmp_path):
    file = tmp_path / "data.json"
    file.write_bytes(b"\xef\xbb\xbf" + json.dumps([raw()]).encode())
    assert len(load_dataset(file).records) == 1


@pytest.mark.parametrize("key", list(raw()))
def test_a_missing_key_is_named_with_file_and_index(tmp_path, key):
    broken = raw()
    del broken[key]
    with pytest.raises(RecordError) as caught:
        load_dataset(write(tmp_path / "d.json", [raw(), broken]))
    assert (caught.value.index, caught.value.key) == (1, key)
    assert caught.value.file.endswith("d.json")
    assert "record 1" in str(caught.value)


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"query": 7}, "query"),
        ({"query": None}, "query"),
        ({"query_params": "city"}, "query_params"),
        ({"profile_params": [1]}, "profile_params"),
        ({"answer": "Shop"}, "answer"),
        ({"answer": ["Shop"]}, "answer"),
        ({"answer": {"Shop": []}}, "answer"),
        ({"answer": [None, []]}, "answer[0]"),
        ({"answer": ["Shop", {"order": {}}]}, "answer[1]"),
        ({"answer": ["Shop", ["order"]]}, "answer[1][0]"),
        ({"answer": ["Shop", [{}]]}, "answer[1][0]"),
        ({"answer": ["Shop", [{"order": ["item"]}]]}, "answer[1][0].order"),
        ({"answer": ["Shop", [{"order": {"item": 3}}]]}, "answer[1][0].order.item"),
        ({"answer": ["Shop", [{"order": {"item": []}}]]}, "answer[1][0].order.item"),
    ],
)
def test_a_value_of_the_wrong_shape_is_named_by_its_key(tmp_path, change, key):
    with pytest.raises(RecordError) as caught:
        load_dataset(write(tmp_path / "d.json", [raw(), raw(), raw(**change)]))
    assert (caught.value.index, caught.value.key) == (2, key)


def test_a_gold_value_nested_too_deeply_is_a_record_error(tmp_path):
    deep = "[" * 600 + "]" * 600
    text = json.dumps([raw(["Shop", [{"order": {"item": ["DEEP"]}}]])]).replace('"DEEP"', deep)
    file = tmp_path / "d.json"
    file.write_text(text)
    with pytest.raises((RecordError, DatasetReadError)):
        load_dataset(file)


def test_a_record_that_is_no_object_is_named(tmp_path):
    with pytest.raises(RecordError, match=r"record 0.*a list of 1"):
        load_dataset(write(tmp_path / "d.json", [["x"]]))


@pytest.mark.parametrize("shape", [None, "text", 3, [1, {"a": []}], {"a": {"b": None}}])
def test_profile_platforms_and_tools_may_have_any_shape(tmp_path, shape):
    loaded = load_dataset(write(tmp_path / "d.json", [raw(user_profile=shape, platforms=shape, tools=shape)]))
    case = loaded.records[0].case
    assert case.user_profile == case.platforms == case.tools == shape


def test_other_keys_are_kept_and_the_case_has_none_of_the_gold(tmp_path):
    record = load_dataset(write(tmp_path / "d.json", [raw(scenario="food", id="own")])).records[0]
    assert (record.id, record.extra) == ("own", {"scenario": "food"})
    assert set(record.case.model_dump()) == {"id", "query", "user_profile", "platforms", "tools"}


def test_an_id_that_is_no_text_is_replaced_and_kept(tmp_path):
    record = load_dataset(write(tmp_path / "d.json", [raw(id=7)])).records[0]
    assert (record.id, record.extra) == ("d/0", {"id": 7})


def test_duplicate_ids_name_both_records(tmp_path):
    values = [raw(id="a"), raw(id="b"), raw(id="a")]
    with pytest.raises(DuplicateIdError, match=r"record 2, key 'id': 'a' is already the id of record 0"):
        load_dataset(write(tmp_path / "d.json", values))


def test_an_id_that_takes_a_numbered_one_is_a_duplicate(tmp_path):
    with pytest.raises(DuplicateIdError):
        load_dataset(write(tmp_path / "d.json", [raw(id="d/1"), raw()]))


def test_a_bare_accepted_string_is_kept_as_it_came(tmp_path):
    answer = ["Shop", [{"order": {"item": "tea"}}]]
    assert load_dataset(write(tmp_path / "d.json", [raw(answer)])).records[0].answer.to_json() == answer


def test_emoji_and_right_to_left_text_arrive_unchanged(tmp_path):
    query = "\U0001f35c \u05e9\u05dc\u05d5\u05dd \u202e"
    assert load_dataset(write(tmp_path / "d.json", [raw(query=query)])).records[0].case.query == query
