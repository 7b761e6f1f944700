"""Measuring stores: every figure is there, whatever the machine's speed."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from experiments.bench_store import measure_floors, measure_store, to_text
from experiments.cli import main
from experiments.store_facts import FactSource
from experiments.store_makers import STORES
from indexes import HashingEmbedder

EMBEDDER = HashingEmbedder(64)


@pytest.mark.parametrize("name", STORES)
def test_a_store_is_filled_and_measured(name):
    row = measure_store(name, 3, embedder=EMBEDDER)
    assert (row.store, row.users, row.facts) == (name, 3, 100)
    assert 0 < row.p50 <= row.p95 <= row.p99
    assert min(row.first, row.ingest, row.encoded, row.read, row.added, row.forgotten) > 0
    assert (row.bytes is None, row.memory is None) == (name == "memory", name != "memory")
    assert row.recall is None


def test_half_as_wide_numbers_take_less_room():
    wide, narrow = (measure_store(name, 3, embedder=EMBEDDER).bytes for name in ("sqlite", "sqlite-float16"))
    assert narrow < wide


def test_the_table_has_a_line_for_each_row_with_its_ratios():
    row = measure_store("memory", 2, embedder=EMBEDDER, facts=7)
    assert row.encoded is None
    lines = list(to_text(measure_floors(EMBEDDER), [row, row]))
    heads, first, second = (line.split() for line in lines[1:4])
    assert first == second
    assert len(first) == len([name for name in heads if name != "us"])
    assert first[heads.index("/fewest") - heads[: heads.index("/fewest")].count("us")] == "1.00"


def test_facts_differ_and_are_the_same_again():
    (texts, vectors), (again, same) = (FactSource(EMBEDDER).take(500) for _ in range(2))
    assert texts == again
    assert vectors.tolist() == same.tolist()
    assert len(set(texts)) == 500
    assert abs((vectors**2).sum(axis=1) - 1.0).max() < 1e-5


@pytest.mark.parametrize("name", ["nonsense", "postgres"])
def test_a_store_that_cannot_be_made_is_refused_before_anything_is_measured(name, monkeypatch):
    monkeypatch.delenv("PROFILE_RESOLVER_POSTGRES", raising=False)
    done = CliRunner().invoke(main, ["bench-store", "--store", name])
    assert done.exit_code == 2
    assert name in done.output
    with pytest.raises(ValueError, match=name):
        measure_store(name, 1, embedder=EMBEDDER)
