"""Work in other processes."""

from __future__ import annotations

import pytest
from workers import Dying, Encoding, Failing, NeverReady, Squaring

from indexes import CachedEmbedder, ProcessExecutor, WorkerDiedError


@pytest.fixture(scope="module")
def executor():
    with ProcessExecutor(2) as made:
        yield made


def test_results_come_in_order_and_workers_are_made_ready_once(executor, tmp_path):
    work = Squaring(tmp_path)
    assert list(executor.map(work, range(40))) == [n * n for n in range(40)]
    assert list(executor.map(Squaring(tmp_path), [5])) == [25]
    assert 1 <= len(list(tmp_path.iterdir())) <= 2
    assert list(executor.map(work, [])) == []


def test_an_item_whose_worker_was_killed_is_done_by_another_once(executor, tmp_path):
    for mark in ("die-3-a", "die-3-b", "die-17-a"):
        (tmp_path / mark).touch()
    found = list(executor.map(Dying(tmp_path, frozenset((3, 17))), range(20)))
    assert found == [n * n for n in range(20)]
    assert not list(tmp_path.glob("die-*"))


def test_an_item_that_kills_every_worker_is_given_up(tmp_path):
    for mark in range(5):
        (tmp_path / f"die-1-{mark}").touch()
    with ProcessExecutor(1, retries=1) as own:
        results = own.map(Dying(tmp_path, frozenset((1,))), [0, 1, 2])
        assert next(results) == 0
        with pytest.raises(WorkerDiedError, match="2 times"):
            next(results)
        assert list(own.map(Squaring(tmp_path), [4])) == [16]


def test_an_error_of_the_work_is_raised_in_its_turn(executor):
    results = executor.map(Failing(), range(5))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="no 3"):
        next(results)
    with pytest.raises(LookupError, match="no model here"):
        list(executor.map(NeverReady(), [1]))


def test_items_are_read_only_as_far_as_there_are_workers(executor):
    taken = []

    def endless():
        number = 0
        while True:
            taken.append(number)
            yield number
            number += 10

    results = executor.map(Failing(), endless())
    assert next(results) == 0
    assert len(taken) <= 5


@pytest.mark.parametrize(("workers", "retries"), [(0, 1), (1, -1)])
def test_no_workers_are_refused(workers, retries):
    with pytest.raises(ValueError, match="at least 1 worker"):
        ProcessExecutor(workers, retries=retries)


@pytest.mark.model
def test_an_embedder_in_a_worker_gives_the_same_vectors(executor, onnx):
    texts = ["likes ramen", "plays tennis", ""]
    (there,) = executor.map(Encoding(CachedEmbedder(onnx)), [texts])
    assert there.tolist() == onnx.encode(texts).tolist()
