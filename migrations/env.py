"""What Alembic runs. The connection, its transaction and its lock come from session.prepare()."""

from alembic import context

from models import Base, UtcSeconds


def _render_item(kind: str, item: object, _context: object) -> str | bool:
    # A migration must not change its meaning with models.py: it names the bare type.
    return "sa.BigInteger()" if kind == "type" and isinstance(item, UtcSeconds) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_item=_render_item,
    render_as_batch=connection.dialect.name == "sqlite",  # there an altered table is made anew and copied
    transactional_ddl=True,  # session.prepare() has begun it; on SQLite Alembic would not expect that
)
context.run_migrations()
