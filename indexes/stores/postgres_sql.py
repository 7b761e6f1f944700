"""The SQL of a PostgreSQL store: one statement for a whole search, ranked as `indexes.HybridIndex` ranks.

Every statement that touches records names their owner, so that PostgreSQL reads one partition of the table. Tables,
types and functions are named with their schema: nothing depends on a connection's search path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from indexes.hybrid import RRF_K

if TYPE_CHECKING:
    from indexes.hybrid import Fusion, Mode

__all__ = ["Statements"]

_RECORD = "r.id, r.text, r.data, r.valid_from, r.valid_to"
_OWN = "{users} AS u LEFT JOIN {records} AS r ON r.owner = %(user)s"
# The user's rows that hold at the moment, each with its cosine; read once, also for the statistics of words.
_MINE = """
mine AS MATERIALIZED (
    SELECT r.owner, r.id, r.place, r.length, r.tokens, {cosine} AS cosine
    FROM {records} AS r
    WHERE r.owner = %(user)s
      AND (%(as_of)s::bigint IS NULL
           OR ((r.valid_from IS NULL OR r.valid_from <= %(as_of)s::bigint)
               AND (r.valid_to IS NULL OR %(as_of)s::bigint < r.valid_to)))
)"""
_COSINE = "{extension}.inner_product(r.vector::{extension}.vector, %(vector)s::{extension}.vector)"
_DENSE = """
dense AS MATERIALIZED (
    SELECT owner, id, place, cosine AS score, row_number() OVER (ORDER BY cosine DESC, place DESC) AS rank
    FROM mine ORDER BY cosine DESC, place DESC LIMIT %(pool)s::bigint
)"""
# BM25 with Lucene's IDF, k1 = 1.5 and b = 0.75, term by term in the order of `indexes.bm25`, so that the sums are equal
# to the last bit. A repeated token of the query counts each time; a document is found where it shares a token.
_LEXICAL = """
size AS (
    SELECT count(*)::float8 AS documents, coalesce(nullif(sum(length)::float8 / count(*), 0), 1) AS average FROM mine
),
posting AS (
    SELECT m.place, l.lexeme AS term, cardinality(l.positions)::float8 AS f, m.length::float8 AS length,
        (count(*) OVER (PARTITION BY l.lexeme))::float8 AS found
    FROM mine AS m CROSS JOIN LATERAL unnest(m.tokens) AS l
    WHERE m.tokens @@ %(query)s::tsquery AND l.lexeme = ANY (%(terms)s::text[])
),
weighted AS (
    SELECT p.place, p.term, ln(1 + (s.documents - p.found + 0.5::float8) / (p.found + 0.5::float8))
        * (p.f * 2.5::float8 / (p.f + 1.5::float8 * (0.25::float8 + 0.75::float8 * p.length / s.average))) AS weight
    FROM posting AS p CROSS JOIN size AS s
),
scored AS (
    SELECT w.place, sum(w.weight ORDER BY q.turn) AS score
    FROM weighted AS w JOIN unnest(%(terms)s::text[]) WITH ORDINALITY AS q (term, turn) ON q.term = w.term
    GROUP BY w.place
),
lexical AS MATERIALIZED (
    SELECT m.owner, m.id, m.place, s.score, row_number() OVER (ORDER BY s.score DESC, m.place DESC) AS rank
    FROM scored AS s JOIN mine AS m ON m.place = s.place ORDER BY s.score DESC, m.place DESC LIMIT %(pool)s::bigint
)"""
_SHARE = {
    "score": (
        "CASE WHEN {0}.high > {0}.low THEN ({0}.score - {0}.low) / ({0}.high - {0}.low)"
        " WHEN {0}.high = {0}.low THEN 1 END"
    ),
    "rrf": f"(1 / ({RRF_K} + {{0}}.rank)::float8)",
}
_SPANNED = "(SELECT *, min(score) OVER () AS low, max(score) OVER () AS high FROM {0})"
# A retriever of weight 0 brings no candidate, yet its rank and score of what the other brought are told.
_FUSED = """
fused AS (
    SELECT coalesce(d.owner, l.owner) AS owner, coalesce(d.id, l.id) AS id, coalesce(d.place, l.place) AS place,
        d.rank AS dense_rank, d.score AS dense_score, l.rank AS lexical_rank, l.score AS lexical_score,
        coalesce(%(dense)s::float8 * {dense_share}, 0) + coalesce(%(lexical)s::float8 * {lexical_share}, 0) AS score
    FROM {dense} AS d FULL JOIN {lexical} AS l ON l.place = d.place
    WHERE (d.place IS NOT NULL AND %(dense)s::float8 > 0) OR (l.place IS NOT NULL AND %(lexical)s::float8 > 0)
    ORDER BY score DESC, place DESC, id LIMIT %(k)s::bigint
)"""
_ALONE = """
fused AS (
    SELECT owner, id, place, {dense} AS dense_rank, score AS dense_score, {lexical} AS lexical_rank,
        score AS lexical_score, score
    FROM {mode}
)"""
# The user's own row is on the left: no row at all means no such user, one without an id that nothing was found.
_FOUND = """
SELECT f.owner, f.id, f.score, f.dense_rank, f.dense_score, f.lexical_rank, f.lexical_score
FROM {users} AS u LEFT JOIN fused AS f ON true WHERE u.name = %(user)s ORDER BY f.score DESC, f.place DESC, f.id"""


class Statements:
    """The statements of one store.

    Args:
        schema: Where its tables are, a plain name.
        extension: Where pgvector's types and functions are.
        precision: ``"float32"`` or ``"float16"``.

    Attributes:
        schema: Quoted.
        extension: Quoted.
        kind: The type of the column of vectors, without its dimension.
    """

    def __init__(self, schema: str, extension: str, precision: str) -> None:
        self.schema, self.extension = _quoted(schema), _quoted(extension)
        self.kind = f"{self.extension}.{'halfvec' if precision == 'float16' else 'vector'}"
        self.names = self._of("SELECT name FROM {users} WHERE name > %(last)s ORDER BY name LIMIT 1000")
        self.count = self._of("SELECT count(*) FROM {users}")
        self.revision = self._of("SELECT revision FROM {users} WHERE name = %(user)s")
        self.read = self._of(
            "SELECT u.revision, r.owner, {record}, r.vector::{extension}.vector"
            " FROM {own} WHERE u.name = %(user)s ORDER BY r.place"
        )
        self.get = self._of(
            "SELECT r.owner, {record} FROM {own} AND r.key = ANY (%(keys)s::uuid[]) WHERE u.name = %(user)s"
        )
        self.lock = self._of("SELECT next, pg_current_xact_id()::text FROM {users} WHERE name = %(user)s FOR UPDATE")
        self.make = self._of(
            "INSERT INTO {users} (name, revision, next) VALUES (%(user)s, 0, 0) ON CONFLICT DO NOTHING"
        )
        self.present = self._of("SELECT id FROM {records} WHERE owner = %(user)s AND key = ANY (%(keys)s::uuid[])")
        self.changed = self._of(
            "UPDATE {users} SET revision = nextval('{schema}.revisions'), next = %(next)s WHERE name = %(user)s"
            " RETURNING revision"
        )
        self.insert = self._of(
            "INSERT INTO {records} (owner, key, place, id, valid_from, valid_to, length, tokens, vector, text, data)"
            " VALUES (%(user)s, %(key)s, %(place)s, %(id)s, %(valid_from)s, %(valid_to)s, %(length)s,"
            " %(tokens)s::tsvector, {vector}, %(text)s, %(data)s)"
        )
        self.update = self._of(
            "UPDATE {records} SET valid_from = %(valid_from)s, valid_to = %(valid_to)s, length = %(length)s,"
            " tokens = %(tokens)s::tsvector, vector = {vector}, text = %(text)s, data = %(data)s"
            " WHERE owner = %(user)s AND key = %(key)s"
        )
        self.delete = self._of("DELETE FROM {records} WHERE owner = %(user)s AND key = ANY (%(keys)s::uuid[])")
        self.delete_all = self._of("DELETE FROM {records} WHERE owner = %(user)s")
        self.delete_user = self._of("DELETE FROM {users} WHERE name = %(user)s")

    def search(self, mode: Mode, fusion: Fusion) -> bytes:
        """The search of a mode; its columns are owner, id, score, and rank and score of each retriever."""
        parts = [_MINE.replace("{cosine}", "NULL" if mode == "lexical" else _COSINE)]
        parts += [_DENSE] if mode != "lexical" else []
        parts += [_LEXICAL] if mode != "dense" else []
        if mode == "hybrid":
            names = {"dense": "dense", "lexical": "lexical"}
            if fusion == "score":
                names = {name: _SPANNED.format(name) for name in names}
            fused = _FUSED.replace("{dense_share}", _SHARE[fusion].format("d"))
            fused = fused.replace("{lexical_share}", _SHARE[fusion].format("l"))
            parts.append(fused.replace("{dense}", names["dense"]).replace("{lexical}", names["lexical"]))
        else:
            ranks = {"dense": "NULL::bigint", "lexical": "NULL::bigint", mode: "rank"}
            parts.append(_ALONE.format(**ranks, mode=mode))
        return self._of("WITH" + ",".join(parts) + _FOUND)

    def partition(self, number: int) -> str:
        """The name of a partition, with its schema."""
        return f"{self.schema}.records_{number:03}"

    def _of(self, text: str) -> bytes:
        """A statement with the names in it; as bytes, which are composed once and not at every call."""
        names = {
            "own": _OWN,
            "record": _RECORD,
            "vector": f"%(vector)s::{self.extension}.vector::{self.kind}",
            "users": f"{self.schema}.users",
            "records": f"{self.schema}.records",
            "schema": self.schema,
            "extension": self.extension,
        }
        for name, value in names.items():
            text = text.replace(f"{{{name}}}", value)
        return text.encode()


def _quoted(name: str) -> str:
    """A name as an SQL identifier, in a statement that has placeholders."""
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'
