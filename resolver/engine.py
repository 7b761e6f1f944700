"""The Resolver: a query and a user's records go in, a Resolution or an Abstention comes out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, TypeVar, get_args

from indexes import MemoryStore, load_embedder
from resolver.asking import Asked, check_queries, read_queries
from resolver.assisting import ModelSteps
from resolver.awaiting import AsyncCalls
from resolver.bind import bind_calls
from resolver.cards import CatalogIndex
from resolver.catalog import Catalog, why_empty
from resolver.choose import Chooser
from resolver.elsewhere import resolved_elsewhere
from resolver.further import Scene, further_calls
from resolver.judging import ranked_by_relevance, with_cited
from resolver.keeper import Keeper
from resolver.matching import with_match
from resolver.models import Models
from resolver.policy import check_policies, platform_exclusion
from resolver.profile import Event, Fact, Profile
from resolver.referring import other_platforms
from resolver.requests import calls_of, requests_of
from resolver.reranking import reranked
from resolver.resolution import Abstention, Evidence, Resolution

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from indexes import Embedder, Executor, Reranker, Store
    from resolver.policy import Exclusion
    from resolver.records import Linked, UserRecords
    from resolver.resolution import Choice

__all__ = ["Resolver"]

Retriever = Literal["hybrid", "dense", "lexical"]
_T = TypeVar("_T")


class Resolver(ModelSteps, AsyncCalls):
    """Resolves queries of known users on one catalog.

    Safe for many reading threads beside one writer: a query works on a snapshot of the user's records.

    Args:
        catalog: What can be called; a `CatalogIndex` made with the same embedder saves indexing it again.
        store: Where the users' records are kept: `indexes.SqliteStore` for what must last, `indexes.MemoryStore` where
            none is given. Several resolvers and processes may share one: each query sees the newest state.
        embedder: Any `indexes.Embedder`; where none is given the store's, or `indexes.load_embedder` with its defaults.
        models: The learned parts; the shipped ones where none are given.
        k: How many pieces of evidence are retrieved.
        retriever: Which retrievers find the evidence.
        reranker: Reads each piece of evidence beside the query, such as `indexes.load_reranker` gives; it changes the
            order of what `retrieve` and `explain` give and no resolution, and costs a run of its model for each piece.
        require_match: Abstain where no tool shows any sign of doing what the query asks for; with a number also where
            the chosen tool does it with a smaller probability (`Choice.match`), for callers that would rather be silent
            than call a tool that is only the nearest there is.
        abstain_below: Probability of the chosen tool below which the answer is an Abstention; 0 never abstains for
            being unsure.
        require_arguments: Abstain where a required parameter stays empty. Otherwise the Resolution lists it in
            ``missing``.

    Attributes:
        cards: The indexed catalog, which other resolvers with the same embedder may share.

    >>> from indexes import HashingEmbedder
    >>> from resolver import Catalog, Profile, Resolver
    >>> catalog = Catalog.from_ptbench(
    ...     ["Larder", "QuickBite"],
    ...     [{"platform": p, "name": "order_food", "description": "Order a meal", "parameters":
    ...       {"dish": {"type": "string", "required": True}, "address": {"type": "string", "required": True}}}
    ...      for p in ("Larder", "QuickBite")])
    >>> resolver = Resolver(catalog, embedder=HashingEmbedder())
    >>> resolver.add(Profile.from_json({"address": {"work": "1 Mill Lane", "home": "9 Elm Street"}, "log": [
    ...     {"instruction": f"order {dish}", "platform": "QuickBite", "tool": "order_food", "arguments": {"dish": dish}}
    ...     for dish in ("ramen", "soup")]}, user="ada"))
    >>> resolver.resolve("Order 'pad thai' to my work address", user="ada").to_ptbench()
    "'QuickBite':[order_food(dish = 'pad thai', address = '1 Mill Lane')]"
    """

    def __init__(
        self,
        catalog: Catalog | CatalogIndex,
        *,
        store: Store | None = None,
        embedder: Embedder | None = None,
        models: Models | None = None,
        k: int = 10,
        retriever: Retriever = "hybrid",
        reranker: Reranker | None = None,
        require_match: bool | float = True,
        abstain_below: float = 0.0,
        require_arguments: bool = False,
    ) -> None:
        if k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        if retriever not in get_args(Retriever):
            raise ValueError(f"retriever must be one of {', '.join(get_args(Retriever))}, got {retriever!r}")
        _expect(catalog, (Catalog, CatalogIndex), "catalog")
        if not 0.0 <= abstain_below <= 1.0:
            raise ValueError(f"abstain_below is a probability, got {abstain_below}")
        if not 0.0 <= require_match <= 1.0:
            raise ValueError(f"require_match is True, False or a probability, got {require_match}")
        if store is not None and embedder is not None and store.embedder.name != embedder.name:
            raise ValueError(f"the store holds vectors of {store.embedder.name}, not of {embedder.name}")
        self._embedder = embedder or (load_embedder() if store is None else store.embedder)
        self.cards = catalog if isinstance(catalog, CatalogIndex) else CatalogIndex(catalog, self._embedder)
        self._models = models or Models.load()
        # what another process needs to resolve as this one does: neither the store nor the reranker, which changes no
        # resolution
        self._made_from = partial(
            Resolver,
            self.catalog,
            embedder=self._embedder,
            models=models,
            k=k,
            retriever=retriever,
            require_match=require_match,
            abstain_below=abstain_below,
            require_arguments=require_arguments,
        )
        self._chooser = Chooser(self._models.choice, self._models.affinity, self._models.entities)
        self._k, self._retriever, self._reranker = k, retriever, reranker
        self._require_match, self._require_arguments = require_match, require_arguments
        self._abstain_below = abstain_below
        self._keeper = Keeper(MemoryStore(self._embedder) if store is None else store)

    @property
    def catalog(self) -> Catalog:
        """The catalog this resolver works on."""
        return self.cards.catalog

    @property
    def users(self) -> tuple[str, ...]:
        """The known users."""
        return tuple(self.store.users())

    @property
    def store(self) -> Store:
        """Where the users' records are kept."""
        return self._keeper.store

    # Records --------------------------------------------------------------------------------------------------------

    def add(self, profile: Profile) -> None:
        """Index the profile of a new user.

        Raises:
            DuplicateError: The user is already known; `remember` and `log` add to a known profile.
        """
        _expect(profile, (Profile,), "profile")
        self._keeper.add(profile)

    def add_many(self, profiles: Iterable[Profile], *, executor: Executor | None = None) -> None:
        """Index the profiles of new users, encoded in batches.

        Args:
            profiles: One of each user; read as they are needed, so that any number will do.
            executor: Workers that encode.

        Raises:
            DuplicateError: A user is already known; those before it were added.
        """
        self._keeper.add_many((_expect(profile, (Profile,), "profile") for profile in profiles), executor=executor)

    def log(self, user: str, events: Event | Iterable[Event]) -> None:
        """Add entries to a known user's behaviour log, as its newest, in the order given.

        Raises:
            UnknownUserError: No profile was added for the user.
            DuplicateError: An id is already in the profile; nothing is added then.
        """
        added = [events] if isinstance(events, Event) else list(events)
        for event in added:
            _expect(event, (Event,), "event")
        self._keeper.extend(user, events=added)

    def remember(self, user: str, facts: Fact | Iterable[Fact]) -> None:
        """Add Facts to a known user's profile; errors as for `log`."""
        added = [facts] if isinstance(facts, Fact) else list(facts)
        for fact in added:
            _expect(fact, (Fact,), "fact")
        self._keeper.extend(user, facts=added)

    def forget(self, user: str) -> None:
        """Remove all that is known of a user; nothing of it stays in the store (`indexes.Store.forget`).

        Raises:
            UnknownUserError: No profile was added for the user.
        """
        self._keeper.forget(user)

    # Queries --------------------------------------------------------------------------------------------------------

    def retrieve(
        self, query: str, *, user: str, k: int | None = None, judged: bool = True, as_of: datetime | None = None
    ) -> tuple[Evidence, ...]:
        """The user's records that matter to a query, best first.

        Args:
            query: The query.
            user: Whose records.
            k: How many; as the resolver was made with where not given.
            judged: Put those statements first that most probably matter, with their probability, and let the reranker,
                if there is one, have its say. It encodes the parts of the query too, and so takes several times as long
                as finding the records.
            as_of: As for `resolve`.

        Raises:
            QueryError: The query is empty or not text.
            UnknownUserError: No profile was added for the user.
        """
        records = self._records(user, as_of)
        if k is not None and k < 1:
            raise ValueError(f"k must be at least 1, got {k}")
        asked = read_queries([query], self._embedder)[0]
        found = self._retrieve(records, records.linked(self.cards), asked, self._k if k is None else k)
        return self._judged(found, records.linked(self.cards), asked) if judged else found

    def resolve(self, query: str, *, user: str, as_of: datetime | None = None) -> Resolution | Abstention:
        """Choose platform and tool for a query and bind the arguments, or say why not.

        Of a query over 20,000 characters the beginning is read.

        Args:
            query: The query.
            user: Whose records it is resolved with.
            as_of: Heed only what held at this moment, a time with a zone: Facts within their validity times, Events up
                to it. Without it all that is known counts.

        Raises:
            QueryError: The query is empty or not text.
            UnknownUserError: No profile was added for the user.
            MissingUserError: ``user`` is empty.
        """
        records = self._records(user, as_of)
        return self._resolve(read_queries([query], self._embedder)[0], records)

    def resolve_for(self, records: UserRecords, query: str) -> Resolution | Abstention:
        """Resolve a query for records that are kept elsewhere. Raises `QueryError` as `resolve` does."""
        return self._resolve(read_queries([query], self._embedder)[0], records)

    def resolve_many(
        self, queries: Iterable[tuple[str, str]], *, executor: Executor | None = None
    ) -> list[Resolution | Abstention]:
        """Resolve pairs of user and query, in order; the queries are encoded together.

        Args:
            queries: Pairs of user and query.
            executor: Workers that resolve them elsewhere, such as `indexes.ProcessExecutor`; each loads catalog and
                model once, and is sent the records of the users whose queries it gets. The answers are the same.

        Raises:
            The errors of `resolve`, before any query is resolved; and those of the executor.
        """
        pairs = list(queries)
        records = [self._records(user) for user, _ in pairs]
        if executor is not None:
            check_queries([query for _, query in pairs])
            return resolved_elsewhere(self._made_from, executor, records, [query for _, query in pairs])
        asked = read_queries([query for _, query in pairs], self._embedder)
        return [self._resolve(one, own) for one, own in zip(asked, records, strict=True)]

    def explain(self, query: str, *, user: str) -> str:
        """The resolution of a query with its evidence, candidates and bindings, as text for a person."""
        from resolver.explanation import explain  # noqa: PLC0415  (only needed here)

        records = self._records(user)
        asked = read_queries([query], self._embedder)[0]
        answer = self._resolve(asked, records)
        judged = self._judged(answer.evidence, records.linked(self.cards), asked)
        return explain(answer.model_copy(update={"evidence": judged}))

    # Inside ---------------------------------------------------------------------------------------------------------

    def _records(self, user: str, as_of: datetime | None = None) -> UserRecords:
        records = self._keeper.records(user)
        return records if as_of is None else records.at(as_of)

    def _resolve(self, asked: Asked, records: UserRecords) -> Resolution | Abstention:
        linked = records.linked(self.cards)
        evidence = self._retrieve(records, linked, asked, self._k)
        abstain = partial(Abstention, user=records.user, query=asked.query, evidence=evidence)
        if not self.catalog.tools:
            excluded = self._excluded(linked, asked)
            message = excluded.message if excluded else why_empty(self.catalog)
            return abstain(reason="policy" if excluded else "empty_catalog", message=message)
        choice = self._chooser.choose(self.cards, linked, asked, barred=self._elsewhere(linked, asked))
        if excluded := self._excluded(linked, asked, platform=choice.platform):
            cited = with_cited(evidence, choice, excluded.facts, linked)
            return abstain(reason="policy", message=excluded.message, choice=choice, evidence=cited)
        choice, unfit = self._fit(choice, asked)
        if unfit:
            return abstain(reason="no_match", message=unfit, choice=choice)
        if choice.probability < self._abstain_below:
            message = (
                f"the likeliest tool, {choice.tool} of {choice.platform}, has a probability of "
                f"{choice.probability:.2f}, below {self._abstain_below:.2f}"
            )
            return abstain(reason="unsure", message=message, choice=choice)
        scene = Scene(self.cards, linked, asked, self._models)
        least = 0.0 if isinstance(self._require_match, bool) else self._require_match
        requests = requests_of(scene, self._chooser, choice, least_match=least, least=self._abstain_below)
        tool = self.cards.number(choice.platform, requests[0].choice.tool)
        first, *others = bind_calls(self.cards, linked, requests[0].asked, tool, self._models)
        first, asked_for = calls_of(scene, requests, first)
        bindings, missing, choice = first.bindings, first.missing, requests[0].choice
        lacking = dict.fromkeys((*missing, *(name for call in asked_for for name in call.missing)))
        if lacking and self._require_arguments:
            message = f"no value is known for {', '.join(lacking)}"
            return abstain(reason="missing_arguments", message=message, choice=choice, missing=tuple(lacking))
        further = asked_for or further_calls(
            scene,
            choice,
            [first, *others],
            allowed=lambda platform: self._excluded(linked, asked, platform=platform) is None,
        )
        if self._require_arguments:
            further = tuple(call for call in further if not call.missing)
        made = (*bindings, *(binding for call in further for binding in call.bindings))
        rests_on = [i for binding in made for i in binding.evidence] + [i for call in further for i in call.evidence]
        return Resolution(
            user=records.user,
            query=asked.query,
            evidence=with_cited(evidence, choice, rests_on, linked),
            choice=choice,
            bindings=bindings,
            missing=missing,
            further=further,
        )

    def _fit(self, choice: Choice, asked: Asked) -> tuple[Choice, str]:
        """The choice, with the probability that it does what is asked for if that counts; and why it does not do."""
        if self._require_match and not choice.matched:
            return choice, f"none of the {len(self.catalog.tools)} tools seems to do what is asked for"
        if isinstance(self._require_match, bool):
            return choice, ""
        choice = with_match(choice, self.cards, asked, self._models)
        if choice.match is None or choice.match >= self._require_match:
            return choice, ""
        likeliest = f"the likeliest tool, {choice.tool} of {choice.platform}, does what is asked for with a probability"
        return choice, f"{likeliest} of {choice.match:.2f}, below {self._require_match:.2f}"

    def _barred(self, linked: Linked, asked: Asked) -> NDArray[np.bool_] | None:
        """The platforms whose policies exclude the user, ``(p,)``."""
        policy = self._models.policy
        if policy is None:
            return None
        return platform_exclusion(self.cards, linked, asked, model=policy) >= policy.threshold

    def _elsewhere(self, linked: Linked, asked: Asked) -> NDArray[np.bool_] | None:
        """The platforms on which the query is not to be done, ``(p,)``: by their policies, or by what it refers to."""
        excluded = self._barred(linked, asked)
        named = bool(self.cards.mentions.find(asked.text))
        off = "references" in self._models.rules_off
        others = None if off else other_platforms(linked, asked.reading, named=named)
        both = others if excluded is None or others is None else others | excluded
        return excluded if both is None or both.all() else both

    def _excluded(self, linked: Linked, asked: Asked, *, platform: str | None = None) -> Exclusion | None:
        if self._models.policy is None:
            return None
        return check_policies(self.cards, linked, asked, platform=platform, model=self._models.policy)

    def _retrieve(self, records: UserRecords, linked: Linked, asked: Asked, k: int) -> tuple[Evidence, ...]:
        if not len(records.partition):
            return ()
        found = records.partition.search(asked.text, k, vector=asked.vector, tokens=asked.tokens, mode=self._retriever)
        return tuple(
            Evidence(
                id=hit.id,
                kind=linked.kinds[hit.id],
                text=linked.texts[hit.id],
                score=hit.score,
                scores=dict(hit.scores),
                ranks=dict(hit.ranks),
            )
            for hit in found
            if hit.id in linked.kinds  # a record added after the snapshot was taken waits for the next query
        )

    def _judged(self, evidence: tuple[Evidence, ...], linked: Linked, asked: Asked) -> tuple[Evidence, ...]:
        if self._models.relevance is not None:
            evidence = ranked_by_relevance(evidence, linked, asked, self._embedder, model=self._models.relevance)
        return evidence if self._reranker is None else reranked(evidence, asked.text, self._reranker)


def _expect(value: _T, kinds: tuple[type, ...], what: str) -> _T:
    if not isinstance(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{what}: expected a {names}, got {type(value).__name__}")
    return value
