"""Expressions that both databases calculate."""

from typing import Any

from django.db.models import FloatField, Func


class Epoch(Func):
    """POSIX seconds of a moment, to the millisecond, calculated where the rows are."""

    output_field = FloatField()

    def get_db_converters(self, connection: Any) -> list[Any]:
        """None: both databases answer with a float, and a call per row would be a third of a load."""
        return []

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "ROUND((JULIANDAY(%(expressions)s) - 2440587.5) * 86400.0, 3)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        # In floating point: with the numeric that EXTRACT gives, counting takes half as long again.
        template = "(ROUND(DATE_PART('epoch', %(expressions)s) * 1000) / 1000)"
        return self.as_sql(compiler, connection, template=template, **context)
