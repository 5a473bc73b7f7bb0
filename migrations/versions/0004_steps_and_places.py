"""Counts of the generic transforms on a run, facts of a station that were derived, answers of the address service."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "geocoded_places",
        sa.Column("latitude_e4", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("longitude_e4", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.String(length=400), nullable=True),
        sa.Column("town", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("latitude_e4", "longitude_e4", name="pk_geocoded_places"),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("derived", sa.Integer(), server_default=sa.text("0"), nullable=False))

    with op.batch_alter_table("etl_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("steps", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("etl_runs", schema=None) as batch_op:
        batch_op.drop_column("steps")

    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.drop_column("derived")

    op.drop_table("geocoded_places")
