"""Metrics of records that `experiments.importers.bfcl` made, checked by BFCL's own checker of calls.

``profile-bench measure --from experiments.bfcl`` prints them. The checker is that of the package ``bfcl-eval``, to be
installed without what it depends on (``pip install --no-deps bfcl-eval``): all but the checker would bring gigabytes
and old versions. The checker asks the package's table of language models one question, whether a model's server
forbids dots in names; the table is stood in for by one that says no.
"""

from __future__ import annotations

import importlib
import sys
from functools import lru_cache
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

from experiments.metrics import metric

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from experiments.metrics import Answered

__all__ = ["bfcl_ast", "bfcl_function", "bfcl_silence", "check_calls"]

_KEY = "bfcl"
_NAME = "ours"


@metric
def bfcl_ast(answered: Answered) -> float | None:
    """Calls that BFCL's checker accepts; of requests that a function can serve. An answer has to be given as calls."""
    record: Any = answered.record.extra.get(_KEY)
    if record is None or not answered.callable:
        return None
    calls = [{call.function: call.arguments} for call in answered.prediction.all_calls]
    return float(check_calls(record["functions"], calls, record["gold"], category=str(record["category"])))


@metric
def bfcl_function(answered: Answered) -> float | None:
    """The right function, whatever its arguments, and no other; of requests that a function can serve."""
    if _KEY not in answered.record.extra or not answered.callable:
        return None
    return float(answered.strict.function)


@metric
def bfcl_silence(answered: Answered) -> float | None:
    """No call, of requests that no function can serve; an answer that cannot be read is not silence."""
    if _KEY not in answered.record.extra or answered.callable:
        return None
    return float(answered.strict.function)


def check_calls(
    functions: Sequence[Mapping[str, Any]],
    calls: Sequence[Mapping[str, Mapping[str, Any]]],
    gold: Sequence[Mapping[str, Any]],
    *,
    category: str,
) -> bool:
    """Whether BFCL's checker accepts calls.

    Args:
        functions: As BFCL describes them.
        calls: ``{function: {argument: value}}`` each.
        gold: BFCL's ``ground_truth``.
        category: Such as ``live_multiple``; several functions or one is read from it.

    Raises:
        ImportError: ``bfcl-eval`` is not installed.
    """
    check, language = _checker()
    return bool(check(list(functions), list(calls), list(gold), language, category, _NAME)["valid"])


@lru_cache(maxsize=1)
def _checker() -> tuple[Callable[..., Mapping[str, Any]], Any]:
    """BFCL's ``ast_checker`` and its constant for Python."""
    table = "bfcl_eval.constants.model_config"
    stood_in = ModuleType(table)
    stood_in.__dict__["MODEL_CONFIG_MAPPING"] = {_NAME: SimpleNamespace(underscore_to_dot=False)}
    before = sys.modules.get(table)
    sys.modules[table] = stood_in
    try:
        checker = importlib.import_module("bfcl_eval.eval_checker.ast_eval.ast_checker")
        enums = importlib.import_module("bfcl_eval.constants.enums")
    except ImportError as error:
        raise ImportError(f"BFCL's checker needs: pip install --no-deps bfcl-eval ({error})") from error
    finally:
        if before is None:
            del sys.modules[table]
        else:
            sys.modules[table] = before
    return checker.ast_checker, enums.Language.PYTHON
