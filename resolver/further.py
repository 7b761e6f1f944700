"""The calls that a request wants beside the first: with other values, and on other platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from resolver.bind import bind_calls, from_query
from resolver.carrying import carry
from resolver.offers import SAID, Offer
from resolver.resolution import Call
from resolver.several_domains import counterpart, further_domains

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from resolver.asking import Asked
    from resolver.bind import Bound
    from resolver.cards import CatalogIndex
    from resolver.models import Models
    from resolver.records import Linked
    from resolver.resolution import Choice
    from resolver.several_domains import Domain

__all__ = ["Scene", "further_calls"]


class Scene(NamedTuple):
    """What a request is resolved with: the indexed catalog, the user's records on it, the query, the learned parts."""

    cards: CatalogIndex
    linked: Linked
    asked: Asked
    models: Models


def further_calls(
    scene: Scene, choice: Choice, bound: Sequence[Bound], *, allowed: Callable[[str], bool]
) -> tuple[Call, ...]:
    """All calls but the first, those of the chosen platform before others.

    Args:
        scene: What the request is resolved with.
        choice: The chosen platform and tool.
        bound: The calls of the chosen tool, the first one first.
        allowed: Whether the user may be sent to a platform.
    """
    found = [
        _call(
            choice.platform,
            choice.tool,
            choice.probability,
            own,
            f"the user's instructions name more than one {own.parameter}",
            own.evidence,
        )
        for own in bound[1:]
    ]
    model = scene.models.several
    if model is not None:
        here = scene.cards.platform_number[choice.platform]
        for domain in further_domains(scene.cards, scene.linked, here, model):
            if allowed(scene.cards.catalog.platforms[domain.platform].name):
                found += _on_platform(scene, choice, bound[0], domain)
    return tuple(found)


def _on_platform(scene: Scene, choice: Choice, first: Bound, domain: Domain) -> Iterator[Call]:
    """The calls of the tool that looks the same up on another platform; none where there is no such tool.

    "Check out restaurants too" is no order: where the first tool does something, nothing is done elsewhere.
    """
    cards, linked, asked, models = scene
    tool = cards.number(choice.platform, choice.tool)
    other = counterpart(cards, tool, domain.platform) if cards.actions[tool] >= 0.0 else None
    if other is None or models.several is None:
        return
    carried = carry(cards, tool, first.bindings, other, models.several, models.instructions)
    given = [
        (
            one.parameter,
            Offer(
                SAID,
                one.value,
                one.binding.source,
                one.binding.confidence * one.probability,
                f"the {one.binding.name} of {choice.platform}",
                one.binding.evidence,
            ),
        )
        for one in carried
    ]
    known = {number for number, _ in given}
    told = [str(binding.value).lower() for binding in first.bindings if binding.source == "query"]
    given += [
        (number, offer)
        for number, offer in from_query(models, cards, asked, other)
        if offer.rank == SAID and number not in known and not _told(str(offer.value).lower(), told)
    ]
    called = cards.catalog.tools[other]
    reason = f"the user's instructions ask for {called.platform} as well as {choice.platform}"
    for own in bind_calls(cards, linked, asked, other, models, given):
        evidence = tuple(dict.fromkeys((domain.fact, *own.evidence)))
        yield _call(called.platform, called.name, choice.probability * domain.probability, own, reason, evidence)


def _told(value: str, others: Sequence[str]) -> bool:
    """Whether the words of a value are, or are within, those of another."""
    return any(value in other or other in value for other in others)


def _call(  # noqa: PLR0917
    platform: str, tool: str, probability: float, own: Bound, reason: str, evidence: tuple[str, ...]
) -> Call:
    return Call(
        platform=platform,
        tool=tool,
        probability=probability * own.probability,
        bindings=own.bindings,
        missing=own.missing,
        reason=reason,
        evidence=evidence,
    )
