"""How messages that wait are sent: each claimed by one sender, and tried again later where that failed."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from django.db.models import F, QuerySet
from django.utils import timezone

from correlation.choices import DeliveryState
from correlation.models.deliveries import Delivery

# A sender that was killed in the act is given up after this; longer than any attempt takes.
LEASE = timedelta(minutes=10)
AnyDelivery = TypeVar("AnyDelivery", bound=Delivery)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt.

    state : SENT, SKIPPED or FAILED end the delivery; PENDING: again later.
    again_after : not before so long after now, where the other side says so.
    facts : further columns of the delivery.
    """

    state: DeliveryState
    error: str = ""
    again_after: timedelta = timedelta(0)
    facts: dict[str, Any] | None = None


def send_due(
    rows: "QuerySet[AnyDelivery]",
    attempt: Callable[[AnyDelivery], Outcome],
    *,
    waits: Sequence[timedelta],
    now: datetime,
    at_most: int = 100,
    until: datetime | None = None,
    stop_at_failure: bool = False,
) -> int:
    """Attempt the deliveries that are due, the one that is due for longest first; return how many were accepted.

    Parameters
    ----------
    rows : deliveries of one kind, with what `attempt` needs of them.
    attempt : sends one message, raises nothing, and ends well within LEASE.
    waits : after the first failure, the second, and so on; one more failure, and it is given up.
    until : no further message is begun after this moment.
    stop_at_failure : leave the others for the next run, as where all go to the same server.

    Guarantees
    ----------
    - A delivery is claimed by changing its row from one state to the next: of two senders exactly one gets it.
    - Accepted means never sent again. Of a sender that was killed between sending and noting so, nobody knows whether
      the message arrived: it is sent again once its lease is over, for a second message is the lesser evil.
    """
    due = rows.filter(state__in=[DeliveryState.PENDING, DeliveryState.SENDING], due_at__lte=now)
    sent = 0
    for pk in list(due.order_by("due_at").values_list("pk", flat=True)[:at_most]):
        if until is not None and timezone.now() > until:
            break
        claimed = due.filter(pk=pk).update(
            state=DeliveryState.SENDING, due_at=timezone.now() + LEASE, attempts=F("attempts") + 1
        )
        delivery = rows.filter(pk=pk).first() if claimed else None
        if delivery:
            state = _deliver(delivery, attempt, waits)
            sent += state == DeliveryState.SENT
            if stop_at_failure and state in {DeliveryState.PENDING, DeliveryState.FAILED}:
                break
    return sent


def _deliver(
    delivery: AnyDelivery, attempt: Callable[[AnyDelivery], Outcome], waits: Sequence[timedelta]
) -> DeliveryState:
    started = time.monotonic()
    outcome = attempt(delivery)
    duration = round((time.monotonic() - started) * 1000)
    now, state = timezone.now(), outcome.state
    changed: dict[str, Any] = {"error": outcome.error[:300], "duration_ms": duration, "updated_at": now}
    if state == DeliveryState.PENDING:
        if delivery.attempts > len(waits):
            state = DeliveryState.FAILED
        else:
            changed["due_at"] = now + max(waits[delivery.attempts - 1], outcome.again_after)
    elif state == DeliveryState.SENT:
        changed["sent_at"] = now
    # Only a delivery that is still this sender's: a later one may have declared it dead and taken over.
    mine = type(delivery)._default_manager.filter(
        pk=delivery.pk, state=DeliveryState.SENDING, attempts=delivery.attempts
    )
    mine.update(state=state, **changed, **(outcome.facts or {}))
    return state
