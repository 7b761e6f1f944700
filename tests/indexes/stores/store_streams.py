"""A random stream of writes to a store with the state that each leads to: the same for the same seed and beginning."""

from __future__ import annotations

import random
from typing import NamedTuple

from indexes.stores.record import StoredRecord

WORDS = "ramen opera tennis harbour winter violin mountain bakery museum ferry garden market lantern river".split()  # noqa: SIM905


class Step(NamedTuple):
    """One write: its name, whose it is, what it is given, and all users' records after it."""

    kind: str
    user: str
    given: object
    state: dict[str, dict[str, StoredRecord]]


def state_of(store):
    return {user: {one.id: one for one in store.get(user)} for user in store.users()}


def steps(seed, state):
    """Writes without end, each after the last; a user's name is a marker that is in its records and nowhere else."""
    rng = random.Random(seed)
    count = 0
    while True:
        count += 1
        user = rng.choice(sorted(state)) if state and rng.random() < 0.85 else f"mark{seed}n{count}k"
        own = dict(state.get(user, {}))
        kind = rng.choices(("add", "update", "delete", "forget", "snapshot"), (40, 25, 15, 12, 2))[0]
        if not own and kind in ("update", "delete"):
            kind = "add"
        if kind == "snapshot":
            yield Step(kind, user, f"copy-{seed}-{count}.sqlite", state)
            continue
        if kind == "forget" and user in state:
            state = {name: records for name, records in state.items() if name != user}
            yield Step(kind, user, None, state)
            continue
        if kind == "update":
            given = [_record(rng, user, key) for key in rng.sample(sorted(own), rng.randint(1, min(8, len(own))))]
        elif kind == "delete":
            given = rng.sample(sorted(own), rng.randint(1, len(own)))
        else:
            kind = "add"
            given = [_record(rng, user, f"{user} {seed} {count} {n}") for n in range(rng.randint(0, 12))]
        for one in given:
            if kind == "delete":
                del own[one]
            else:
                own[one.id] = one
        state = {**state, user: own}
        yield Step(kind, user, given, state)


def take(store, step, folder):
    """Do to the store what the step says."""
    if step.kind == "snapshot":
        store.snapshot(folder / step.given)
    elif step.kind == "forget":
        store.forget(step.user)
    else:
        getattr(store, step.kind)(step.user, step.given)


def _record(rng, user, key):
    words = " ".join(rng.choices(WORDS, k=rng.choice((3, 8, 300))))
    return StoredRecord(id=key, text=f"{user} {words} {user}", data=f'"{user}"')
