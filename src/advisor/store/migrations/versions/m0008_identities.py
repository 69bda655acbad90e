"""Who came from which provider of identities, and what is told of a session."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TOLD = ("provider", "id_token", "came_from", "agent")


def upgrade() -> None:
    """Make the table, and add the columns; sessions that are there already came from nowhere that is known."""
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_identities_person_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
    )
    op.create_index("ix_identities_person_id", "identities", ["person_id"])
    with op.batch_alter_table("sessions") as batch:
        for name in _TOLD:
            batch.add_column(sa.Column(name, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Drop the table and the columns."""
    op.drop_table("identities")
    with op.batch_alter_table("sessions") as batch:
        for name in _TOLD:
            batch.drop_column(name)
