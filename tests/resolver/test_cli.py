"""The command profile-resolver."""

import json

import pytest
from click.testing import CliRunner

import indexes
from resolver.cli import main


@pytest.fixture
def run(tmp_path, monkeypatch, food_tools, used):
    monkeypatch.setattr(indexes, "load_embedder", lambda *_, **__: indexes.HashingEmbedder(), raising=False)
    catalog = {"platforms": ["Larder", "QuickBite.io"], "tools": food_tools("Larder", "QuickBite.io")}
    profile = {"user_id": "ada", "phone": "555-0001", "log": used("Larder", "ramen", "soup")}
    for name, content in (("catalog", catalog), ("profile", profile)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")

    def invoke(*arguments, **files):
        for name, content in files.items():
            (tmp_path / f"{name}.json").write_text(content, encoding="utf-8")
        options = ["--profile", str(tmp_path / "profile.json"), "--catalog", str(tmp_path / "catalog.json")]
        return CliRunner().invoke(main, [*arguments, *options])

    return invoke


def test_resolve_prints_the_call(run):
    result = run("resolve", "order 'salad'")
    assert result.exit_code == 0
    assert result.stdout.strip() == (
        "'Larder':[order_food(dish = 'salad', quantity = 1, delivery_address = '1 Mill Lane', phone = '555-0001')]"
    )


def test_resolve_prints_json(run):
    answer = json.loads(run("resolve", "order 'salad'", "--json").stdout)
    assert (answer["kind"], answer["user"], answer["choice"]["platform"]) == ("resolution", "ada", "Larder")


def test_explain_prints_text_or_json(run):
    assert "candidates" in run("explain", "order 'salad'").stdout
    assert json.loads(run("explain", "order 'salad'", "--json").stdout)["choice"]["contributions"]


def test_an_abstention_has_its_own_exit_code_and_no_call_on_standard_output(run):
    result = run("resolve", "order 'salad'", catalog='{"platforms": ["Larder"], "tools": "none"}')
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "no tool" in result.stderr


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"profile": '{"phone": '}, "cannot be read"),
        ({"catalog": '{"platforms": '}, "not JSON"),
        ({"catalog": "[]"}, "expected a JSON object"),
    ],
)
def test_a_damaged_file_is_one_line_and_exit_code_1(run, files, message):
    result = run("resolve", "order 'salad'", **files)
    assert result.exit_code == 1
    assert message in result.stderr
    assert "Traceback" not in result.output


def test_an_empty_query_is_one_line_and_exit_code_1(run):
    result = run("resolve", " ")
    assert (result.exit_code, result.stderr.strip()) == (1, "Error: the query is empty")
