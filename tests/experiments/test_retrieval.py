import gzip
import json

import numpy as np
import pytest
from click.testing import CliRunner

import experiments.retrieval
from experiments.cli import main
from experiments.errors import DatasetError
from experiments.evidence import EvidenceRecord, read_questions
from experiments.retrieval import compare_retrieval, measures
from indexes import HashingEmbedder, RerankingError

RECORDS = [
    {
        "id": "1",
        "query": "User: a dentist",
        "facts": {"a": "My dentist is in town.", "b": "I like tea."},
        "gold": ["a"],
    },
    {"id": "2", "query": "some tea", "facts": {"a": "My dentist is in town.", "b": "I like tea."}, "gold": ["b"]},
    {"id": "3", "query": "nothing", "facts": {"a": "I like tea."}, "gold": []},
]


class Backwards:
    name = "backwards"

    def score(self, query, texts):
        assert not query.startswith("User:")
        return 100.0 * np.arange(len(texts), dtype=np.float32)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "small.json.gz"
    file.write_bytes(gzip.compress(json.dumps(RECORDS).encode()))
    return file


@pytest.fixture(autouse=True)
def models(monkeypatch):
    monkeypatch.setattr(
        experiments.retrieval, "load_embedder", lambda _, runtime: HashingEmbedder(256 if runtime == "auto" else 64)
    )
    monkeypatch.setattr(experiments.retrieval, "load_reranker", lambda _: Backwards())


def test_records_without_gold_ask_for_nothing(path):
    assert [question.id for question in read_questions(path)] == ["1", "2"]


@pytest.mark.parametrize(
    "content", [b"[", b"{}", gzip.compress(b'[{"id": 1}]', mtime=0), gzip.compress(b"[3]", mtime=0)]
)
def test_a_file_of_another_kind_is_an_error_of_ours(tmp_path, content):
    (tmp_path / "x.gz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"expected a list of \{id, query, facts, gold\}"):
        read_questions(tmp_path / "x.gz")


def test_measures_are_those_of_the_textbook():
    asked = EvidenceRecord(id="1", query="q", facts={}, gold=frozenset("ab"))
    assert measures([asked], lambda _: "ab") == (1.0, 1.0, pytest.approx(1.0))
    second = (1 / np.log2(3)) / (1 + 1 / np.log2(3))
    assert measures([asked], lambda _: "xaxxxb")[:2] == (0.0, 0.5)
    assert measures([asked], lambda _: "xa")[2] == pytest.approx(second)
    assert measures([asked, asked], lambda _: []) == (0.0, 0.0, 0.0)
    many = EvidenceRecord(id="2", query="q", facts={}, gold=frozenset("abcdefghijklm"))
    assert measures([many], lambda _: "abcdefghij")[2] == pytest.approx(1.0)


def test_a_row_for_each_embedder_and_one_with_the_reranker(path):
    *_, head, first, second, third, fourth = compare_retrieval([path])
    assert head.split() == ["retrieval", "small", "h@1", "r@5", "nDCG", "ms/query", "ratio", "ms/text", "ratio"]
    assert first.split()[:4] == ["hashing-256-v1", "1.000", "1.000", "1.000"]
    assert [line.split()[0] for line in (second, third, fourth)] == ["hashing-256-v1", "hashing-64-v1", "hashing-64-v1"]
    assert all("+ reranker" in line for line in (second, fourth))


def test_without_a_reranker_it_says_so_unless_one_was_asked_for(path, monkeypatch):
    def refuse(_):
        raise RerankingError("none is here")

    monkeypatch.setattr(experiments.retrieval, "load_reranker", refuse)
    lines = list(compare_retrieval([path]))
    assert lines[0] == "no reranker: none is here"
    assert not any("+ reranker" in line for line in lines)
    with pytest.raises(RerankingError):
        list(compare_retrieval([path], reranker=path.parent))


def test_the_command_prints_the_table_and_takes_several_runtimes(path):
    result = CliRunner().invoke(main, ["retrieval", "--data", str(path), "--runtime", "auto", "static", "--limit", "1"])
    assert result.exit_code == 0, result.output
    assert "records: small 1" in result.stdout
    assert result.stdout.count("hashing-64-v1") == 3
