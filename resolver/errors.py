"""Errors of the resolver.

Tree::

    ResolverError(Exception)
    ├── ProfileError             a profile cannot be read: not JSON, truncated, nested too deeply
    ├── CatalogError             a catalog contradicts itself: a tool of an unknown platform, a name given twice
    ├── UnknownUserError         no profile was added for this user
    ├── MissingUserError         a call came without a user: an error, never "everyone"
    ├── DuplicateError           a profile, fact or event with this id is already there
    ├── QueryError               a query is empty or not text
    ├── BudgetError              messages take more tokens than they may
    ├── WeightsError             a file of weights does not fit this version of the features
    └── FormatError              a resolution cannot be written in the requested form
"""

from __future__ import annotations

__all__ = [
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
]


class ResolverError(Exception):
    """Base of every error this package raises on purpose."""


class ProfileError(ResolverError):
    """A profile cannot be read: not JSON, truncated, or nested too deeply."""


class CatalogError(ResolverError):
    """A catalog contradicts itself: a tool of an unknown platform, or one name given twice."""


class UnknownUserError(ResolverError):
    """No profile was added for the user that a call names."""


class MissingUserError(ResolverError):
    """A call came without a user, or with an empty one."""


class DuplicateError(ResolverError):
    """A profile, fact or event is added under an id that is already there."""


class QueryError(ResolverError):
    """A query is empty or not text."""


class BudgetError(ResolverError):
    """Messages for a model take more tokens than they may, even with as little as can be said.

    Attributes:
        needed: How many tokens are needed at least.
    """

    def __init__(self, message: str, needed: int) -> None:
        super().__init__(message)
        self.needed = needed


class WeightsError(ResolverError):
    """A file of weights is damaged or belongs to another set of features."""


class FormatError(ResolverError):
    """A resolution cannot be written in the requested form."""
