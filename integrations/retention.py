"""The clean-up of what is past its retention."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Model, QuerySet

from integrations.models import Integration, IntegrationDay, IntegrationEvent, IntegrationHealth
from integrations.rollups import day_of
from qa_observability.periods import start_of_day

BATCH = 5000


@dataclass(frozen=True, slots=True)
class Purged:
    """Counts of rows that were removed, or would be by a run that is not dry."""

    events: int
    observations: int


def purge(*, now: datetime, dry_run: bool = False, progress: Callable[[int], None] = lambda rows: None) -> Purged:
    """Remove events and observations past their retention.

    Guarantees
    ----------
    - Whole UTC days only: an event goes when its day has ended for longer than EVENT_RETENTION, so that no day is
      ever half there.
    - The daily sums stay. A day is marked as purged in the transaction that removes its first events, and is never
      recomputed from then on; events that arrive for it later are added to its sums and go at the next run.
    - The newest observation of each integration stays, however old it is.
    - In batches of 5,000 rows with a transaction each: writers wait for one batch at most, and a run that is killed
      has done some batches wholly and the others not at all. Running it twice, or two at once, removes nothing more.
    """
    oldest_event = start_of_day(day_of(now - settings.EVENT_RETENTION))
    oldest_observation = start_of_day(day_of(now - settings.HEALTH_RETENTION))
    events = IntegrationEvent.objects.filter(occurred_at__lt=oldest_event).order_by("occurred_at")
    newest = IntegrationHealth.objects.latest_per_integration().values("pk")
    observations = (
        IntegrationHealth.objects.filter(last_checked__lt=oldest_observation)
        .exclude(pk__in=list(newest.values_list("pk", flat=True)))
        .order_by("last_checked")
    )
    if dry_run:
        return Purged(events=events.count(), observations=observations.count())
    return Purged(
        events=_purge_rows(events, "occurred_at", "events_purged", progress),
        observations=_purge_rows(observations, "last_checked", "observations_purged", progress),
    )


def _purge_rows(rows: "QuerySet[Any]", time_field: str, mark: str, progress: Callable[[int], None]) -> int:
    total = 0
    while True:
        with transaction.atomic():
            # Integrations first: the order in which every writer takes its locks.
            Integration.objects.lock(Integration.objects.values_list("slug", flat=True))
            batch = list(rows.values_list("pk", "integration_id", time_field)[:BATCH])
            if not batch:
                return total
            for slug, day in {(slug, day_of(moment)) for _, slug, moment in batch}:
                IntegrationDay.objects.filter(integration_id=slug, day=day).update(**{mark: True})
            _remove(rows.model, {pk for pk, _, _ in batch})
        total += len(batch)
        progress(total)


def _remove(model: type[Model], pks: set[Any]) -> None:
    """Remove rows and what refers to them. Only these few are read: the rest goes unread, in one statement."""
    referred: set[Any] = set()
    for relation in model._meta.related_objects:
        referring: Any = relation.related_model
        those = referring._base_manager.filter(**{f"{relation.field.name}__in": pks})
        referred.update(those.values_list(relation.field.attname, flat=True))
    if referred:
        model._default_manager.filter(pk__in=referred).delete()
    rest = model._default_manager.filter(pk__in=pks - referred)
    rest._raw_delete(rest.db)
