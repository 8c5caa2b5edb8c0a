"""Every read and write of the encrypted configuration: in force, saved, restored, re-encrypted."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from integrations.models import Integration
from qa_observability import history
from revenue.config import Change, RevenueConfig, changes, config_from_yaml, to_yaml
from revenue.crypto import UnreadableError, parse_keys, seal, unseal
from revenue.models import RevenueConfigRevision

log = structlog.get_logger(__name__)


class StaleRevisionError(Exception):
    """Somebody else has saved another revision since this one was read."""

    def __init__(self) -> None:
        super().__init__("The revenue configuration was changed by somebody else since you read it; read it again.")


@dataclass(frozen=True, slots=True)
class Current:
    """The configuration in force; without a revision, the defaults."""

    revision: RevenueConfigRevision | None
    config: RevenueConfig

    @property
    def revision_id(self) -> UUID | None:
        return self.revision.pk if self.revision else None


@dataclass(frozen=True, slots=True)
class Rotated:
    """Counts of revisions; `unchanged` ones were encrypted under the first key already."""

    rotated: int
    unchanged: int


def current() -> Current:
    """Return the configuration in force, read anew: a change counts from the next request on, in every process.

    Raises
    ------
    CryptoError : where its document cannot be opened. There is no falling back to defaults or an earlier revision.
    """
    newest = RevenueConfigRevision.objects.newest()
    return Current(newest, read(newest) if newest else RevenueConfig())


def read(revision: RevenueConfigRevision) -> RevenueConfig:
    """Return the configuration that a revision holds.

    Raises
    ------
    CryptoError : where no key opens it.
    """
    return config_from_yaml(read_text(revision))


def read_text(revision: RevenueConfigRevision) -> str:
    """Return the YAML document that a revision holds."""
    return _opened(revision.pk, bytes(revision.document), tuple(settings.REVENUE_CONFIG_KEYS))


@lru_cache(maxsize=32)
def _opened(pk: UUID, document: bytes, keys: tuple[str, ...]) -> str:
    return unseal(document, revision_id=pk, keys=parse_keys(keys))


def save(config: RevenueConfig, *, author: Any, comment: str, expected: UUID | None) -> RevenueConfigRevision:
    """Put a configuration in force; return its revision, the present one where nothing differs.

    Parameters
    ----------
    config : checked already, against the integrations that exist.
    expected : id of the revision that the author has seen; None where there was none.

    Raises
    ------
    StaleRevisionError : where another one is in force by now.
    BadKeyError : where there is no key to encrypt with.
    """
    keys = parse_keys(settings.REVENUE_CONFIG_KEYS)
    newest = RevenueConfigRevision.objects.newest()
    if (newest.pk if newest else None) != expected:
        raise StaleRevisionError
    if newest and _holds(newest, config):
        return newest
    changed = changes_between(newest, config)
    pk = uuid.uuid4()
    try:
        with transaction.atomic():
            row = RevenueConfigRevision.objects.create(
                id=pk,
                number=newest.number + 1 if newest else 1,
                document=seal(to_yaml(config), revision_id=pk, keys=keys),
                author=author,
                comment=comment,
            )
            with history.acting(lambda: author):
                # Names of figures, never the figures: those stay encrypted, and `changes_of` opens them to be shown.
                text = f"Put revision {row.number} in force"
                history.record_fact([row], text, columns=[change.path for change in changed])
    except IntegrityError:  # the number is taken: somebody was quicker
        raise StaleRevisionError from None
    log.info("revenue_config_saved", number=row.number, author=getattr(author, "pk", None))
    return row


def restore(revision: RevenueConfigRevision, *, author: Any, expected: UUID | None) -> RevenueConfigRevision:
    """Put an earlier configuration in force again, as a new revision.

    Raises
    ------
    ConfigError : where it names an integration that no longer exists.
    StaleRevisionError, CryptoError : as `save` and `read`.
    """
    config = config_from_yaml(read_text(revision), known=known_integrations())
    return save(config, author=author, comment=f"Restored revision {revision.number}", expected=expected)


def changes_of(revision: RevenueConfigRevision) -> list[Change]:
    """Return what a revision changed: against the one before it, or against the defaults where there is none.

    Raises
    ------
    CryptoError : where no key opens it.
    """
    before = RevenueConfigRevision.objects.filter(number__lt=revision.number).order_by("-number").first()
    return changes_between(before, read(revision))


def changes_between(before: RevenueConfigRevision | None, config: RevenueConfig) -> list[Change]:
    """Return in what a configuration differs from a revision; from the defaults, where that cannot be opened."""
    try:
        return changes(read(before) if before else RevenueConfig(), config)
    except UnreadableError:
        return changes(RevenueConfig(), config)


def newest_id() -> UUID | None:
    """Return the id of the revision in force, without opening it."""
    newest = RevenueConfigRevision.objects.newest()
    return newest.pk if newest else None


def known_integrations() -> list[str]:
    """Return the slugs that a configuration may name: active or not, they may have figures."""
    return list(Integration.objects.values_list("slug", flat=True))


def rotate_keys(*, progress: Callable[[int, int], None] = lambda done, total: None) -> Rotated:
    """Re-encrypt every revision under the first key, after which the other keys can be dropped.

    Each revision is a transaction of its own: a run that is killed has done some wholly and the others not at all,
    and the next one goes on with these.

    Raises
    ------
    UnreadableError : naming the revisions that no key opens; all others are done by then.
    """
    keys = parse_keys(settings.REVENUE_CONFIG_KEYS)
    pks = list(RevenueConfigRevision.objects.order_by("number").values_list("pk", flat=True))
    done, unreadable = 0, []
    for index, pk in enumerate(pks, 1):
        try:
            done += _rotate(pk, keys)
        except UnreadableError:
            unreadable.append(str(RevenueConfigRevision.objects.values_list("number", flat=True).get(pk=pk)))
        progress(index, len(pks))
    if unreadable:
        raise UnreadableError(
            f"{done} re-encrypted, but no key opens revision {', '.join(unreadable)}; keep the old keys."
        )
    return Rotated(rotated=done, unchanged=len(pks) - done)


@transaction.atomic
def _rotate(pk: UUID, keys: Sequence[bytes]) -> bool:
    row = RevenueConfigRevision.objects.select_for_update().get(pk=pk)
    try:
        unseal(bytes(row.document), revision_id=pk, keys=keys[:1])
        return False
    except UnreadableError:
        text = unseal(bytes(row.document), revision_id=pk, keys=keys)
    RevenueConfigRevision.objects.filter(pk=pk).update(document=seal(text, revision_id=pk, keys=keys))
    return True


def _holds(revision: RevenueConfigRevision, config: RevenueConfig) -> bool:
    """Whether a revision says the same; one that cannot be opened is superseded, which is the way out of it."""
    try:
        return read(revision) == config
    except UnreadableError:
        return False
