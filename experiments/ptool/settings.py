"""What a synthesis is made with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from experiments.errors import SynthesisError

if TYPE_CHECKING:
    from pydantic import JsonValue

    from experiments.ptool.vocabulary import Wordings

__all__ = ["MOST_PLATFORMS", "MOST_SCENARIOS", "Control", "Settings"]

MOST_SCENARIOS = 50
MOST_PLATFORMS = 10

Control = Literal["none", "random", "permuted"]
"""``random``: the wanted platform is drawn anew for every query, and nothing visible tells it. ``permuted``: every user
is shown with the profile and the log of another."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a synthesis is made with; the defaults have the sizes of the paper's benchmark.

    Attributes:
        seed: Of everything that is drawn.
        scenarios: How many, 1 to 50.
        skip: How many of the list are passed over before the first: what is learned from some can be tried on others.
        platforms: Of each scenario, 2 to 10.
        trained_users: Users with training records, whose test records are ``test_trained_user``.
        untrained_users: Users without.
        trained_tests: Test records of the former.
        untrained_tests: Test records of the latter.
        training: Training records.
        log: The fewest and the most entries of a log.
        statements: The fewest and the most statements of a profile.
        noise: Scale of the Gumbel noise by which a single use departs from what a user likes best; a
            user's liking itself has a standard deviation near 1.
        wordings: Which half of the ways to speak of a trait is used, in statements, requests and descriptions: what is
            learned from one can be tried on the other.
        habit: Standard deviation of what a user likes or dislikes in a platform beyond its traits.
        drift: Share of users who change their mind at a known time.
        leave: Share of users who leave a platform for good, or one in each of two scenarios, if their log is long
            enough to show it.
        restricted: Share of scenarios, rounded to a number of them, in which a platform does not serve everybody.
        sure: How many times as likely as by chance the best guess must be, given all that is visible, for a request to
            be kept in which the user's liking decides; 0 keeps all.
        control: See `Control`.

    Raises:
        SynthesisError: A number is out of its range.
    """

    seed: int = 0
    scenarios: int = 5
    skip: int = 0
    platforms: int = 3
    trained_users: int = 74
    untrained_users: int = 6
    trained_tests: int = 474
    untrained_tests: int = 609
    training: int = 7096
    log: tuple[int, int] = (16, 48)
    statements: tuple[int, int] = (4, 9)
    noise: float = 0.6
    habit: float = 0.5
    drift: float = 0.2
    leave: float = 0.3
    restricted: float = 0.25
    sure: float = 1.5
    wordings: Wordings = "all"
    control: Control = "none"

    def __post_init__(self) -> None:
        """Refuse what cannot be made."""
        _within("scenarios", self.scenarios, 1, MOST_SCENARIOS)
        _within("skip", self.skip, 0, MOST_SCENARIOS - self.scenarios)
        _within("platforms", self.platforms, 2, MOST_PLATFORMS)
        for name in ("trained_users", "untrained_users", "trained_tests", "untrained_tests", "training", "seed"):
            _within(name, getattr(self, name), 0, None)
        if not self.trained_users and (self.trained_tests or self.training):
            raise SynthesisError("records of trained users need trained_users of at least 1")
        if not self.untrained_users and self.untrained_tests:
            raise SynthesisError("records of untrained users need untrained_users of at least 1")
        if self.control == "permuted" and 1 in (self.trained_users, self.untrained_users):
            raise SynthesisError("profiles cannot be permuted of a single user")
        for name in ("log", "statements"):
            fewest, most = getattr(self, name)
            if not 0 <= fewest <= most:
                raise SynthesisError(f"{name} must be the fewest and the most, got {fewest} and {most}")
        self._check_model()

    def _check_model(self) -> None:
        for name in ("noise", "habit"):
            if not getattr(self, name) > 0:
                raise SynthesisError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.sure < 0:
            raise SynthesisError(f"sure must be at least 0, got {self.sure}")
        for name in ("drift", "leave", "restricted"):
            if not 0 <= getattr(self, name) <= 1:
                raise SynthesisError(f"{name} is a share, got {getattr(self, name)}")

    def to_json(self) -> dict[str, JsonValue]:
        """As plain JSON values."""
        return asdict(self)


def _within(name: str, value: int, least: int, most: int | None) -> None:
    if value < least or (most is not None and value > most):
        limits = f"at least {least}" if most is None else f"{least} to {most}"
        raise SynthesisError(f"{name} must be {limits}, got {value}")
