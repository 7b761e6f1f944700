import io
import json

import pytest
from bench_samples import Echo, raw, write
from rich.console import Console

from experiments import (
    PredictionsError,
    load_dataset,
    markdown_table,
    read_generation,
    rich_table,
    rows,
    run_system,
    score_generation,
    score_run,
    write_report,
)

RIGHT = "Shop:[order(item = 'tea', count = 2)]"


@pytest.fixture
def dataset(tmp_path):
    return load_dataset(write(tmp_path / "d.json", [raw(), raw(), raw()]))


def test_a_generation_file_is_scored_by_position_with_missing_lines_as_format_errors(dataset):
    scores = score_generation(dataset, [RIGHT, "Shop:[order(item = 'tea', count = '2')]"], system="given")
    assert scores.official.columns["overall"] == pytest.approx(1 / 3)
    assert scores.strict.columns["overall"] == pytest.approx(2 / 3)
    assert (scores.differs, scores.missing, scores.strict.outcomes["format_error"]) == (1, 1, 1)
    assert scores.ms_per_record is None


def test_a_generation_file_is_read_back_from_a_run(dataset, tmp_path):
    run = run_system(Echo(), dataset, tmp_path / "run")
    assert read_generation(tmp_path / "run" / "generation.jsonl") == [p.text for p in run.predictions]


def test_lines_in_another_order_than_the_records_are_refused(tmp_path):
    dataset = load_dataset(write(tmp_path / "d.json", [raw(query=query) for query in ("one", "two", "two")]))
    lines = [json.dumps({"query": query, "predict": RIGHT}) + "\n" for query in ("one", "two")]
    file = tmp_path / "g.jsonl"
    file.write_text("".join(lines))
    assert read_generation(file, dataset) == [RIGHT, RIGHT]
    file.write_text("".join(lines[::-1]))
    with pytest.raises(PredictionsError, match=r"g\.jsonl: line 1 has the query of another record"):
        read_generation(file, dataset)
    file.write_text(json.dumps({"query": "a whole prompt with one in it", "predict": RIGHT}) + "\n")
    assert read_generation(file, dataset) == [RIGHT]


@pytest.mark.parametrize("line", ['{"predict": 3}', '{"query": "x"}', "[]", "", "{", '"predict"'])
def test_a_line_that_is_no_prediction_is_named(tmp_path, line):
    file = tmp_path / "generation.jsonl"
    file.write_text('{"predict": "a"}\n' + line + "\n")
    with pytest.raises(PredictionsError, match=r"generation\.jsonl: line 2"):
        read_generation(file)


def test_an_absent_generation_file_is_a_typed_error(tmp_path):
    with pytest.raises(PredictionsError, match=r"absent\.jsonl"):
        read_generation(tmp_path / "absent.jsonl")


def test_an_empty_generation_file_has_no_predictions(tmp_path):
    (tmp_path / "g.jsonl").write_bytes(b"")
    assert read_generation(tmp_path / "g.jsonl") == []


def test_line_separators_inside_a_text_do_not_split_a_line(tmp_path):
    (tmp_path / "g.jsonl").write_text(json.dumps({"predict": "a\u2028b\x85"}, ensure_ascii=False), encoding="utf-8")
    assert read_generation(tmp_path / "g.jsonl") == ["a\u2028b\x85"]


def test_a_row_holds_what_both_scores_say(dataset, tmp_path):
    scores = score_run(run_system(Echo(), dataset, tmp_path / "run"))
    row = rows([scores])[0]
    assert (row["system"], row["records"], row["strict tool"], row["official tool_names"]) == ("echo", 3, 1.0, 1.0)
    assert (row["official overall"], row["abstained"], row["differs"]) == (0.0, 0, 0)
    assert isinstance(row["ms/record"], float)


def test_tables_show_every_row_and_no_markup(dataset):
    scores = [score_generation(dataset, [RIGHT], system="[red]a|b")]
    console = Console(file=io.StringIO(), width=250)
    console.print(rich_table(scores))
    shown = console.file.getvalue()
    assert "[red]a|b" in shown
    assert "0.333" in shown
    markdown = markdown_table(scores)
    assert "[red]a\\|b | 3 | 0.333 |" in markdown
    widths = {line.replace("\\|", "").count("|") for line in markdown.splitlines() if line.startswith("|")}
    assert len(widths) == 1


def test_a_report_is_json_and_markdown(dataset, tmp_path):
    scores = [score_generation(dataset, [RIGHT], system="a")]
    write_report(scores, tmp_path / "out")
    stored = json.loads((tmp_path / "out" / "scores.json").read_text())
    assert stored == [scores[0].to_json()]
    assert stored[0]["official"]["columns"]["query_params"] is None
    assert (tmp_path / "out" / "scores.md").read_text() == markdown_table(scores)


def test_a_table_fits_a_terminal_of_80_columns(dataset):
    console = Console(file=io.StringIO(), width=80)
    console.print(rich_table([score_generation(dataset, [RIGHT], system="a_system_with_a_long_name")]))
    shown = console.file.getvalue()
    assert max(map(len, shown.splitlines())) <= 80
    assert shown.count("0.333") == 8
    assert "a_system" in shown
    assert "\u2026" not in shown
