"""`profile-bench run` killed in the middle, as by a machine that goes down, and given again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from experiments import load_dataset
from experiments.sample import write

ROOT = Path(__file__).parents[2]
# the command itself, with vectors that need no model, and slow enough to be met in the middle
COMMAND = """
import sys, time
from baselines import registry
from baselines.workbench import Workbench
from experiments import run
from experiments.cli import main
from indexes import HashingEmbedder

registry.default_workbench = lambda variant: Workbench(HashingEmbedder(), variant=variant)
answer, pause = run._timed, float(sys.argv.pop(1))

def slowly(*words, **more):
    time.sleep(pause)
    return answer(*words, **more)

run._timed = slowly
main()
"""
DEADLINE = 120.0


@pytest.fixture
def start(tmp_path):
    """Starts the command on the first 40 records of the sample data."""
    data = write(tmp_path / "sample.json")

    def started(out, *, pause=0.0):
        words = ["run", "--data", str(data), "--system", "resolver", "--limit", "40", "--out", str(tmp_path / out)]
        return subprocess.Popen(  # noqa: S603 - this project's own command
            [sys.executable, "-c", COMMAND, str(pause), *words],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    return started


def finished(process):
    output, _ = process.communicate(timeout=DEADLINE)
    assert process.returncode == 0, output


def killed(process, predictions, *, after):
    """Kills a process as soon as so many answers are on disk."""
    until = time.monotonic() + DEADLINE
    while not predictions.exists() or predictions.read_bytes().count(b"\n") < after:
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < until
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=DEADLINE)
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="the system has no SIGKILL")
def test_a_run_that_is_killed_twice_and_given_again_has_every_record_once_and_the_same_answers(start, tmp_path):
    killed_one, whole = (tmp_path / out / "sample" / "resolver" / "predictions.jsonl" for out in ("killed", "whole"))
    for after in (5, 20):
        killed(start("killed", pause=0.03), killed_one, after=after)
        assert after <= killed_one.read_bytes().count(b"\n") < 40
    with killed_one.open("a") as file:
        file.write('{"id": "half a li')  # as of a write that was cut short
    finished(start("killed"))
    finished(start("whole"))
    ids = [json.loads(line)["id"] for line in killed_one.read_text().splitlines()]
    assert ids == [record.id for record in load_dataset(tmp_path / "sample.json").records[:40]]
    assert killed_one.read_bytes() == whole.read_bytes()
    assert (tmp_path / "killed" / "sample" / "scores.json").exists()
