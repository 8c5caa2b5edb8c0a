"""Expressions that both databases calculate."""

from typing import Any

from django.db.models import FloatField, Func


class Epoch(Func):
    """POSIX seconds of a moment, to the millisecond, calculated where the rows are."""

    output_field = FloatField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "ROUND((JULIANDAY(%(expressions)s) - 2440587.5) * 86400.0, 3)"
        return self.as_sql(compiler, connection, template=template, **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        template = "ROUND(EXTRACT(EPOCH FROM %(expressions)s), 3)::float8"
        return self.as_sql(compiler, connection, template=template, **context)
