"""What a user imports: profile, catalog, evidence, choice, bindings.

Importing it loads no model and no index; those are loaded when a `Resolver` is made.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resolver.augmenting import Augmented
    from resolver.catalog import Catalog, Parameter, Platform, Tool, Unread
    from resolver.checking import Checked, CheckedCall, Repair
    from resolver.engine import Resolver
    from resolver.errors import (
        BudgetError,
        CatalogError,
        DuplicateError,
        FormatError,
        MissingUserError,
        ProfileError,
        QueryError,
        ResolverError,
        UnknownUserError,
        WeightsError,
    )
    from resolver.formats import render_ptbench
    from resolver.profile import Event, Fact, Profile
    from resolver.resolution import Abstention, Binding, Candidate, Choice, Evidence, Resolution

_HOME = {
    "augmenting": ("Augmented",),
    "catalog": ("Catalog", "Parameter", "Platform", "Tool", "Unread"),
    "checking": ("Checked", "CheckedCall", "Repair"),
    "engine": ("Resolver",),
    "errors": (
        "BudgetError",
        "CatalogError",
        "DuplicateError",
        "FormatError",
        "MissingUserError",
        "ProfileError",
        "QueryError",
        "ResolverError",
        "UnknownUserError",
        "WeightsError",
    ),
    "formats": ("render_ptbench",),
    "profile": ("Event", "Fact", "Profile"),
    "resolution": ("Abstention", "Binding", "Call", "Candidate", "Choice", "Evidence", "Resolution"),
}
_MODULE = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Abstention",
    "Augmented",
    "Binding",
    "BudgetError",
    "Call",
    "Candidate",
    "Catalog",
    "CatalogError",
    "Checked",
    "CheckedCall",
    "Choice",
    "DuplicateError",
    "Event",
    "Evidence",
    "Fact",
    "FormatError",
    "MissingUserError",
    "Parameter",
    "Platform",
    "Profile",
    "ProfileError",
    "QueryError",
    "Repair",
    "Resolution",
    "Resolver",
    "ResolverError",
    "Tool",
    "UnknownUserError",
    "Unread",
    "WeightsError",
    "render_ptbench",
]


def __getattr__(name: str) -> object:
    if name not in _MODULE:
        raise AttributeError(f"module 'resolver' has no attribute {name!r}")
    value = getattr(import_module(f"resolver.{_MODULE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
