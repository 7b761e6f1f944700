"""The data of the demo: requests of synthetic users, and which of them are explained."""

from __future__ import annotations

import experiments.demo
from experiments.dataset import load_dataset
from experiments.demo import demo_data, examples_of


def test_the_demo_is_of_synthetic_users_and_shows_three_kinds_of_request_of_three_users(tmp_path):
    dataset = load_dataset(demo_data(tmp_path))
    assert dataset.name == "ptool"
    assert len(dataset.records) == 72
    assert len({record.extra["user"] for record in dataset.records}) == 12
    by_id = {record.id: record.extra for record in dataset.records}
    shown = [by_id[name] for name in examples_of(dataset)]
    assert [own["kind"] for own in shown] == ["both", "usual", "arguments"]
    assert len({own["user"] for own in shown}) == 3


def test_without_faker_the_demo_falls_back_on_the_users_written_by_hand(tmp_path, monkeypatch):
    monkeypatch.setattr(experiments.demo, "find_spec", lambda _name: None)
    dataset = load_dataset(demo_data(tmp_path))
    assert dataset.name == "sample"
    kinds = {record.id: record.extra["kind"] for record in dataset.records}
    assert [kinds[name] for name in examples_of(dataset)] == ["both", "usual", "arguments"]
