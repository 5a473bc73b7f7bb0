"""What people keep: car, home, alerts. What admins see: audit log, counts. Names of stations."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_log",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("target", sa.String(length=120), nullable=False),
        sa.Column("details", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
    )
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    _refuse_changes()

    op.create_table(
        "daily_counts",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "what", name="pk_daily_counts"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "history_files",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("loaded_at", sa.BigInteger(), nullable=False),
        sa.Column("prices", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "name", name="pk_history_files"),
    )
    op.create_table(
        "owner_notices",
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("is_well", sa.Boolean(), nullable=False),
        sa.Column("is_told", sa.Boolean(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("fact", name="pk_owner_notices"),
    )
    op.create_table(
        "station_names",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_ref", sa.String(length=32), nullable=False),
        sa.Column("brand", sa.String(length=60), nullable=True),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.PrimaryKeyConstraint("source", "source_ref", name="pk_station_names"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "visit_marks",
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", "mark", name="pk_visit_marks"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "alert_facts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("fact", sa.String(length=64), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_alert_facts_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "fact", name="pk_alert_facts"),
    )
    op.create_table(
        "user_alerts",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gain_cents", sa.Integer(), nullable=True),
        sa.Column("sent_on", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_alerts_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_alerts"),
    )
    op.create_table(
        "user_car_fuels",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.Column("litres_100km", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_user_car_fuels_gastype_id_gas_types"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_car_fuels_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "gastype_id", name="pk_user_car_fuels"),
    )
    op.create_table(
        "user_cars",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("tank_l", sa.Double(), nullable=True),
        sa.Column("fill_l", sa.Double(), nullable=True),
        sa.Column("litres_100km", sa.Double(), nullable=True),
        sa.Column("km_a_year", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_cars_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_cars"),
    )
    op.create_table(
        "user_homes",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=80), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("radius_km", sa.Integer(), server_default=sa.text("10"), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_homes_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_user_homes"),
    )
    op.create_table(
        "waiting_stations",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_ref", sa.String(length=32), nullable=False),
        sa.Column("custom_name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_waiting_stations_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "source", "source_ref", name="pk_waiting_stations"),
    )
    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.add_column(sa.Column("brand", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("name", sa.String(length=120), nullable=True))

    with op.batch_alter_table("etl_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("stage", sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column("done", sa.Integer(), server_default=sa.text("0"), nullable=False))

    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unsubscribe", sa.String(length=300), nullable=True))

    with op.batch_alter_table("user_gas_types", schema=None) as batch_op:
        batch_op.add_column(sa.Column("alert_price", sa.Integer(), nullable=True))

    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.add_column(sa.Column("disabled_at", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("seen_on", sa.String(length=10), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_column("seen_on")
        batch_op.drop_column("disabled_at")

    with op.batch_alter_table("user_gas_types", schema=None) as batch_op:
        batch_op.drop_column("alert_price")

    with op.batch_alter_table("etl_runs", schema=None) as batch_op:
        batch_op.drop_column("done")
        batch_op.drop_column("stage")

    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_column("unsubscribe")

    with op.batch_alter_table("stations", schema=None) as batch_op:
        batch_op.drop_column("name")
        batch_op.drop_column("brand")

    op.drop_table("waiting_stations")
    op.drop_table("user_homes")
    op.drop_table("user_cars")
    op.drop_table("user_car_fuels")
    op.drop_table("user_alerts")
    op.drop_table("alert_facts")
    op.drop_table("visit_marks")
    op.drop_table("station_names")
    op.drop_table("owner_notices")
    op.drop_table("history_files")
    op.drop_table("daily_counts")
    op.drop_table("audit_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_log_is_append_only")


def _refuse_changes() -> None:
    """The audit log is append-only, whoever asks."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_log_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_is_append_only()"
        )
    else:
        for what in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_log_stays_{what.lower()} BEFORE {what} ON audit_log "
                "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END"
            )
