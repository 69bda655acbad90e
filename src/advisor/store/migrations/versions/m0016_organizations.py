"""Organizations with the names that they have and had, and accounts as members of them."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_FIRST = "FROM memberships WHERE memberships.person_id = {}.{} ORDER BY since, organization LIMIT 1"


def upgrade() -> None:
    """Make the tables, fill them with the organizations that there are, and make each account a member of its own."""
    _make_organizations()
    op.create_table(
        "memberships",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_memberships_person_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name="fk_memberships_organization", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("person_id", "organization", name="pk_memberships"),
    )
    op.create_index("ix_memberships_organization", "memberships", ["organization"])
    op.create_table(
        "vouched_memberships",
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id", "organization"],
            ["memberships.person_id", "memberships.organization"],
            name="fk_vouched_memberships_person_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("person_id", "organization", "issuer", name="pk_vouched_memberships"),
    )
    op.create_table(
        "invitations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("organization", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["organization"], ["organizations.id"], name="fk_invitations_organization", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["invited_by"], ["people.id"], name="fk_invitations_invited_by", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("secret", name="uq_invitations_secret"),
    )
    op.create_index("ix_invitations_organization", "invitations", ["organization", "created"])
    op.execute(
        "INSERT INTO memberships (person_id, organization, role, active, since)"
        " SELECT id, organization, role, active, created FROM people"
    )
    op.execute(
        "INSERT INTO vouched_memberships (person_id, organization, issuer, claimed)"
        " SELECT DISTINCT people.id, organization, issuer, true FROM people JOIN identities ON identities.person_id = people.id"
    )
    for table, names in (("sessions", ("organization", "issuer")), ("tokens", ("organization",))):
        for name in names:
            op.add_column(table, sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
        whose = f"SELECT organization FROM people WHERE people.id = {table}.person_id"  # noqa: S608 - names of ours
        op.execute(f"UPDATE {table} SET organization = ({whose})")  # noqa: S608
    known = "SELECT MIN(issuer) FROM identities WHERE identities.person_id = sessions.person_id"
    op.execute(f"UPDATE sessions SET issuer = COALESCE(({known}), '') WHERE provider <> ''")  # noqa: S608
    for name in ("role", "organization", "active"):
        op.drop_column("people", name)  # not by a table made anew: what refers to it would go with it


def downgrade() -> None:
    """Drop them: each organization is called again as it was first, and an account has the membership that it had first. The
    sessions and tokens of its others go."""
    for name in ("role", "organization"):
        op.add_column("people", sa.Column(name, sa.Text(), nullable=False, server_default=sa.text("''")))
        first = _FIRST.format("people", "id")
        op.execute(f"UPDATE people SET {name} = (SELECT {name} {first})")  # noqa: S608
    op.add_column("people", sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(f"UPDATE people SET active = (SELECT active {first})")  # noqa: S608
    for table in ("sessions", "tokens"):
        first = _FIRST.format(table, "person_id")
        op.execute(f"DELETE FROM {table} WHERE organization <> (SELECT organization {first})")  # noqa: S608
        op.drop_column(table, "organization")
    op.drop_column("sessions", "issuer")
    for name in ("invitations", "vouched_memberships", "memberships", "organization_names", "organizations"):
        op.drop_table(name)


def _make_organizations() -> None:
    organizations = op.create_table(
        "organizations",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("shown_elsewhere", sa.Boolean(), nullable=False, server_default=sa.false()),
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
