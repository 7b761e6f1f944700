"""Every learned part of the resolver as one value: a resolver can be made with other weights, or without a part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from resolver.affinity import Affinity
from resolver.choose import ChoiceWeights
from resolver.entity_model import EntityModel
from resolver.extract import Extractor
from resolver.features import GROUPS
from resolver.instructions import InstructionReader
from resolver.policy import PolicyModel
from resolver.relevance import RelevanceModel
from resolver.senses import SenseModel
from resolver.several_model import SeveralModel
from resolver.value_choice import ValueChooser

__all__ = ["Models"]


@dataclass(frozen=True, kw_only=True)
class Models:
    """What the resolver has learned. A part that is None is left out.

    Attributes:
        choice: Weights by which platform and tool are chosen.
        affinity: How platforms suit a user, a feature of the choice.
        extractor: Which words of a query are the value of which parameter, by form and place.
        senses: The same by what words mean, for parameters like those it was learned from.
        entities: Which of the user's records a query means.
        values: Which value of a closed set suits the user and the moment.
        instructions: What the user's standing instructions set.
        relevance: Which of the user's statements matter to a query.
        policy: Whether a platform's policy excludes the user.
        several: Whether instructions want several calls: of several values, or on a second platform.
    """

    choice: ChoiceWeights
    extractor: Extractor
    senses: SenseModel | None = None
    affinity: Affinity | None = None
    entities: EntityModel | None = None
    values: ValueChooser | None = None
    instructions: InstructionReader | None = None
    relevance: RelevanceModel | None = None
    policy: PolicyModel | None = None
    several: SeveralModel | None = None

    @classmethod
    def load(cls) -> Models:
        """The shipped models, read once."""
        return _shipped()

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        """What `without` can leave out: the groups of features of the choice, and the learned parts."""
        return (*GROUPS, *(name for name in cls.__dataclass_fields__ if name not in ("choice", "extractor", *GROUPS)))

    def without(self, part: str) -> Models:
        """These models without one part, for an ablation.

        Raises:
            ValueError: There is no such part.
        """
        if part not in self.parts():
            raise ValueError(f"no part {part!r}; there are {', '.join(self.parts())}")
        if part in GROUPS:
            return replace(self, choice=self.choice.without(part))
        left_out: dict[str, Any] = {part: None}
        return replace(self, **left_out)


@lru_cache(maxsize=1)
def _shipped() -> Models:
    return Models(
        choice=ChoiceWeights.load(),
        extractor=Extractor.load(),
        senses=SenseModel.load(),
        affinity=Affinity.load(),
        entities=EntityModel.load(),
        values=ValueChooser.load(),
        instructions=InstructionReader.load(),
        relevance=RelevanceModel.load(),
        policy=PolicyModel.load(),
        several=SeveralModel.load(),
    )
