"""Users whose records all carry one number, which each write changes: what a reader must find of them, and probes."""

from __future__ import annotations

import random

import numpy as np

from indexes.errors import UnknownUserError
from indexes.hashing import HashingEmbedder
from indexes.stores.record import StoredRecord

EMBEDDER = HashingEmbedder(16)
USERS = [f"user {n}" for n in range(6)]
WORDS = "ramen opera tennis harbour winter violin mountain bakery museum ferry garden market lantern river".split()  # noqa: SIM905


def records_of(user, number):
    """Some records of one state: how many there are follows from the number."""
    count = 5 + number % 7
    return [
        StoredRecord(id=f"r{n}", text=f"{user} state {number} {WORDS[n]}", data=f"[{number}, {count}]")
        for n in range(count)
    ]


def write_once(store, user, number):
    """One write that takes a user from a state to the next: records are replaced, added or deleted, or all forgotten.

    Only single writes are whole for a reader, so that each state is reached by one: the number of records stays, and
    where it must change, the user is forgotten and made anew.
    """
    new = records_of(user, number)
    if user in store and len(store.get(user)) == len(new):
        store.update(user, new)
        return
    if user in store:
        store.forget(user)
    store.add(user, new)


def read_once(store, turn):
    """Read one user in every way and refuse anything that is of no one state."""
    user = USERS[turn % len(USERS)]
    try:
        snapshot = store.read(user)
    except UnknownUserError:
        return  # forgotten, and not yet made anew
    numbers = {int(one.text.split()[3]) for one in snapshot.records}
    assert len(numbers) == 1, (user, numbers)
    (number,) = numbers
    assert list(snapshot.records) == records_of(user, number)
    wanted = EMBEDDER.encode([one.text for one in snapshot.records])
    np.testing.assert_array_equal(snapshot.vectors, wanted)
    try:
        query = f"{user} state {number} {WORDS[turn % 5]}"
        hits = store.search(user, query, 20)
        alone = store.search(user, query, 20, mode="dense")
    except UnknownUserError:
        return
    assert len({hit.id for hit in hits}) == len(hits)
    for found in (hits, alone):
        assert len(found) in range(5, 12)
        assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    # the scores are those of one state: that of the records read, or one that was written since
    after = _try_revision(store, user)
    if after == snapshot.revision:
        vector = EMBEDDER.encode([query])[0]
        for hit in alone:
            place = [one.id for one in snapshot.records].index(hit.id)
            assert abs(hit.scores["dense"] - float(wanted[place] @ vector)) < 1e-5


def _try_revision(store, user):
    try:
        return store.revision(user)
    except UnknownUserError:
        return None


def filled(store, *, users, records, seed, prefix=""):
    """Small users with ids that all share and texts of which each is one user's alone: ``{user: {id: data}}``."""
    rng = random.Random(seed)
    names = [f"user {n}" for n in range(users - 4)] + ["User 1", "user 1 ", "user_1", "user%"]
    names = [prefix + name for name in names]
    for user in names:
        count = rng.randint(0, records)
        store.add(
            user,
            [
                StoredRecord(
                    id=f"r{n}", text=" ".join(rng.choices(WORDS, k=rng.randint(2, 5))), data=f'["{user}", {n}]'
                )
                for n in range(count)
            ],
        )
    return {user: {one.id: one for one in store.get(user)} for user in names}


def probe(store, held, *, count, seed):
    """Search as one user for what another has; every hit must be the asker's, with the score of its own vector."""
    rng = random.Random(seed)
    names = list(held)
    queries = [" ".join(rng.choices(WORDS, k=rng.randint(1, 4))) for _ in range(500)]
    encoded = EMBEDDER.encode(queries)
    rows = {
        user: dict(zip(own, EMBEDDER.encode([one.text for one in own.values()]), strict=True))
        for user, own in held.items()
    }
    for turn in range(count):
        user = names[rng.randrange(len(names))]
        place = rng.randrange(len(queries))
        mode = ("dense", "lexical", "hybrid")[turn % 3]
        hits = store.search(user, queries[place], 1 + turn % 9, vector=encoded[place], mode=mode)
        own = held[user]
        for hit in hits:
            assert hit.id in own, (user, hit)
            if "dense" in hit.scores:
                assert abs(hit.scores["dense"] - float(rows[user][hit.id] @ encoded[place])) < 1e-5, (user, hit)
        if hits and turn % 50 == 0:
            found = store.get(user, [hit.id for hit in hits])
            assert [one.data for one in found] == [own[hit.id].data for hit in hits]
            assert all(f'"{user}"' in one.data for one in found)
