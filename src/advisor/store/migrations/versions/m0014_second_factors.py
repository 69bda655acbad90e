"""What people sign in with besides a password, codes for when it is lost, and who requires it."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "second_factors",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("confirmed", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_second_factors_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", name="pk_second_factors"),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_recovery_codes_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "code", name="pk_recovery_codes"),
    )
    op.create_table(
        "second_factor_rules",
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("organization", name="pk_second_factor_rules"),
    )


def downgrade() -> None:
    """Drop them; a password alone is enough then."""
    for name in ("second_factor_rules", "recovery_codes", "second_factors"):
        op.drop_table(name)
