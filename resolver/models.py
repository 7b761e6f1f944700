"""Every learned part of the resolver as one value: a resolver can be made with other weights, or without a part."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from resolver.affinity import Affinity
from resolver.choose import ChoiceWeights
from resolver.entity_model import EntityModel
from resolver.extract import Extractor
from resolver.features import GROUPS, SIGNALS
from resolver.instructions import InstructionReader
from resolver.match_model import MatchModel
from resolver.policy import PolicyModel
from resolver.relevance import RelevanceModel
from resolver.senses import SenseModel
from resolver.several_model import SeveralModel
from resolver.value_choice import ValueChooser
from resolver.weights import SHIPPED, WeightFolder

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = ["RULES", "Models"]

RULES = ("from_query", "from_history", "from_profile", "from_default", "precedence", "sides", "requests", "references")
"""What is not learned and can be off, for an ablation: that values come from a source (the source of a `Binding` behind
``from_``), that a source of higher standing goes before a surer one, that "at the office" means one of several values,
that a query may hold several requests, and that "my flight of 12 August" is one in the log."""


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
        rules_off: Which of `RULES` do not hold; all do in what is shipped.
        match: Whether the chosen tool does what is asked for at all, for `Resolver(require_match=0.6)`.
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
    match: MatchModel | None = None
    rules_off: frozenset[str] = frozenset()

    @classmethod
    def load(cls, folder: str | os.PathLike[str] | WeightFolder | None = None) -> Models:
        """Models from a folder that ``profile-bench fit --out`` wrote; the shipped ones, read once, without.

        A part of which the folder has no file is left out.

        Raises:
            WeightsError: There are no weights, or they are damaged or of another version's features.
        """
        if folder is None:
            folder = SHIPPED
        return (folder if isinstance(folder, WeightFolder) else WeightFolder(folder)).once(cls._of)

    @classmethod
    def _of(cls, folder: WeightFolder) -> Models:
        parts: dict[str, Any] = {
            name: part.load(folder) for name, (part, file) in _OPTIONAL.items() if folder.has(file)
        }
        return cls(choice=ChoiceWeights.load(folder), extractor=Extractor.load(folder), **parts)

    @classmethod
    def parts(cls) -> tuple[str, ...]:
        """What `without` can leave out: groups of features of the choice, and other learned parts."""
        return (*GROUPS, *SIGNALS, *(name for name in _OPTIONAL if name not in GROUPS))

    def without(self, part: str) -> Models:
        """These models without one part, or with one of `RULES` off, for an ablation.

        Raises:
            ValueError: There is no such part or rule.
        """
        if part in RULES:
            return replace(self, rules_off=self.rules_off | {part})
        if part not in self.parts():
            raise ValueError(f"no part {part!r}; there are {', '.join((*self.parts(), *RULES))}")
        if part in GROUPS or part in SIGNALS:
            return replace(self, choice=self.choice.without(part))
        left_out: dict[str, Any] = {part: None}
        return replace(self, **left_out)


_OPTIONAL: Mapping[str, tuple[Any, str]] = {
    "senses": (SenseModel, "senses.json"),
    "affinity": (Affinity, "affinity.json"),
    "entities": (EntityModel, "entities.json"),
    "values": (ValueChooser, "values.json"),
    "instructions": (InstructionReader, "instructions.json"),
    "relevance": (RelevanceModel, "relevance.json"),
    "policy": (PolicyModel, "policy.json"),
    "several": (SeveralModel, "several.json"),
    "match": (MatchModel, "match.json"),
}
