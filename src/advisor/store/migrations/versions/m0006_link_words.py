"""Whether a shared link shows free words and notes; those that are there already do not."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    with op.batch_alter_table("links") as batch:
        batch.add_column(sa.Column("words", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop the column."""
    with op.batch_alter_table("links") as batch:
        batch.drop_column("words")
