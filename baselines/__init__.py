"""Every system that answers a case: trivial, retrieval, and our resolver.

A system is handed a `Case`, which has no field for a gold answer, and answers with a `Prediction`.
"""

from __future__ import annotations

from baselines.case import Call, Case, CaseId, Prediction, System
from baselines.registry import create, names

__all__ = ["Call", "Case", "CaseId", "Prediction", "System", "create", "names"]
