"""Who changed what, when, from which value to which: entries in the audit log, written by the services.

Creating rows is recorded where a person is behind it; changing and deleting always. Entries name rows by model and
key, not by reference, so that they outlive them, and people by reference alone, so that deleting a user leaves the
entry readable without naming anybody.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from auditlog.models import LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from qa_observability.secrets_at_rest import SecretField

BATCH = 1000
_LEFT_OUT = {"id", "created_at", "updated_at"}
_actor: ContextVar[Callable[[], Any] | None] = ContextVar("history_actor", default=None)


@contextmanager
def acting(find_user: Callable[[], Any]) -> Iterator[None]:
    """Let whatever is recorded inside be recorded as done by the user that `find_user` returns when asked."""
    token = _actor.set(find_user)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> Any:
    """Return the user on whose behalf this runs; None where there is none, as in a command."""
    find_user = _actor.get()
    user = find_user() if find_user else None
    return user if isinstance(user, AbstractBaseUser) and user.pk else None


def record_created(rows: Iterable[Model], **facts: Any) -> None:
    """Record rows that somebody entered; without a person behind them their own columns tell all there is."""
    if current_actor():
        _write(LogEntry.Action.CREATE, [(row, _sides(None, values_of(row))) for row in rows], facts)


def record_changed(pairs: Iterable[tuple[Model, Model]], **facts: Any) -> None:
    """Record what each row, as it was and as it is, has changed in; rows that are the same are left out."""
    changes = ((before, _sides(values_of(before), values_of(after))) for before, after in pairs)
    _write(LogEntry.Action.UPDATE, [(row, sides) for row, sides in changes if sides], facts)


def record_deleted(rows: Iterable[Model], **facts: Any) -> None:
    """Record rows that are going, with all their values, so that they can be found and entered again."""
    _write(LogEntry.Action.DELETE, [(row, _sides(values_of(row), None)) for row in rows], facts)


def record_fact(rows: Iterable[Model], text: str, **facts: Any) -> None:
    """Record what was done with rows in words, without values, as for an import or a redaction."""
    _write(LogEntry.Action.UPDATE, [(row, {}) for row in rows], {"text": text, **facts})


def entries_of(row: Model) -> "QuerySet[LogEntry]":
    """Return the history of one row, newest first."""
    found = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(row), object_pk=str(row.pk))
    newest_first: QuerySet[LogEntry] = found.select_related("actor", "content_type").order_by("-timestamp", "-id")
    return newest_first


def values_of(row: Model) -> dict[str, Any]:
    """Return a row's columns, but for its secrets, as plain values that JSON can hold."""
    shown = [field for field in row._meta.concrete_fields if not isinstance(field, SecretField)]
    names = [field.attname for field in shown if field.name not in _LEFT_OUT]
    return {name: _plain(getattr(row, name)) for name in names}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _sides(before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, list[Any]]:
    """Return the old and the new value of every column in which they differ."""
    names = (before or after or {}).keys()
    sides = {name: [before and before[name], after and after[name]] for name in names}
    return {name: pair for name, pair in sides.items() if pair[0] != pair[1]}


def _write(action: int, changes: list[tuple[Model, dict[str, list[Any]]]], facts: dict[str, Any]) -> None:
    if not changes:
        return
    actor = current_actor()
    LogEntry.objects.bulk_create(
        [
            LogEntry(
                content_type=ContentType.objects.get_for_model(row),
                object_pk=str(row.pk),
                object_repr=str(row)[:500],
                action=action,
                changes=sides,
                actor=actor,
                # Tells a deleted user from a job, once the reference is gone.
                additional_data={**facts, "by_person": actor is not None},
            )
            for row, sides in changes
        ],
        batch_size=BATCH,
    )
