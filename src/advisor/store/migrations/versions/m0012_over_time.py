"""What becomes of cases over time: what of the advice is done, by when it is due, and further rounds of consultations."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table, and add the columns."""
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
    for name in ("consultations", "respondents"):
        with op.batch_alter_table(name) as batch:
            batch.add_column(sa.Column("first", sa.Text(), nullable=False, server_default=sa.text("''")))


def downgrade() -> None:
    """Drop them."""
    for name in ("respondents", "consultations"):
        with op.batch_alter_table(name) as batch:
            batch.drop_column("first")
    op.drop_table("follow_ups")
