"""Organizations with the names that they have and had."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0014"


def upgrade() -> None:
    """Make the tables, and fill them with the organizations that there are."""
    organizations = op.create_table(
        "organizations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organizations"),
    )
    names = op.create_table(
        "organization_names",
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization"], ["organizations.id"], name="fk_organization_names_organization", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("folded", name="pk_organization_names"),
    )
    op.create_index("ix_organization_names_organization", "organization_names", ["organization", "since"])
    known: dict[str, str] = {}
    asked = "SELECT organization, MIN(created) FROM people GROUP BY organization ORDER BY organization"
    for name, since in op.get_bind().execute(sa.text(asked)).all():
        op.bulk_insert(organizations, [{"id": name, "name": name, "since": since}])
        folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
        if known.setdefault(folded, name) == name:
            op.bulk_insert(names, [{"folded": folded, "organization": name, "name": name, "since": since, "given": True}])


def downgrade() -> None:
    """Drop them: each organization is called again as it was first."""
    op.drop_table("organization_names")
    op.drop_table("organizations")
