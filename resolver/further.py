"""The calls that a request wants beside the first: with other values, and on other platforms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolver.resolution import Call

if TYPE_CHECKING:
    from collections.abc import Sequence

    from resolver.asking import Asked
    from resolver.bind import Bound
    from resolver.cards import CatalogIndex
    from resolver.models import Models
    from resolver.records import Linked
    from resolver.resolution import Choice

__all__ = ["further_calls"]


def further_calls(  # noqa: PLR0917
    cards: CatalogIndex, linked: Linked, asked: Asked, choice: Choice, bound: Sequence[Bound], models: Models
) -> tuple[Call, ...]:
    """All calls but the first, those of the chosen platform before others.

    Args:
        cards: The indexed catalog.
        linked: The user's records on it.
        asked: The query.
        choice: The chosen platform and tool.
        bound: The calls of the chosen tool, the first one first.
        models: The learned parts.
    """
    return tuple(_call(choice.platform, choice.tool, choice.probability, own) for own in bound[1:])


def _call(platform: str, tool: str, probability: float, own: Bound) -> Call:
    return Call(
        platform=platform,
        tool=tool,
        probability=probability * own.probability,
        bindings=own.bindings,
        missing=own.missing,
        reason=f"the user's instructions want another {own.parameter} too",
        evidence=own.evidence,
    )
