"""Ratings of evidence: a sheet for people, a judge that is a language model, and how far the two agree."""

from __future__ import annotations

from experiments.rating.agreement import Agreement, agreement
from experiments.rating.judge import Judged, judge
from experiments.rating.sheet import (
    QUESTIONS,
    RUBRIC,
    SheetItem,
    read_ratings,
    same_answers,
    sheet_items,
    sheet_page,
    write_ratings,
)

__all__ = [
    "QUESTIONS",
    "RUBRIC",
    "Agreement",
    "Judged",
    "SheetItem",
    "agreement",
    "judge",
    "read_ratings",
    "same_answers",
    "sheet_items",
    "sheet_page",
    "write_ratings",
]
