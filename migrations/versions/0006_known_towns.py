"""Towns that a publisher of towns tells, also those without a station."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_towns",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("ref", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("zip_codes", sa.String(length=400), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "ref", name="pk_known_towns"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("known_towns")
