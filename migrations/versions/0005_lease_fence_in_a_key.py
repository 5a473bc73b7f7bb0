"""The fence of a lease in a key: PostgreSQL lets a load be prolonged by its own heartbeat, and by nobody else."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_leases_fence", "leases", ["name", "fence"], unique=True)


def downgrade() -> None:
    op.drop_index("ix_leases_fence", table_name="leases")
