"""Sample data in PTBench's shape, so that a demo and a smoke test need nothing else.

Every word was written for this project and is under its licence, Apache-2.0: nothing is taken from PTBench or from
another data set. Platforms, people, streets and restaurants are invented, telephone numbers are 555 numbers and e-mail
addresses are under example.com.

The sources are meant to be read and edited: ``catalog.json`` has five scenarios with three platforms each and the tools
that all three offer; each file of ``users/`` has one user's profile, with a log, and that user's cases with their gold.
:func:`records` joins them, :func:`write` makes the ``data.json`` that a benchmark loader reads.

A record has PTBench's seven keys and these:

- ``id``; ``user``, the name of the user's file; ``scenario``;
- ``kind``, what a resolver must do: ``log`` (the log shows the platform, a statement may agree), ``statement`` (only a
  statement or trait shows it), ``arguments`` (the query names the platform, the profile holds arguments), ``both``
  (platform and arguments come from the profile), ``override`` (the query names a platform or value against the
  profile), ``usual`` (the query refers to something repeated in the log);
- ``candidates``: ``scenario`` (the three platforms of the scenario) or ``all`` (all fifteen);
- ``default_params``, where there are any: those of ``query_params`` about which the query is silent, so that the
  schema's default holds;
- ``gold_evidence``: paths into the profile (``history.3``, ``preferences.0``, ``basic_features.address.home``) of what
  decides the case, complete for the arguments, not for the platform.

Gold follows one rule: a required parameter always has a value, an optional one only where query, statement, profile or
log settle it. Four users have a log with ratings, four one with times (one of them newest first), four only an order,
oldest first.

What it is not: a benchmark. It is small, one author wrote cases and gold, nobody checked them independently, and the
resolver's authors have seen it. No number measured on it supports a scientific claim.
"""

from __future__ import annotations

from experiments.sample.build import records, write

__all__ = ["records", "write"]
