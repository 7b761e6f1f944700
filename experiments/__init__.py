"""Experiments: datasets in PTBench's shape, the two scorers, resumable runs, and tables.

Names load when they are used, so that ``import experiments`` stays cheap.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.dataset import load_dataset
    from experiments.errors import (
        DatasetError,
        DatasetLayoutError,
        DatasetReadError,
        DuplicateIdError,
        ExperimentError,
        MetricError,
        PredictionFormatError,
        PredictionsError,
        RecordError,
        ResultsError,
        RunBusyError,
        RunDamagedError,
        RunError,
        RunMismatchError,
        SystemFailedError,
    )
    from experiments.gold import gold_prediction
    from experiments.metrics import Answered, Measured, Metric, Share, measure, metric
    from experiments.official import OfficialRecord, OfficialScore, score_official, score_official_record
    from experiments.records import Answer, Dataset, GoldCall, Record
    from experiments.results import RunResults, ScoredRecord, read_results, run_results, write_results
    from experiments.run import Run, run_system
    from experiments.scores import Scores, read_generation, score_generation, score_run
    from experiments.strict import StrictRecord, StrictScore, score_strict, score_strict_record
    from experiments.syntax import ParsedAnswer, ParsedCall, parse_answer
    from experiments.table import markdown_table, rich_table, rows, write_report
    from experiments.values import same_value

__all__ = [
    "Answer",
    "Answered",
    "Dataset",
    "DatasetError",
    "DatasetLayoutError",
    "DatasetReadError",
    "DuplicateIdError",
    "ExperimentError",
    "GoldCall",
    "Measured",
    "Metric",
    "MetricError",
    "OfficialRecord",
    "OfficialScore",
    "ParsedAnswer",
    "ParsedCall",
    "PredictionFormatError",
    "PredictionsError",
    "Record",
    "RecordError",
    "ResultsError",
    "Run",
    "RunBusyError",
    "RunDamagedError",
    "RunError",
    "RunMismatchError",
    "RunResults",
    "ScoredRecord",
    "Scores",
    "Share",
    "StrictRecord",
    "StrictScore",
    "SystemFailedError",
    "gold_prediction",
    "load_dataset",
    "markdown_table",
    "measure",
    "metric",
    "parse_answer",
    "read_generation",
    "read_results",
    "rich_table",
    "rows",
    "run_results",
    "run_system",
    "same_value",
    "score_generation",
    "score_official",
    "score_official_record",
    "score_run",
    "score_strict",
    "score_strict_record",
    "write_report",
    "write_results",
]

_MODULES = {
    "dataset": ("load_dataset",),
    "gold": ("gold_prediction",),
    "metrics": ("Answered", "Measured", "Metric", "Share", "measure", "metric"),
    "official": ("OfficialRecord", "OfficialScore", "score_official", "score_official_record"),
    "records": ("Answer", "Dataset", "GoldCall", "Record"),
    "results": ("RunResults", "ScoredRecord", "read_results", "run_results", "write_results"),
    "run": ("Run", "run_system"),
    "scores": ("Scores", "read_generation", "score_generation", "score_run"),
    "strict": ("StrictRecord", "StrictScore", "score_strict", "score_strict_record"),
    "syntax": ("ParsedAnswer", "ParsedCall", "parse_answer"),
    "table": ("markdown_table", "rich_table", "rows", "write_report"),
    "values": ("same_value",),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (any public name)
    """Imports a public name from its module on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_MODULE_OF.get(name, 'errors')}")
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
