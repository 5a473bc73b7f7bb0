"""The foundation."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "etl_requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=True),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("picked_up_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_etl_requests"),
    )
    op.create_table(
        "etl_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("extract_at", sa.BigInteger(), nullable=True),
        sa.Column("stations_read", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("prices_read", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("stations_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("prices_changed", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rejected", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("gone", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("bytes", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("url_hash", sa.String(length=64), nullable=True),
        sa.Column("etag", sa.String(length=200), nullable=True),
        sa.Column("last_modified", sa.String(length=64), nullable=True),
        sa.Column("rejects", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_etl_runs"),
    )
    op.create_index("ix_etl_runs_source_started", "etl_runs", ["source", "started_at"])

    op.create_table(
        "gas_types",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("xml_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_gas_types"),
        sa.UniqueConstraint("name", name="uq_gas_types_name"),
        sa.UniqueConstraint("xml_id", name="uq_gas_types_xml_id"),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "stations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("source_ref", sa.String(length=32), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("address", sa.String(length=400), nullable=False),
        sa.Column("zip_code", sa.String(length=10), nullable=False),
        sa.Column("town", sa.String(length=120), nullable=False),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("road_kind", sa.String(length=10), nullable=False),
        sa.Column("amenities", sa.BigInteger(), nullable=False),
        sa.Column("is_open_24h", sa.Boolean(), nullable=False),
        sa.Column("opening_hours", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("first_seen_at", sa.BigInteger(), nullable=False),
        sa.Column("gone_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_stations"),
        sa.UniqueConstraint("source", "source_ref", name="uq_stations_source_source_ref"),
    )
    op.create_index("ix_stations_position", "stations", ["latitude", "longitude"])

    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("mail", name="uq_users_mail"),
        sa.UniqueConstraint("username", name="uq_users_username"),
        sa.UniqueConstraint("uuid", name="uq_users_uuid"),
    )
    op.create_table(
        "custom_stations",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("custom_name", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name="fk_custom_stations_station_id_stations", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_custom_stations_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "station_id", name="pk_custom_stations"),
    )
    op.create_table(
        "outages",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_outages_gastype_id_gas_types"),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name="fk_outages_station_id_stations", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("station_id", "gastype_id", "started_at", name="pk_outages"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_history",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_price_history_gastype_id_gas_types"),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name="fk_price_history_station_id_stations", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("station_id", "gastype_id", "updated_at", name="pk_price_history"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "price_medians",
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_price_medians_gastype_id_gas_types"),
        sa.PrimaryKeyConstraint("area", "gastype_id", "day", name="pk_price_medians"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "prices",
        sa.Column("station_id", sa.Integer(), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.Column("price", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("is_suspect", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_prices_gastype_id_gas_types"),
        sa.ForeignKeyConstraint(
            ["station_id"], ["stations.id"], name="fk_prices_station_id_stations", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("station_id", "gastype_id", name="pk_prices"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "user_gas_types",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("gastype_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["gastype_id"], ["gas_types.id"], name="fk_user_gas_types_gastype_id_gas_types"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_gas_types_user_id_users", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "gastype_id", name="pk_user_gas_types"),
    )
    op.create_table(
        "verification_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("code_hmac", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_verification_codes_user_id_users", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_verification_codes"),
    )
    op.create_index("ix_verification_codes_user_id", "verification_codes", ["user_id"])


def downgrade() -> None:
    op.drop_index("ix_verification_codes_user_id", "verification_codes")

    op.drop_table("verification_codes")
    op.drop_table("user_gas_types")
    op.drop_table("prices")
    op.drop_table("price_medians")
    op.drop_table("price_history")
    op.drop_table("outages")
    op.drop_table("custom_stations")
    op.drop_table("users")
    op.drop_index("ix_stations_position", "stations")

    op.drop_table("stations")
    op.drop_table("leases")
    op.drop_table("gas_types")
    op.drop_index("ix_etl_runs_source_started", "etl_runs")

    op.drop_table("etl_runs")
    op.drop_table("etl_requests")
