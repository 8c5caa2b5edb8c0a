import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from correlation.choices import TicketSource, ticket_source_choices
from correlation.models.incidents import Incident
from integrations.models import IntegrationEvent


class TicketQuerySet(models.QuerySet["Ticket"]):
    def due(self, now: datetime) -> Self:
        """Those to ask about again: linked, and not asked about lately; of what is done, once a day is enough."""
        lately, today = now - timedelta(minutes=10), now - timedelta(days=1)
        stale = Q(fetched_at=None) | Q(fetched_at__lt=today) | (Q(fetched_at__lt=lately) & ~Q(status_category="done"))
        linked = TicketLink.objects.filter(ticket=models.OuterRef("pk"))
        return self.filter(stale, models.Exists(linked)).order_by(models.F("fetched_at").asc(nulls_first=True), "key")


class Ticket(models.Model):
    """A Jira ticket as it was when somebody last asked. Who works on it is nobody's business here."""

    key = models.CharField(primary_key=True, max_length=60)
    title = models.CharField(max_length=255, blank=True, default="")
    status = models.CharField(max_length=100, blank=True, default="")
    status_category = models.CharField(max_length=20, blank=True, default="", help_text="new, indeterminate or done.")
    fetched_at = models.DateTimeField(null=True, blank=True, help_text="Null: nobody has asked yet.")
    is_missing = models.BooleanField(default=False, help_text="Jira does not know it, or does not show it to us.")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        db_table = "tickets"
        ordering = ["key"]
        default_permissions = ()

    def __str__(self) -> str:
        return self.key

    @property
    def url(self) -> str:
        """Where to read it; empty without JIRA_URL."""
        return f"{settings.JIRA_URL}/browse/{self.key}" if settings.JIRA_URL else ""


class TicketLink(models.Model):
    """That a ticket is about an incident, or about an event."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="links")
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, null=True, blank=True, related_name="ticket_links")
    event = models.ForeignKey(
        IntegrationEvent, on_delete=models.CASCADE, null=True, blank=True, related_name="ticket_links"
    )
    source = models.CharField(max_length=10, choices=ticket_source_choices, default=TicketSource.MANUAL)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "ticket_links"
        ordering = ["created_at"]
        permissions = [("create_ticket", "Can create tickets in Jira")]
        constraints = [
            models.CheckConstraint(
                condition=Q(incident__isnull=False, event=None) | Q(incident=None, event__isnull=False),
                name="ticket_links_one_subject",
            ),
            models.UniqueConstraint(
                "ticket", "incident", name="ticket_links_incident_once", condition=Q(incident__isnull=False)
            ),
            models.UniqueConstraint(
                "ticket", "event", name="ticket_links_event_once", condition=Q(event__isnull=False)
            ),
            models.CheckConstraint(condition=Q(source__in=TicketSource.values), name="ticket_links_source_valid"),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} for {self.incident_id or self.event_id}"


class TicketRequest(models.Model):
    """That Jira was asked to create a ticket under a label; kept until the outcome is known, so that one is made."""

    label = models.CharField(primary_key=True, max_length=60)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "ticket_requests"
        default_permissions = ()

    def __str__(self) -> str:
        return self.label
