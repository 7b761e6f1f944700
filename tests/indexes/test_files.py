from __future__ import annotations

import logging
import os
import warnings
from contextlib import suppress

import pytest

from indexes.files import lock, work_beside, write_whole
from indexes.quiet import quiet_and_offline


def test_a_failed_write_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "sub" / "file.json"
    write_whole(path, b"old")

    def fail(_descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(path.parent.iterdir()) == [path]


def test_a_work_directory_is_gone_after_an_error_and_stays_if_renamed(tmp_path):
    target = tmp_path / "made"
    with suppress(RuntimeError), work_beside(target) as aside:
        (aside / "half").write_text("x")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []
    with work_beside(target) as aside:
        (aside / "whole").write_text("x")
        aside.rename(target)
    assert (target / "whole").read_text() == "x"


def test_quiet_puts_everything_back():
    constants = pytest.importorskip("huggingface_hub.constants")
    transformers_logging = pytest.importorskip("transformers.utils.logging")

    def state():
        bars = transformers_logging.is_progress_bar_enabled()
        root = logging.getLogger()
        return constants.HF_HUB_OFFLINE, bars, root.handlers[:], logging.root.manager.disable, warnings.filters[:]

    before = state()
    with suppress(RuntimeError), quiet_and_offline():
        inside = constants.HF_HUB_OFFLINE
        warnings.warn("hidden", stacklevel=1)
        raise RuntimeError
    assert inside
    assert state() == before


def test_a_lock_is_one_descriptors_until_it_is_closed(tmp_path):
    pytest.importorskip("fcntl")
    first, second = (os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT) for _ in range(2))
    try:
        assert lock(first)
        for wait in (0.0, 0.06):
            with pytest.raises(BlockingIOError):
                lock(second, wait=wait)
        os.close(first)
        assert lock(second, wait=5.0)
    finally:
        os.close(second)
