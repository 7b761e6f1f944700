"""Public sets in their authors' own layout, from a user's own copy, become records that this project reads.

BFCL, PEToolBench, NLSI and ToolSpectrum become records in PTBench's shape, PrefEval becomes evidence records.
"""

from __future__ import annotations

from experiments.importers.bfcl import import_bfcl
from experiments.importers.nlsi import import_nlsi
from experiments.importers.petoolbench import import_petoolbench
from experiments.importers.prefeval import import_prefeval
from experiments.importers.strangers import with_strangers
from experiments.importers.toolspectrum import import_toolspectrum

__all__ = [
    "import_bfcl",
    "import_nlsi",
    "import_petoolbench",
    "import_prefeval",
    "import_toolspectrum",
    "with_strangers",
]
