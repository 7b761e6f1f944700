"""A Ray cluster of two nodes on loopback, for the tests that need one."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest


def started(*arguments):
    """One part of a cluster; a process that ends with the test."""
    command = [str(Path(sys.executable).with_name("ray")), "start", *arguments, "--num-cpus=1", "--block"]
    command += ["--node-ip-address=127.0.0.1", "--disable-usage-stats"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)  # noqa: S603


def ended(process):
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def nodes(executor):
    return [node for node in executor._ray.nodes() if node["Alive"]]


def wait_for(what):
    for _ in range(300):
        if what():
            return
        time.sleep(0.1)
    pytest.fail("the cluster did not get there in 30 s")


@contextmanager
def running_cluster():
    """The address of a cluster of two nodes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    settings = pytest.MonkeyPatch()
    settings.setenv("RAY_AUTH_MODE", "token")
    settings.setenv("RAY_AUTH_TOKEN", secrets.token_hex(32))
    settings.setenv("PYTHONPATH", os.pathsep.join(map(str, Path(__file__).parents[:3:2])))
    folder = f"--temp-dir=/tmp/ray-{secrets.token_hex(3)}"  # a socket's path may have 107 characters
    head = started("--head", f"--port={address.rpartition(':')[2]}", "--include-dashboard=false", folder)
    second = None
    try:
        wait_for(lambda: _answers(address))
        second = started(f"--address={address}")
        yield address
    finally:
        for process in filter(None, (second, head)):
            ended(process)
        settings.undo()


def _answers(address):
    host, _, port = address.rpartition(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0
