"""Public sets in their authors' own layout become records in PTBench's shape, from a user's own copy."""

from __future__ import annotations

from experiments.importers.nlsi import import_nlsi
from experiments.importers.toolspectrum import import_toolspectrum

__all__ = ["import_nlsi", "import_toolspectrum"]
