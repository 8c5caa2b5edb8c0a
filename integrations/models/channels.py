from collections.abc import Iterable
from typing import Self

from django.db import models
from django.db.models.functions import Now


class IntegrationQuerySet(models.QuerySet["Integration"]):
    def active(self) -> Self:
        return self.filter(is_active=True)

    def lock(self, slugs: Iterable[str]) -> list[str]:
        """Serialise writers of these integrations until the transaction ends; return the slugs that exist.

        The order of the rows prevents deadlocks between writers of several integrations. `NO KEY` lets other tables
        go on inserting rows that point here. SQLite ignores the clause: its write transactions are serial anyway.
        """
        rows = self.select_for_update(no_key=True).filter(slug__in=set(slugs)).order_by("slug")
        return list(rows.values_list("slug", flat=True))


class Integration(models.Model):
    """A channel that the PMS sells stays through."""

    slug = models.SlugField(
        primary_key=True,
        max_length=50,
        help_text="Its id everywhere: in addresses, in the API, in the revenue configuration. Cannot be changed later.",
    )
    name = models.CharField(max_length=100)
    is_active = models.BooleanField(
        "active", default=True, help_text="An inactive integration keeps its data but is shown and counted nowhere."
    )
    position = models.PositiveSmallIntegerField(default=100, help_text="Order of cards and tables; lowest first.")
    jira_project_key = models.CharField(max_length=20, null=True, blank=True)
    notes = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    updated_at = models.DateTimeField(auto_now=True, db_default=Now())

    objects = IntegrationQuerySet.as_manager()

    class Meta:
        db_table = "integrations"
        ordering = ["position", "slug"]
        permissions = [
            ("access_admin", "Can use the admin"),
            ("view_metrics", "Can read /metrics, which hold the revenue at risk as well"),
        ]

    def __str__(self) -> str:
        return self.name
