"""Lists in the admin that stay quick on big tables, and what they share: dates, history, confirmed actions."""

from calendar import monthrange
from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.contrib.admin import helpers
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import DataError
from django.db.models import Model, QuerySet
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.admin import ModelAdmin

from qa_observability import history

COUNTED = 10_000
AT_ONCE = 5_000


class BoundedPaginator(Paginator):
    """Counts up to 10,000 rows and no further: beyond that, filters find more than leafing does."""

    template_name = "admin/_bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return len(rows) if isinstance(rows, list) else rows.order_by()[:COUNTED].count()

    @property
    def is_cut(self) -> bool:
        return self.count >= COUNTED


def date_steps(field: str, params: dict[str, str], first: date, last: date) -> dict[str, Any]:
    """Return the steps of a list by date: years, months of a year or days of a month, from the first to the last.

    Calculated from the two ends of the table, which an index knows, instead of asking every row for its date.

    Returns
    -------
    `{back: (title, query) or None, choices: [(title, query)]}`; a query holds the parameters that a link sets.
    """
    year, month, day = (_number(params.get(f"{field}__{part}")) for part in ("year", "month", "day"))
    back_to_all: tuple[str, dict[str, int]] | None = ("All dates", {}) if year is not None else None
    if year is None and first.year == last.year:
        year = first.year
    by_year, by_month, by_day = f"{field}__year", f"{field}__month", f"{field}__day"
    if year is None:
        years = range(first.year, last.year + 1)
        return {"back": None, "choices": [(str(one), {by_year: one}) for one in years]}
    if month is None:
        months = [date(year, one, 1) for one in range(1, 13)]
        choices = [
            (f"{one:%B %Y}", {by_year: year, by_month: one.month})
            for one in months
            if (first.year, first.month) <= (year, one.month) <= (last.year, last.month)
        ]
        return {"back": back_to_all, "choices": choices}
    if day is None:
        days = [date(year, month, one) for one in range(1, monthrange(year, month)[1] + 1)]
        choices = [
            (f"{one.day} {one:%b}", {by_year: year, by_month: month, by_day: one.day})
            for one in days
            if first <= one <= last
        ]
        return {"back": (str(year), {by_year: year}), "choices": choices}
    return {"back": (f"{date(year, month, 1):%B %Y}", {by_year: year, by_month: month}), "choices": []}


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 5 else None


class UncountedAdmin(ModelAdmin):
    """A list of a table that may be large: it is never counted whole."""

    paginator = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        try:
            found = super().get_changelist_instance(request)
        except (DataError, OverflowError) as error:  # a date beyond the calendar, which Django's own check misses
            raise IncorrectLookupParameters(str(error)) from None
        if not found.query and not found.get_filters_params():
            found.full_result_count = found.result_count  # nothing is left out, so no "Show all" is offered
        return found


class ReadOnlyAdmin(UncountedAdmin):
    """What the product writes and people only read."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class QuickListAdmin(UncountedAdmin):
    """A list without full counts and scans, with confirmed bulk actions; `date_hierarchy` must be indexed."""

    change_list_template = "admin/quick_change_list.html"
    list_filter_sheet = True

    def date_steps(self, request: HttpRequest) -> dict[str, Any] | None:
        """Return what the list shows above its rows to go to a date; None for an empty table."""
        field = str(self.date_hierarchy)
        every = self.model._default_manager.order_by(field).values_list(field, flat=True)
        first, last = every.first(), every.last()
        if first is None or last is None:
            return None
        params = {name: request.GET[name] for name in request.GET if name.startswith(f"{field}__")}
        try:
            steps = date_steps(field, params, _day(first), _day(last))
        except ValueError:  # a 31st of February in the address
            steps = date_steps(field, {}, _day(first), _day(last))
        others = request.GET.copy()
        for name in [*params, "p", "e"]:
            others.pop(name, None)

        def link(query: dict[str, int]) -> str:
            target = others.copy()
            target.update({name: str(value) for name, value in query.items()})
            return f"?{target.urlencode()}"

        back = steps["back"]
        return {
            "back": (back[0], link(back[1])) if back else None,
            "choices": [(title, link(query)) for title, query in steps["choices"]],
        }

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        steps = self.date_steps(request) if self.date_hierarchy else None
        return super().changelist_view(request, {**(extra_context or {}), "date_steps": steps})

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        actions.pop("delete_selected", None)  # it collects every row in memory; delete_chosen does not
        return actions

    def confirmed(
        self,
        request: HttpRequest,
        rows: "QuerySet[Any]",
        *,
        action: str,
        title: str,
        work: Callable[[list[Any], dict[str, Any]], str],
        form_class: type[Form] = Form,
        at_once: int = AT_ONCE,
    ) -> HttpResponse | None:
        """Ask before an action on several rows, then do it; `work` gets the keys and the form, and returns a message.

        At most `at_once` rows: one transaction, while the person waits.
        """
        keys = list(rows.order_by().values_list("pk", flat=True)[: at_once + 1])
        form = form_class(request.POST if "confirmed" in request.POST else None)
        if len(keys) <= at_once and form.is_bound and form.is_valid():
            self.message_user(request, work(keys, form.cleaned_data))
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": title,
            "opts": self.opts,
            "action": action,
            "form": form,
            "count": len(keys),
            "too_many": at_once if len(keys) > at_once else None,
            "examples": list(rows[:20]),
            "select_across": request.POST.get("select_across", "0"),
            "chosen": request.POST.getlist(helpers.ACTION_CHECKBOX_NAME)[:at_once],
            "checkbox": helpers.ACTION_CHECKBOX_NAME,
        }
        return TemplateResponse(request, "admin/confirm_action.html", context)


def _day(moment: date | datetime) -> date:
    return timezone.localtime(moment).date() if isinstance(moment, datetime) else moment


class HistoryAdmin(ModelAdmin):
    """Shows a row's history from the audit log. Django's own log of the admin is off: deleting a user empties it."""

    object_history_template = "admin/history_of_object.html"

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        return None

    def log_deletions(self, request: HttpRequest, queryset: "QuerySet[Any]") -> Any:
        return None

    def sides_of(self, entry: Any) -> dict[str, Any]:
        """Return old and new value by column; a table that is encrypted keeps them elsewhere than in the entry."""
        return entry.changes or {}

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404(f"There is no {self.opts.verbose_name} {object_id}.")
        if not self.has_view_or_change_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "object": row,
            "entries": [described(entry, self.sides_of(entry)) for entry in history.entries_of(row)[:200]],
        }
        return TemplateResponse(request, self.object_history_template, context)


class RecordedAdmin(HistoryAdmin):
    """Records what its forms write, for tables that no service writes."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        before = self.model._default_manager.get(pk=obj.pk) if change else None
        super().save_model(request, obj, form, change)
        if before is None:
            history.record_created([obj])
        else:
            history.record_changed([(before, obj)])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        history.record_deleted([obj])
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        history.record_deleted(queryset)
        super().delete_queryset(request, queryset)


ACTIONS = {0: "Entered", 1: "Changed", 2: "Deleted"}


def who(entry: Any) -> str:
    """Return who is behind an entry; somebody whose user was deleted is not named."""
    if entry.actor:
        return str(entry.actor.get_username())
    return "a deleted user" if (entry.additional_data or {}).get("by_person") else "the system"


def described(entry: Any, sides: dict[str, Any]) -> dict[str, Any]:
    """Return an entry as pages show it: when, who, action, text, and the columns with old and new value."""
    model = entry.content_type.model_class()
    labels = (
        {field.attname: str(field.verbose_name).capitalize() for field in model._meta.concrete_fields} if model else {}
    )
    return {
        "when": entry.timestamp,
        "who": who(entry),
        "action": ACTIONS.get(entry.action, "Seen"),
        "text": (entry.additional_data or {}).get("text", ""),
        "sides": [(labels.get(name, name), *_pair(pair)) for name, pair in sides.items()],
    }


def _pair(pair: Any) -> tuple[str, str]:
    values: Iterable[Any] = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
    old, new = ("–" if value in (None, "") else str(value) for value in values)
    return old, new
