"""Ways to set a new password once, as an administrator gives them out."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "resets",
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_resets_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("secret", name="pk_resets"),
    )
    op.create_index("ix_resets_person_id", "resets", ["person_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("resets")
