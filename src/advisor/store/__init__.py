"""Saved cases, accounts and shared links, in SQLite or PostgreSQL."""
