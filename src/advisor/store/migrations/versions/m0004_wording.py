"""The words that advice was given in have a hash of their own; what is there already has none ("")."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_SAME = ["case_id", "revision", "scenario", "rulebook", "engine", "marks"]


def upgrade() -> None:
    """Add the column to advice and to rulebooks, and to what tells one of them from another."""
    with op.batch_alter_table("advices") as batch:
        batch.add_column(sa.Column("wording", sa.Text(), nullable=False, server_default=""))
        batch.drop_constraint("uq_advices_case_id", type_="unique")
        batch.create_unique_constraint("uq_advices_case_id", [*_SAME, "wording"])
    with op.batch_alter_table("advices") as batch:
        batch.alter_column("wording", server_default=None)
    with op.batch_alter_table("rulebooks") as batch:
        batch.add_column(sa.Column("wording", sa.Text(), nullable=False, server_default=""))
        batch.drop_constraint("pk_rulebooks", type_="primary")
        batch.create_primary_key("pk_rulebooks", ["sha256", "wording"])
    with op.batch_alter_table("rulebooks") as batch:
        batch.alter_column("wording", server_default=None)


def downgrade() -> None:
    """Take it away again. Of what only the words told apart, one is left."""
    same = " AND ".join(f"other.{name} = advices.{name}" for name in _SAME)
    first = f"SELECT 1 FROM advices AS other WHERE {same} AND other.id < advices.id"  # noqa: S608 - names of ours
    op.execute(f"DELETE FROM advices WHERE EXISTS ({first})")  # noqa: S608
    with op.batch_alter_table("advices") as batch:
        batch.drop_constraint("uq_advices_case_id", type_="unique")
        batch.drop_column("wording")
        batch.create_unique_constraint("uq_advices_case_id", _SAME)
    first = "SELECT 1 FROM rulebooks AS other WHERE other.sha256 = rulebooks.sha256 AND other.wording < rulebooks.wording"
    op.execute(f"DELETE FROM rulebooks WHERE EXISTS ({first})")  # noqa: S608
    with op.batch_alter_table("rulebooks") as batch:
        batch.drop_constraint("pk_rulebooks", type_="primary")
        batch.drop_column("wording")
        batch.create_primary_key("pk_rulebooks", ["sha256"])
