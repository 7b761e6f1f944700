"""Ratings of evidence: a sheet for people, a judge that is a language model, and how far the two agree."""

from __future__ import annotations

from experiments.rating.agreement import Agreement, JointAgreement, agreement, joint_agreement
from experiments.rating.judge import Judged, judge
from experiments.rating.sheet import (
    QUESTIONS,
    RUBRIC,
    SheetItem,
    read_rater,
    read_ratings,
    same_answers,
    sheet_items,
    write_ratings,
)
from experiments.rating.sheet_page import sheet_page

__all__ = [
    "QUESTIONS",
    "RUBRIC",
    "Agreement",
    "JointAgreement",
    "Judged",
    "SheetItem",
    "agreement",
    "joint_agreement",
    "judge",
    "read_rater",
    "read_ratings",
    "same_answers",
    "sheet_items",
    "sheet_page",
    "write_ratings",
]
