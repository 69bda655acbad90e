"""What becomes of cases over time: what is done and by when it is due, reminders of it, and further rounds of consultations."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the tables, and add the columns."""
    op.create_table(
        "follow_ups",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "number", name="pk_follow_ups"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_follow_ups_case_id", ondelete="CASCADE"),
    )
    op.create_table(
        "reminders",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "key", name="pk_reminders"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_reminders_case_id", ondelete="CASCADE"),
    )
    for name in ("consultations", "respondents"):
        op.add_column(name, sa.Column("first", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Drop them."""
    for name in ("respondents", "consultations"):
        op.drop_column(name, "first")  # not by a table made anew: what refers to it would go with it
    op.drop_table("reminders")
    op.drop_table("follow_ups")
