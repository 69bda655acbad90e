"""How long organizations keep cases and consultations, which of them are on hold, and what is to be deleted soon."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "retention",
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.Column("consultations", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("organization", name="pk_retention"),
    )
    op.create_table(
        "holds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("consultation_id", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed", sa.BigInteger(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_holds"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_holds_case_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["consultation_id"], ["consultations.id"], name="fk_holds_consultation_id", ondelete="CASCADE"),
    )
    op.create_index("ix_holds_case_id", "holds", ["case_id"])
    op.create_table(
        "notices",
        sa.Column("case_id", sa.Text(), nullable=False),
        sa.Column("consultation", sa.Text(), nullable=False),
        sa.Column("ends", sa.BigInteger(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "consultation", name="pk_notices"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_notices_case_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them; everything is kept until somebody deletes it then, what was on hold too."""
    for name in ("notices", "holds", "retention"):
        op.drop_table(name)
