"""Whether the schema of a newer version still has all that this one needs: it was added to, and nothing taken away."""

from sqlalchemy import Connection, MetaData, inspect


def obstacles(connection: Connection, needed: MetaData) -> list[str]:
    """What stands in the way of code that knows the tables `needed` only; nothing where the base was only added to.

    What a newer version added must be filled by itself: this version does not know that it is there.
    """
    look = inspect(connection)
    there = set(look.get_table_names())
    found: list[str] = []
    for table in needed.sorted_tables:
        if table.name not in there:
            found.append(f"{table.name} is gone")
            continue
        columns = {column["name"]: column for column in look.get_columns(table.name)}
        found += [f"{table.name}.{name} is gone" for name in table.columns.keys() - columns.keys()]
        for name, column in columns.items():
            is_left_empty = name not in table.columns or bool(table.columns[name].nullable)
            fills_itself = column["nullable"] or column.get("default") is not None or "computed" in column
            if is_left_empty and not fills_itself:
                found.append(f"{table.name}.{name} has to be filled")
    return sorted(found)
