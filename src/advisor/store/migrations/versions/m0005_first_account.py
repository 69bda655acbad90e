"""That there have been accounts, in case they are lost."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the table, with its row where there are accounts."""
    op.create_table(
        "first_account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_first_account"),
    )
    op.execute("INSERT INTO first_account (id, at) SELECT 1, created FROM people ORDER BY created LIMIT 1")


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("first_account")
