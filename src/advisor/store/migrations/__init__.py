"""The steps by which the tables came to be, each up and down.

Foreign keys are on in SQLite while a step runs, so a table that others refer to is never dropped to be made anew (as
Alembic's batch mode does): that would delete what refers to it.
"""
