"""What becomes of the messages that event sources send: taken once, and kept in mind for a while."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, OuterRef, Q, Subquery
from django.utils import timezone

from integrations.inputs import EventInput, RowsError
from integrations.models import EventSource, EventSourceSecret, SourceDelivery
from integrations.models.sources import DeliveryOutcome
from integrations.services import record_events
from integrations.signing import opened
from qa_observability.spoken import SpokenError
from qa_observability.standard_webhooks import RefusedError, SignedHeaders, new_secret, verify

# Longer than any sender repeats a message: the standard's schedule ends after three days and a half.
KEPT_FOR = timedelta(days=14)
# So that nobody can make the database busy by knocking at the door.
NOTED_EVERY = timedelta(minutes=1)
BATCH = 5000
ERROR_MAX = 300


def what_is_missing() -> list[str]:
    return [] if EventSource.objects.filter(is_active=True).exists() else ["an event source"]


def try_out() -> str:
    """Tell whether the secrets of the active sources can be read, and when the last message came.

    Raises
    ------
    UnreadableError, BadKeyError : where they cannot, naming the setting.
    """
    now = timezone.now()
    sources = list(EventSource.objects.filter(is_active=True))
    silent = [row.name for row in sources if not opened(EventSourceSecret.objects.filter(owner=row).live(now))]
    if silent:
        raise SpokenError(f"No secret is in force for {', '.join(silent)}: whatever it sends is turned away.")
    newest = SourceDelivery.objects.accepted().newest_first().first()
    last = f"the last message came at {newest.received_at:%Y-%m-%d %H:%M} UTC" if newest else "no message has come yet"
    return f"{len(sources)} source{'' if len(sources) == 1 else 's'} may send; {last}."


def latest_news() -> str:
    """Tell when the last message came, and of the active sources that were turned away since, why."""
    accepted = SourceDelivery.objects.accepted().filter(source=OuterRef("pk")).newest_first()
    sources = list(
        EventSource.objects.filter(is_active=True).annotate(taken_at=Subquery(accepted.values("received_at")[:1]))
    )
    newest = max((row.taken_at for row in sources if row.taken_at), default=None)
    told = [f"The last message came at {newest:%Y-%m-%d %H:%M} UTC." if newest else "No message has come yet."]
    for row in sources:
        if row.refused_at and (row.taken_at is None or row.refused_at > row.taken_at):
            told.append(f"{row.name} was turned away at {row.refused_at:%Y-%m-%d %H:%M} UTC: {row.refusal}")
    return " ".join(told)


def authenticate(slug: str, headers: SignedHeaders, body: bytes, *, now: datetime) -> EventSource:
    """Return the source that signed a message.

    Raises
    ------
    RefusedError : where the signature is not of this source, or there is no such source: callers cannot tell which.
    """
    source = EventSource.objects.filter(slug=slug).first()
    secrets = opened(EventSourceSecret.objects.filter(owner=source).live(now)) if source else []
    # Without a secret, one that nobody knows: whether there is such a source, not even the time it takes tells.
    verify(body, headers, secrets=secrets or [new_secret()])
    if source is None:
        raise RefusedError("webhook-signature does not match.")  # never reached: nothing matches what nobody knows
    return source


def note_refusal(slug: str, reason: str, *, now: datetime) -> None:
    """Note on the source that somebody was turned away before it was certain who; at most once a minute."""
    lately = Q(refused_at=None) | Q(refused_at__lt=now - NOTED_EVERY)
    EventSource.objects.filter(lately, slug=slug).update(refused_at=now, refusal=reason[:ERROR_MAX])


def repeated(source: EventSource, message_id: str) -> SourceDelivery | None:
    """Return what became of the same message when it came before; None where it is new, or was refused then."""
    known = SourceDelivery.objects.accepted().filter(source=source, message_id=message_id)
    if not known.update(repeats=F("repeats") + 1):
        return None
    return known.first()


def accept(source: EventSource, rows: Sequence[EventInput], *, message_id: str, now: datetime) -> SourceDelivery:
    """Store the events of a message, all or none, together with the note that it has been taken.

    Of the same message coming twice at once, one is taken, and the other gets its answer.

    Raises
    ------
    RowsError : with every event that breaks a rule; then nothing is stored.
    """
    _refuse_strangers(source, rows)
    try:
        with transaction.atomic():
            delivery = SourceDelivery.objects.create(
                source=source,
                message_id=message_id,
                outcome=DeliveryOutcome.ACCEPTED,
                status=200,
                received_at=now,
            )
            recorded = record_events(rows, now=now)
            delivery.status = 201 if recorded.created else 200
            delivery.events_created, delivery.duplicates = recorded.created, recorded.duplicates
            delivery.save(update_fields=["status", "events_created", "duplicates"])
    except IntegrityError:
        first = repeated(source, message_id)
        if first is None:
            raise
        return first
    return delivery


def refuse(source: EventSource, error: str, *, message_id: str, status: int, now: datetime) -> None:
    """Keep in the source's log that a signed message could not be used; the same message may come again, mended."""
    SourceDelivery.objects.create(
        source=source,
        message_id=message_id,
        outcome=DeliveryOutcome.REFUSED,
        status=status,
        error=_storable(error)[:ERROR_MAX],
        received_at=now,
    )


def purge_deliveries(*, now: datetime) -> int:
    """Forget messages that came longer ago than anybody repeats one; return how many. Safe to be killed anywhere."""
    old = SourceDelivery.objects.filter(received_at__lt=now - KEPT_FOR).order_by("received_at")
    total = 0
    while batch := list(old.values_list("pk", flat=True)[:BATCH]):
        SourceDelivery.objects.filter(pk__in=batch).delete()
        total += len(batch)
    return total


def _refuse_strangers(source: EventSource, rows: Sequence[EventInput]) -> None:
    allowed = set(source.integrations.values_list("slug", flat=True))
    errors = {
        index: {"integration_id": [f"This source may not send events of {row.integration_id!r}."]}
        for index, row in enumerate(rows)
        if row.integration_id not in allowed
    }
    if errors:
        raise RowsError(errors)


def _storable(text: str) -> str:
    """Return text that every database can hold: a sender's own words may stand in an error."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()
