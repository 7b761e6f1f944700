"""Ablations: read from TOML, run, and set against a reference."""

import json
import sys
from importlib import resources
from pathlib import Path

import pytest
from click.testing import CliRunner

from baselines.chat import ScriptedModel
from baselines.llm_systems import SETUPS
from baselines.registry import create, default_workbench
from baselines.variant import Variant
from baselines.workbench import Workbench
from experiments import load_dataset
from experiments.ablation import read_ablation, run_ablation
from experiments.ablation_table import ablation_markdown, ablation_table
from experiments.cli import main
from experiments.errors import AblationError, ExperimentError, RunMismatchError, SystemFailedError
from experiments.metric_differences import Ablated, AblatedRow, Against, _against
from experiments.metrics import Measured, Share
from experiments.run_folders import run_folder
from experiments.sample import write
from experiments.statistics import Difference
from indexes import CachedEmbedder, HashingEmbedder
from resolver import Profile
from resolver.models import RULES

BASE = """
data = ["sample.json"]
out = "out"
sample = 12
metrics = ["strict", "tool", "profile_params", "calibration_error"]

[variants.whole]
[variants.no_log]
known = "facts"
[variants.no_log_no_ratings]
known = "facts"
without = ["ratings", "recency"]
"""


@pytest.fixture
def config(tmp_path, monkeypatch):
    embedder = CachedEmbedder(HashingEmbedder())
    made = {}
    monkeypatch.setattr(
        "baselines.registry.default_workbench",
        lambda variant: made.setdefault(variant, Workbench(embedder, variant=variant)),
    )
    write(tmp_path / "sample.json")

    def at(text):
        (tmp_path / "ablation.toml").write_text(text, encoding="utf-8")
        return tmp_path / "ablation.toml"

    return at


def test_variants_are_set_against_the_reference_on_the_same_records(config):
    (found,) = run_ablation(read_ablation(config(BASE)))
    assert (found.dataset, found.records) == ("sample", 12)
    assert [row.name for row in found.rows] == ["whole", "no_log", "no_log_no_ratings"]
    whole, no_log, also = (row.metrics for row in found.rows)
    assert whole["strict"].difference is None
    for name in ("strict", "tool"):
        assert no_log[name].difference.mean == pytest.approx(no_log[name].value - whole[name].value)
        assert -1.0 <= no_log[name].difference.low <= no_log[name].difference.high <= 1.0
        assert 0.0 <= no_log[name].p <= 1.0
    assert no_log["profile_params"].difference.mean == pytest.approx(
        no_log["profile_params"].value - whole["profile_params"].value
    )
    assert no_log["calibration_error"].difference is None  # of all records at once
    assert also["tool"].value == no_log["tool"].value  # without a log there is nothing of ratings


def test_the_difference_of_two_precisions_is_that_of_what_is_printed(config, tmp_path):
    text = BASE.replace('"strict", "tool", "profile_params", "calibration_error"', '"evidence_precision"')
    ablation = config(text.split("[variants.no_log]")[0] + "[variants.few]\nk = 2\n")
    records = json.loads((tmp_path / "sample.json").read_text())
    for number, record in enumerate(records):
        facts = Profile.from_json(record["user_profile"], user="u").facts
        record["evidence"] = [fact.id for fact in facts[: 1 + number % 3]]
    (tmp_path / "sample.json").write_text(json.dumps(records))
    (found,) = run_ablation(read_ablation(ablation))
    whole, few = (row.metrics["evidence_precision"] for row in found.rows)
    assert few.value != whole.value
    assert few.difference.mean == pytest.approx(few.value - whole.value)
    assert few.difference.low < few.difference.mean < few.difference.high
    assert few.p is None


def test_a_log_matters_where_it_alone_tells_of_the_user(config):
    (found,) = run_ablation(read_ablation(config(BASE.replace("sample = 12", "sample = 40"))))
    assert found.rows[1].metrics["tool"].difference.mean < -0.05


def test_what_was_run_is_not_run_again(config, monkeypatch, tmp_path):
    ablation = read_ablation(config(BASE))
    first = list(run_ablation(ablation))
    monkeypatch.setattr("baselines.ours.ResolverSystem.predict", lambda *_: pytest.fail("asked again"))
    assert list(run_ablation(ablation)) == first
    assert {own.name for own in (tmp_path / "out" / "sample").iterdir()} == set(ablation.arms)


def test_a_grid_combines_its_settings_on_top_of_the_base(config):
    grid = '[grid]\nk = [5, 10]\nwithout = ["ratings", ["recency", "ratings"]]\n'
    text = f'data = ["sample.json"]\n[base]\nknown = "log"\n{grid}'
    ablation = read_ablation(config(text))
    assert list(ablation.arms) == [
        "k=5, without=ratings",
        "k=5, without=recency+ratings",
        "k=10, without=ratings",
        "k=10, without=recency+ratings",
    ]
    system, variant = ablation.arms["k=10, without=recency+ratings"]
    assert system == "resolver"
    assert (variant.known, variant.without, dict(variant.options)) == ("log", ("recency", "ratings"), {"k": 10})
    assert ablation.reference == "k=5, without=ratings"


FUSIONS = """
data = ["sample.json"]
out = "out"
sample = 6
metrics = ["strict"]

[grid]
retriever = ["hybrid", "lexical"]
fusion = ["score", "rrf"]
fusion_weights = [{}, { dense = 0.2, lexical = 0.8 }]
"""


def test_a_grid_over_fusions_gives_each_a_run_with_its_own_evidence_and_configuration(config, tmp_path):
    ablation = read_ablation(config(FUSIONS))
    assert len(ablation.arms) == 8
    list(run_ablation(ablation))

    def of(name):
        folder = run_folder(tmp_path / "out", "sample", name)
        manifest = json.loads((folder / "manifest.json").read_text())
        said = [json.loads(line)["prediction"] for line in (folder / "predictions.jsonl").read_text().splitlines()]
        configuration = manifest["system"]["configuration"]
        own = {key: configuration[key] for key in ("fusion", "fusion_weights") if key in configuration}
        return own, tuple(one["text"] for one in said), [tuple(one["evidence"]) for one in said]

    weights = {"dense": 0.2, "lexical": 0.8}
    names = [
        f"retriever={way}, fusion={fusion}, fusion_weights={share}"
        for way in ("hybrid", "lexical")
        for fusion in ("score", "rrf")
        for share in ("default", "dense:0.2+lexical:0.8")
    ]
    found = [of(name) for name in names]
    said = [{}, {"fusion_weights": weights}, {"fusion": "rrf"}, {"fusion": "rrf", "fusion_weights": weights}]
    assert [own for own, _, _ in found[:4]] == said
    orders = [evidence for _, _, evidence in found]
    assert len({answers for _, answers, _ in found}) == 1  # the resolver's answers do not read the order
    assert len({tuple(own) for own in orders[:4]}) == 4
    assert orders[4] == orders[5] == orders[6] == orders[7]  # one retriever alone has nothing to fuse


def test_the_run_of_another_fusion_is_not_gone_on_with(config):
    text = 'data = ["sample.json"]\nout = "out"\nsample = 2\n[variants.a]\n[variants.b]\n'
    list(run_ablation(read_ablation(config(text))))
    with pytest.raises(RunMismatchError, match="fusion is None there and 'rrf' here"):
        list(run_ablation(read_ablation(config(f'{text}fusion = "rrf"\n'))))


def test_the_system_hybrid_is_fused_as_its_variant_says(tmp_path):
    cases = [record.case for record in load_dataset(write(tmp_path / "sample.json")).records[:20]]
    embedder = CachedEmbedder(HashingEmbedder())
    found = {}
    for fusion, dense in (("score", 1.0), ("rrf", 0.0)):
        variant = Variant(fusion=fusion, fusion_weights=(("dense", dense), ("lexical", 1.0 - dense)))
        bench = Workbench(embedder, variant=variant)
        assert (bench.new_index().fusion, bench.new_index().weights["dense"]) == (fusion, dense)
        system = create("hybrid", workbench=bench)
        found[fusion] = [system.predict(case).calls for case in cases]
    plain = {way: create(way, workbench=Workbench(embedder)) for way in ("dense", "bm25")}
    alone = {way: [system.predict(case).calls for case in cases] for way, system in plain.items()}
    assert found == {"score": alone["dense"], "rrf": alone["bm25"]}
    assert alone["dense"] != alone["bm25"]


def test_a_record_of_several_parameters_is_no_several_tests():
    shares, marks = (
        _against(
            Measured(None, 6, tuple(value(1.0) for _ in range(6))),
            Measured(None, 6, tuple(value(0.0) for _ in range(6))),
            list("abcdef"),
        )
        for value in (lambda right: Share(3.0 * right, 3), float)
    )
    assert marks[1] == pytest.approx(2 * 0.5**6)
    assert shares[1] is None  # of 18 parameters it would be a thousand times smaller
    assert shares[0] == marks[0]


def test_metrics_of_a_module_in_the_folder_of_the_command_can_be_named(config, tmp_path, monkeypatch):
    (tmp_path / "own_metrics_here.py").write_text(
        "from experiments import metric\n\n@metric\ndef answered_at_all(one):\n    return 1.0\n"
    )
    text = BASE.replace('"calibration_error"]', '"answered_at_all"]\nmetrics_from = ["own_metrics_here"]')
    path = config(text)
    with pytest.raises(ExperimentError, match="own_metrics_here"):
        read_ablation(path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.path", list(sys.path))
    shown = CliRunner().invoke(main, ["ablate", str(path), "--json"], catch_exceptions=False)
    assert json.loads(shown.output)[0]["variants"]["no_log"]["answered_at_all"]["value"] == 1.0


def test_intervals_draw_groups_where_they_are_given(config, tmp_path):
    ablation = read_ablation(config(BASE))
    names = [record.id for record in load_dataset(tmp_path / "sample.json").records]
    (users,) = run_ablation(ablation)
    (groups,) = run_ablation(ablation, groups={name: str(number % 3) for number, name in enumerate(names)})
    assert users.rows[1].metrics["strict"].difference.clusters > 3
    assert groups.rows[1].metrics["strict"].difference.clusters == 3
    with pytest.raises(RunMismatchError, match="no record of the data is in a group"):
        next(run_ablation(ablation, groups={"elsewhere/1": "a"}))
    (tmp_path / "groups.json").write_text(json.dumps({name: {"group": "one"} for name in names}))
    words = ["ablate", str(tmp_path / "ablation.toml"), "--groups", str(tmp_path / "groups.json"), "--json"]
    (found,) = json.loads(CliRunner().invoke(main, words, catch_exceptions=False).output)
    assert found["variants"]["no_log"]["strict"]["difference"]["clusters"] == 1


def test_the_reference_and_other_systems_can_be_named(config):
    text = BASE.replace("sample = 12", 'sample = 3\nreference = "bm25"') + '[variants.bm25]\nsystem = "bm25"\n'
    (found,) = run_ablation(read_ablation(config(text)))
    assert found.rows[0].name == "bm25"
    assert found.rows[1].metrics["strict"].difference is not None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data = [", "ablation.toml"),
        ("", "at least two variants"),
        ('data = ["x"]\n[variants.a]', "at least two variants"),
        ('data = ["x"]\nluck = 1\n[variants.a]\n[variants.b]', "luck"),
        ('data = ["x"]\n[variants.a]\nluck = 1\n[variants.b]', "luck"),
        ('data = ["x"]\n[variants.a]\nknown = "half"\n[variants.b]', "known"),
        ('data = ["x"]\n[variants.a]\nwithout = "luck"\n[variants.b]', "no part 'luck'"),
        ('data = ["x"]\n[variants.a]\nfusion = "sum"\n[variants.b]', "fusion: Input should be 'rrf' or 'score'"),
        ('data = ["x"]\n[variants.a]\nfusion_weights = 1\n[variants.b]', "fusion_weights"),
        ('data = ["x"]\n[variants.a]\nfusion_weights = {sparse = 1}\n[variants.b]', r"got \['sparse'\]"),
        ('data = ["x"]\n[variants.a]\nfusion_weights = {dense = -1}\n[variants.b]', "'dense' must be 0 or more"),
        ('data = ["x"]\n[variants.a]\nfusion_weights = {dense = 0, lexical = 0}\n[variants.b]', "be above 0"),
        ('data = ["x"]\nmetrics = ["luck"]\n[variants.a]\n[variants.b]', "no metric luck"),
        ('data = ["x"]\nreference = "c"\n[variants.a]\n[variants.b]', "the reference 'c' is no variant"),
        ('data = ["x"]\n[variants."../a"]\n[variants.b]', "no name for a variant"),
    ],
)
def test_what_the_file_says_wrong_is_named(config, text, message):
    with pytest.raises(AblationError, match=message):
        read_ablation(config(text))
    with pytest.raises(AblationError, match=r"gone\.toml: No such file"):
        read_ablation(config(text).with_name("gone.toml"))


def test_what_is_the_reference_s_equal_on_every_record_is_named_below_the_table(config):
    twice = BASE + "\n[variants.again]\n[variants.elsewhere]\nk = 7\n"
    (found,) = run_ablation(read_ablation(config(twice)))
    assert {row.name for row in found.rows if row.same} == {"again", "elsewhere"}
    text = ablation_markdown(found)
    assert "the same as whole, by each of these metrics: again, elsewhere." in text
    assert "| again |" not in text
    assert ablation_table(found).row_count == len(found.rows) - 2


def test_tables_have_a_row_for_each_variant(config):
    (found,) = run_ablation(read_ablation(config(BASE)))
    text = ablation_markdown(found)
    assert "**sample, 12 records: differences to whole [95 %]**" in text
    assert "adjusted by Holm for the 2 comparisons to whole on one metric of one dataset" in text
    assert len([line for line in text.splitlines() if line.startswith("|")]) == 5
    assert ablation_table(found).row_count == 3


def test_the_command_puts_other_data_weights_and_places_over_the_files(config, tmp_path):
    write(tmp_path / "other.json")
    path = str(config("[variants.a]\n[variants.b]\nknown = 'log'\n"))
    more = ["--data", str(tmp_path / "other.json"), "--sample", "2", "--out", str(tmp_path / "elsewhere")]
    result = CliRunner().invoke(main, ["ablate", path, *more, "--markdown"])
    assert result.exit_code == 0, result.output
    assert "**other, 2 records: differences to a [95 %]**" in result.output
    assert (tmp_path / "elsewhere" / "other" / "b" / "predictions.jsonl").exists()
    assert "names no data" in CliRunner().invoke(main, ["ablate", path]).output
    missing = CliRunner().invoke(main, ["ablate", path, *more, "--weights", str(tmp_path / "gone")])
    assert missing.exit_code == 1
    assert "choice.json: No such file" in missing.output


def test_the_shipped_ablations_can_be_read():
    ablation = read_ablation(Path(str(resources.files("experiments"))) / "ablation.toml")
    assert ablation.reference == "whole"
    evidence = read_ablation(Path(str(resources.files("experiments"))) / "ablation_evidence.toml")
    assert {variant.fusion for _, variant in evidence.arms.values()} == {"score", "rrf"}
    left_out = {part for _, variant in ablation.arms.values() for part in variant.without}
    assert left_out >= set(RULES)


def test_the_shipped_ablation_of_the_pre_step_has_every_system_that_asks_a_model(config, tmp_path):
    file = Path(str(resources.files("experiments"))) / "ablation_prestep.toml"
    ablation = read_ablation(file).but(data=[tmp_path / "sample.json"], sample=2, out=tmp_path / "out")
    assert {system for system, _ in ablation.arms.values()} == {*SETUPS, "resolver"}
    config("")  # what the workbench is made of
    model = ScriptedModel(lambda _: '{"calls": []}')
    (found,) = run_ablation(ablation, chat=lambda: model)
    assert found.rows[0].name == "system=llm_plain"
    rows = {row.name.removeprefix("system="): row.metrics for row in found.rows}
    assert rows.keys() == {*SETUPS, "resolver"}
    assert rows["llm_plain"]["strict"].value == 0.0  # it calls nothing
    assert rows["resolver"]["strict"].difference.mean == rows["resolver"]["strict"].value
    assert (tmp_path / "out" / "sample" / "system_llm_plain_scripted").is_dir()
    assert (tmp_path / "out" / "sample" / "system_resolver").is_dir()


def test_an_answer_that_fails_stops_an_ablation_or_counts_as_wrong(config):
    text = 'data = ["sample.json"]\nout = "out"\nsample = 2\nmetrics = ["strict", "failed"]\n[variants.alone]\n'
    ablation = read_ablation(config(text + '[variants.asks]\nsystem = "llm_plain"\n'))
    silent = ScriptedModel([])
    with pytest.raises(SystemFailedError, match="the script has 0 answers"):
        list(run_ablation(ablation, chat=lambda: silent))
    (found,) = run_ablation(ablation, chat=lambda: silent, on_error="record")
    assert found.rows[1].metrics["failed"].value == 1.0


@pytest.mark.parametrize(
    ("own", "shown"),
    [
        (Against(1234.5, 3), "1234"),
        (Against(0.5, 3), "0.500"),
        (Against(9.0, 3, Difference(-812.25, -900.0, -700.5, 3, 3.0)), "-812 [-900, -700]"),
        (Against(0.5, 3, Difference(0.25, -0.1, 0.6, 3, 3.0), 0.04), "+0.250 [-0.100, +0.600] p 0.040"),
        (Against(0.5, 3, Difference(0.25, 0.1, 0.6, 3, 3.0), 0.0004), "+0.250 [+0.100, +0.600] p < 0.001"),
    ],
)
def test_tokens_are_whole_and_shares_have_three_digits(own, shown):
    rows = (AblatedRow("a", {"m": Against(0.1, 3)}), AblatedRow("b", {"m": own}))
    assert f"| b | {shown} |" in ablation_markdown(Ablated("d", 3, rows))


def test_the_command_prints_tables_or_json(config):
    path = str(config(BASE))
    shown = CliRunner().invoke(main, ["ablate", path])
    assert shown.exit_code == 0, shown.output
    assert "no_log_no_ratings" in shown.output
    read = json.loads(CliRunner().invoke(main, ["ablate", path, "--json"]).output)
    assert read[0]["variants"]["whole"]["strict"]["difference"] is None
    asking = str(config(BASE + '[variants.asks]\nsystem = "llm_full"\n'))
    refused = CliRunner().invoke(main, ["ablate", asking])
    assert refused.exit_code == 2
    assert "name a language model by --model" in refused.output


# Variants -------------------------------------------------------------------------------------------------------------


def test_a_variant_is_called_by_what_differs(tmp_path):
    assert Variant().label == ""
    assert Variant(without=("values",), known="log", options=(("k", 5),)).label == "no_values-log-k=5"
    assert Variant(fusion="rrf", fusion_weights=(("dense", 1),)).label == "fusion=rrf-dense=1"
    assert Variant(name="mine", known="log").label == "mine"
    assert Variant(weights=tmp_path / "held-out").label == "held-out"


def test_a_variant_refuses_what_there_is_not():
    with pytest.raises(ValueError, match="no option luck"):
        Variant(options=(("luck", 1),))
    with pytest.raises(ValueError, match="the option k is a number"):
        Variant(options=(("k", [5]),))
    with pytest.raises(ValueError, match="known is one of"):
        Variant(known="half")
    with pytest.raises(ValueError, match="fusion is one of rrf, score, got 'sum'"):
        Variant(fusion="sum")
    with pytest.raises(ValueError, match="no part 'luck'"):
        Variant(without=("ratings", "precedence", "luck"))


@pytest.mark.model
def test_the_workbench_of_a_variant_is_made_once_and_shares_the_embedder():
    one, other = Variant(known="log"), Variant(known="facts")
    assert default_workbench(one) is default_workbench(Variant(known="log"))
    assert default_workbench(one).embedder is default_workbench(other).embedder
