"""PTool: synthetic users, tools, behaviour and requests, of which all is known.

Everything is drawn from a stated model (`population.json`, `traits.json`, `scenarios.json`, `phrases.json`), so that
the right answer is known, and so is how well anybody could do who sees what a system sees.
"""

from __future__ import annotations

from experiments.ptool.settings import Settings
from experiments.ptool.synthesis import Made, Synthesis

__all__ = ["Made", "Settings", "Synthesis"]
