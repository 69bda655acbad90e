"""What is advised in each case in two words, by which lists of cases are sorted and filtered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the table; it is filled as lists are asked for."""
    op.create_table(
        "verdicts",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("rulebook", sa.Text(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("closeness", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_verdicts_case_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("verdicts")
