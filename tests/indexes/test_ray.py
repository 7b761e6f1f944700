"""Work on a Ray cluster of two nodes, started here on loopback."""

from __future__ import annotations

import os
import signal
from importlib.util import find_spec
from threading import Thread

import pytest
from clusters import nodes, started, wait_for
from workers import Dying, Failing, NeverReady, Slow, Squaring

from indexes import RayExecutor, WorkersUnavailableError

pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(find_spec("ray") is None, reason="ray is not installed: make test-services"),
    # Ray's own warnings on this Python are none of ours
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def executor(cluster):
    with RayExecutor(cluster) as made:
        wait_for(lambda: len(nodes(made)) == 2)
        yield made


def test_results_come_in_order_and_workers_are_made_ready_once(executor, tmp_path):
    assert list(executor.map(Squaring(tmp_path), range(40))) == [n * n for n in range(40)]
    assert len(list(tmp_path.iterdir())) <= 4


def test_an_item_whose_worker_was_killed_is_done_by_another_once(executor, tmp_path):
    for mark in ("die-3-a", "die-3-b", "die-17-a"):
        (tmp_path / mark).touch()
    assert list(executor.map(Dying(tmp_path, frozenset((3, 17))), range(20))) == [n * n for n in range(20)]
    assert not list(tmp_path.glob("die-*"))


def test_an_error_of_the_work_is_raised_in_its_turn(executor):
    results = executor.map(Failing(), range(5))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="no 3"):
        next(results)
    with pytest.raises(LookupError, match="no model here"):
        list(executor.map(NeverReady(), [1]))


def test_a_cluster_that_does_not_answer_is_a_typed_error():
    with pytest.raises(WorkersUnavailableError, match=r"127\.0\.0\.1:1"):
        RayExecutor("127.0.0.1:1")


def test_what_a_lost_node_had_to_do_is_done_by_the_others_once(cluster, executor, tmp_path):
    third = started(f"--address={cluster}")
    found = []
    try:
        wait_for(lambda: len(nodes(executor)) == 3)
        wider = RayExecutor(cluster)
        assert wider.workers == 3
        working = Thread(target=lambda: found.extend(wider.map(Slow(tmp_path), range(90))))
        working.start()
        wait_for(lambda: len({path.read_text() for path in tmp_path.iterdir()}) == 3)
    finally:
        os.killpg(third.pid, signal.SIGKILL)
        third.wait()
    working.join()
    assert found == [n * n for n in range(90)]
    wait_for(lambda: len(nodes(executor)) == 2)
