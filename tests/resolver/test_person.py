"""A user as vectors: statements and attributes apart, numbers as words."""

import numpy as np
import pytest

from resolver import Profile
from resolver.person import read_person


def test_numbers_are_left_out_for_the_words_that_they_are_read_as(embedder):
    facts = Profile.from_json({"age": 71, "shoe size": 39, "city": "Elmton", "note": "I like quiet cafes."}).facts
    person = read_person(facts, embedder.encode([fact.text for fact in facts]), embedder)
    assert [facts[own[0]].path for own in person.attribute_facts] == ["city", "age"]
    assert person.attributes[1] == pytest.approx(embedder.encode(["an elderly person"])[0])
    assert [facts[own[0]].path for own in person.statement_facts] == ["note"]
    assert person.statements.shape == (1, embedder.dimension)


def test_a_user_of_whom_nothing_is_known_has_no_vectors(embedder):
    person = read_person((), np.zeros((0, embedder.dimension), dtype=np.float32), embedder)
    assert len(person.statements) == len(person.attributes) == 0


def test_what_was_said_before_the_last_date_counts_for_a_half(embedder):
    notes = [
        {"text": "I look for low prices.", "since": "2024-03-01"},
        {"text": "I do not care what it costs.", "since": "2025-02-01"},
        {"text": "Points are what I like.", "since": "2025-02-01"},
        "I like to read.",
    ]
    facts = Profile.from_json({"notes": notes}).facts
    person = read_person(facts, embedder.encode([fact.text for fact in facts]), embedder)
    said = {facts[own[0]].text: float(fresh) for own, fresh in zip(person.statement_facts, person.fresh, strict=True)}
    assert [said[own["text"] if isinstance(own, dict) else own] for own in notes] == [0.5, 1, 1, 1]
