"""Public sets in their authors' own layout become records in PTBench's shape, from a user's own copy."""

from __future__ import annotations

from experiments.importers.toolspectrum import import_toolspectrum

__all__ = ["import_toolspectrum"]
