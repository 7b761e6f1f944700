"""Closed sets are read from the ways in which catalogs state them."""

import numpy as np
import pytest

from resolver import Catalog, Parameter
from resolver.value_sets import closed_values, described_default, is_personal, parameter_text, read_value_sets


@pytest.mark.parametrize(
    ("parameter", "expected"),
    [
        ({"type": "boolean"}, (True, False)),
        ({"enum": ("slow", "fast")}, ("slow", "fast")),
        ({"description": "Pace. [slow, fast]."}, ("slow", "fast")),
        ({"description": "Tempo: ['slow', 'fast']"}, ("slow", "fast")),
        ({"description": "The pace in the form [from, to] (e.g. [1, 2])."}, ()),
        ({"description": "A list [a] of one."}, ()),
        ({"description": "Values: [0, 5], [5, -1]."}, ([0, 5], [5, -1])),
        ({"description": "Options: ['a', 'b'] or ['c']."}, (["a", "b"], ["c"])),
        ({"type": "array", "enum": ("rest", "speed")}, (["rest"], ["speed"])),
        ({"description": "Free text."}, ()),
        ({"enum": tuple(range(51))}, ()),
    ],
)
def test_the_values_of_a_closed_set(parameter, expected):
    assert closed_values(Parameter(name="pace", **parameter)) == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("The day. Defaults to today.", "today"),
        ("The day (default: 'next week').", "next week"),
        ("The default day.", None),
        ("", None),
    ],
)
def test_a_default_that_only_the_description_states(description, expected):
    assert described_default(Parameter(name="day", type="string", description=description)) == expected


def test_what_a_parameter_says_leaves_out_its_values():
    parameter = Parameter(name="bikeType", description="The kind of bike. Available values: ['city', 'race'].")
    assert parameter_text(parameter) == "bike type. The kind of bike"


@pytest.mark.parametrize(
    ("kind", "personal"),
    [("personalized", True), ("environmental", True), ("user_context", True), ("required", False), (None, False)],
)
def test_the_catalog_says_what_is_personal(kind, personal):
    assert is_personal(Parameter(name="pace", kind=kind)) is personal


def test_the_vectors_of_a_set_tell_its_values_apart(embedder):
    parameters = {
        "pace": {"kind": "personalized", "description": "Pace of the ride. [slow, fast]."},
        "quiet": {"kind": "environmental", "type": "boolean", "description": "Whether to be quiet."},
        "city": {"kind": "required", "enum": ["Elmton", "Ashby"]},
    }
    catalog = Catalog.from_ptbench(["Ride"], [{"platform": "Ride", "name": "ride", "parameters": parameters}])
    pace, quiet = read_value_sets(catalog.tools[0], embedder)
    assert (pace.place, pace.values, quiet.place) == (0, ("slow", "fast"), 1)
    for values in (pace, quiet):
        assert np.abs(values.options.sum(axis=0)).max() < 1e-6
        assert np.linalg.norm(values.options[0]) > 0.1
    assert quiet.options[0] == pytest.approx(0.5 * quiet.topic)
