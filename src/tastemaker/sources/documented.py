"""How the documentation states a column: the part of ``docs/tables.md`` that follows from the schema."""

from __future__ import annotations

from tastemaker.schema.tables import COUNT, FLAG, REAL, TEXT, TEXTS, TIME, Column, Table

_TYPES = {
    TEXT: "text",
    TEXTS: "list of text",
    COUNT: "count",
    REAL: "number",
    FLAG: "true or false",
    TIME: "time",
}
_RULES = {"count": "0 or more", "share": "0 to 1", "money": "0 or more"}


def column_cells(table: Table, column: Column) -> tuple[str, str, str, str]:
    """Name, type, ``yes`` where it is required, and rule of a column, as the table in the documentation has them."""
    rule = _RULES.get(column.rule or "", "")
    if column.rule == "one_of":
        rule = ", ".join(f"`{value}`" for value in column.values)
    if column.name in table.references:
        parent, key = table.references[column.name]
        rule = f"in `{parent}.{key}`"
    return f"`{column.name}`", _TYPES[column.type], "yes" if column.required else "", rule
