"""Stores of many users' records: in memory, in one SQLite file, on PostgreSQL, in Qdrant."""
