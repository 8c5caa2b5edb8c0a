"""The admin's site: open to those whose role says so, its sidebar ordered by task."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, FieldDoesNotExist, PermissionDenied, ValidationError
from django.db import DataError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import NoReverseMatch, URLPattern, URLResolver, reverse
from unfold.sites import UnfoldAdminSite

ACCESS_ADMIN = "integrations.access_admin"

# Title, icon, admin address, permission. An address of a module that is off is left out.
SIDEBAR: list[tuple[str, list[tuple[str, str, str, str]]]] = [
    (
        "Enter and correct",
        [
            (
                "Observations",
                "monitor_heart",
                "admin:integrations_integrationhealth_changelist",
                "integrations.view_integrationhealth",
            ),
            (
                "Events",
                "bolt",
                "admin:integrations_integrationevent_changelist",
                "integrations.view_integrationevent",
            ),
            ("History", "manage_history", "admin:auditlog_logentry_changelist", "auditlog.view_logentry"),
            (
                "Redaction",
                "ink_eraser",
                "admin:integrations_integrationevent_redact",
                "integrations.redact_integrationevent",
            ),
        ],
    ),
    (
        "Import",
        [
            (
                "Splunk export",
                "upload_file",
                "admin:integrations_splunk_import",
                "integrations.add_integrationevent",
            ),
            (
                "JUnit XML",
                "science",
                "admin:correlation_testexecution_upload",
                "correlation.add_testexecution",
            ),
            (
                "Spreadsheets",
                "table_view",
                "admin:integrations_importbatch_changelist",
                "integrations.view_importbatch",
            ),
            (
                "Classification rules",
                "rule",
                "admin:integrations_classificationrule_changelist",
                "integrations.view_classificationrule",
            ),
        ],
    ),
    (
        "Tests and alerts",
        [
            ("Test cases", "checklist", "admin:correlation_testcase_changelist", "correlation.view_testcase"),
            (
                "Executions",
                "play_circle",
                "admin:correlation_testexecution_changelist",
                "correlation.view_testexecution",
            ),
            ("Alerts", "notifications", "admin:correlation_alert_changelist", "correlation.view_alert"),
            ("Mutes", "notifications_off", "admin:correlation_alertmute_changelist", "correlation.view_alertmute"),
            (
                "Maintenance",
                "construction",
                "admin:integrations_maintenancewindow_changelist",
                "integrations.view_maintenancewindow",
            ),
        ],
    ),
    (
        "Revenue",
        [
            (
                "Configuration",
                "payments",
                "admin:revenue_revenueconfigrevision_changelist",
                "revenue.view_revenueconfigrevision",
            ),
            (
                "Report recipients",
                "outgoing_mail",
                "admin:revenue_reportrecipient_changelist",
                "revenue.view_reportrecipient",
            ),
            (
                "Report deliveries",
                "mark_email_read",
                "admin:revenue_reportdelivery_changelist",
                "revenue.view_reportdelivery",
            ),
        ],
    ),
    (
        "Set up",
        [
            ("Integrations", "hub", "admin:integrations_integration_changelist", "integrations.view_integration"),
            ("Users", "person", "admin:auth_user_changelist", "auth.view_user"),
            ("Roles", "groups", "admin:auth_group_changelist", "auth.view_group"),
            ("API tokens", "key", "admin:integrations_apitoken_changelist", "integrations.view_apitoken"),
        ],
    ),
    (
        "Connected systems",
        [
            ("Connections", "lan", "admin:connections", "integrations.view_jobrun"),
            (
                "Testmo projects",
                "fact_check",
                "admin:correlation_testmoproject_changelist",
                "correlation.view_testmoproject",
            ),
            (
                "Event sources",
                "webhook",
                "admin:integrations_eventsource_changelist",
                "integrations.view_eventsource",
            ),
            (
                "Webhook endpoints",
                "send",
                "admin:correlation_webhookendpoint_changelist",
                "correlation.view_webhookendpoint",
            ),
            (
                "Splunk searches",
                "manage_search",
                "admin:integrations_splunksearch_changelist",
                "integrations.view_splunksearch",
            ),
            ("Collectors", "sensors", "admin:integrations_collector_changelist", "integrations.view_collector"),
        ],
    ),
    (
        "Background work",
        [
            ("Runs", "history", "admin:integrations_jobrun_changelist", "integrations.view_jobrun"),
            ("Schedules", "schedule", "admin:django_q_schedule_changelist", "django_q.view_schedule"),
        ],
    ),
]


class ProductAdminSite(UnfoldAdminSite):
    """Unfold's admin, for everyone who holds `access_admin` through a group, or is staff."""

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send people to the product's own login page, so that there is one door with one lock."""
        if request.user.is_authenticated:
            raise PermissionDenied  # logged in already: another login would not help
        target = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(target, login_url=reverse(settings.LOGIN_URL))

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return redirect("password_change")

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Leave out Django's `r/`: no row has another page, and it fails on every id that is none."""
        urls: list[URLPattern | URLResolver] = super().get_urls()
        return [url for url in urls if getattr(url, "name", None) != "view_on_site"]

    def admin_view(self, view: Callable[..., HttpResponseBase], cacheable: bool = False) -> Any:
        """Answer 400 where an address asks for what no table can hold, such as NUL: Django's admin leaves that to fail.

        Its forms tell what is wrong with a field; only what somebody has put into an address comes this far.
        """

        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            try:
                return view(request, *args, **kwargs)
            except (DataError, FieldDoesNotExist, OverflowError, ValidationError) as error:
                raise BadRequest(f"{type(error).__name__}: {error}") from error

        return super().admin_view(answered, cacheable)

    def has_permission(self, request: HttpRequest) -> bool:
        return request.user.is_active and (request.user.is_staff or request.user.has_perm(ACCESS_ADMIN))


def stylesheet(request: HttpRequest) -> str:
    return static("css/admin.css")


def favicon(request: HttpRequest) -> str:
    return static("img/icon.svg")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sidebar of this person: what they may not open is not shown."""
    groups: list[dict[str, Any]] = []
    for title, entries in SIDEBAR:
        items = []
        for label, icon, url_name, permission in entries:
            try:
                link = reverse(url_name)
            except NoReverseMatch:
                continue
            if request.user.has_perm(permission):
                items.append({"title": label, "icon": icon, "link": link})
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    links = [item["link"] for group in groups for item in group["items"] if request.path.startswith(item["link"])]
    here = max(links, key=len, default=None)
    for group in groups:
        for item in group["items"]:
            item["active"] = item["link"] == here
    return groups
