"""Secrets in the database: encrypted columns that no page, export, history or log ever shows.

A model declares a `SecretField`; `set_secret` and `read_secret` are the only way in and out. Keys are derived from
REVENUE_CONFIG_KEYS for each column, and each value is bound to its row: copied to another row or column it does not
open.
"""

from collections.abc import Sequence

from django.apps import apps
from django.conf import settings
from django.db import models, transaction

from qa_observability.sealing import UnreadableError, derived_key, parse_keys, seal, unseal


class SecretField(models.BinaryField):
    """A sealed secret; null where there is none. The row's key must be known before it is set, as a UUID is.

    A form never offers it: give the form a field of its own, that takes a new one and never shows what is there.
    """

    def __init__(self, **options: object) -> None:
        super().__init__(**{**options, "null": True, "blank": True, "editable": False})  # type: ignore[arg-type]  # any of a field's


def set_secret(row: models.Model, column: str, text: str | None) -> None:
    """Seal `text` into a row's column, or clear it where there is none; the caller saves the row.

    Raises
    ------
    BadKeyError : where REVENUE_CONFIG_KEYS holds no usable key.
    """
    keys = _keys(type(row), column)
    setattr(row, column, seal(text, bound_to=str(row.pk), keys=keys) if text else None)


def read_secret(row: models.Model, column: str) -> str | None:
    """Return the secret in a row's column; None where there is none.

    Raises
    ------
    UnreadableError : where no key opens it, naming the setting.
    BadKeyError : where REVENUE_CONFIG_KEYS holds no usable key.
    """
    sealed = getattr(row, column)
    if sealed is None:
        return None
    return unseal(bytes(sealed), bound_to=str(row.pk), keys=_keys(type(row), column))


def rotate_secrets() -> int:
    """Encrypt every secret of every table anew under the first key; return how many were under another one.

    Each row is a transaction of its own, so a run that is killed is simply run again.

    Raises
    ------
    UnreadableError : naming the tables with secrets that no key opens; all others are done by then.
    """
    done, unreadable = 0, set()
    for model in apps.get_models():
        for field in (field for field in model._meta.concrete_fields if isinstance(field, SecretField)):
            manager = model._base_manager
            for pk in manager.exclude(**{field.attname: None}).values_list("pk", flat=True):
                try:
                    done += _rotate(model, pk, field.attname)
                except UnreadableError:
                    unreadable.add(str(model._meta.verbose_name_plural))
    if unreadable:
        raise UnreadableError(f"No key opens some secrets of {', '.join(sorted(unreadable))}; keep the old keys.")
    return done


@transaction.atomic
def _rotate(model: type[models.Model], pk: object, column: str) -> bool:
    row = model._base_manager.select_for_update().filter(pk=pk).first()
    sealed = getattr(row, column) if row else None
    if row is None or sealed is None:
        return False
    keys = _keys(model, column)
    try:
        unseal(bytes(sealed), bound_to=str(pk), keys=keys[:1])
        return False
    except UnreadableError:
        set_secret(row, column, unseal(bytes(sealed), bound_to=str(pk), keys=keys))
    model._base_manager.filter(pk=pk).update(**{column: getattr(row, column)})
    return True


def _keys(model: type[models.Model], column: str) -> Sequence[bytes]:
    purpose = f"qa-observability secret {model._meta.label_lower}.{column}"
    return [derived_key(key, purpose) for key in parse_keys(settings.REVENUE_CONFIG_KEYS)]
