"""The extractor learns from records, and is scored on others."""

from experiments.extract_examples import extract_examples
from experiments.records import read_record
from experiments.train_extract import cross_validate_extract, score_extract, train_extract
from resolver.extract import EXTRACT_FEATURES, Extractor


def _records(count=12):
    cities = ["Brenning", "Port Mallow", "Quillton", "Ostervale"]
    made = []
    for number in range(count):
        city, people = cities[number % len(cities)], number % 5 + 2
        value = {
            "id": f"r{number}",
            "query": f"find a table in {city} for {people} people",
            "user_profile": {},
            "platforms": ["Larder"],
            "tools": [
                {
                    "platform": "Larder",
                    "name": "find_table",
                    "parameters": {
                        "city": {"type": "string", "required": True},
                        "people": {"type": "integer", "required": True},
                        "note": {"type": "string"},
                    },
                }
            ],
            "answer": ["Larder", [{"find_table": {"city": [city], "people": [people]}}]],
            "query_params": ["city", "people"],
            "profile_params": [],
        }
        made.append(read_record(value, file="f", index=number, default_id="x", split=None))
    return made


def test_what_is_trained_finds_the_values():
    examples = extract_examples(_records(), dataset="tables")
    weights = train_extract(examples)
    assert set(weights) == set(EXTRACT_FEATURES)
    score = score_extract(examples, Extractor(weights))
    assert (score.records, score.exact, score.asked, score.found, score.given) == (12, 12, 24, 24, 24)


def test_right_pieces_are_marked():
    (example,) = extract_examples(_records(1))
    right = {
        example.candidates.pieces[place].text for number in range(3) for place in example.right[number].nonzero()[0]
    }
    assert right == {"Brenning", "2"}


def test_held_out_scores_cover_every_record():
    examples = extract_examples(_records(), dataset="tables", groups={f"r{n}": f"g{n}" for n in range(12)})
    assert cross_validate_extract(examples, folds=3)["tables"].records == 12
