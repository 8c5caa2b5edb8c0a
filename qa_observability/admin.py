"""Users, roles and background work, in the admin's look."""

from typing import Any

from axes.admin import AccessAttemptAdmin as AxesAttemptAdmin
from axes.admin import AccessLogAdmin as AxesLogAdmin
from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib import admin, messages
from django.contrib.admin import helpers
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseRedirect
from django_q.admin import ScheduleAdmin as QueueScheduleAdmin
from django_q.models import Failure, OrmQ, Schedule, Success
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from qa_observability import admin_history  # noqa: F401  registers the history

for model in (User, Group, Schedule, Success, Failure, OrmQ, AccessAttempt, AccessLog, AccessFailureLog):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class VendorAdmin(ModelAdmin):
    """A list of the vendors': what is chosen for an action must be keys, on anything else it would fail."""

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        key = self.model._meta.pk
        try:
            for chosen in request.POST.getlist(helpers.ACTION_CHECKBOX_NAME):
                key.to_python(chosen)
        except ValidationError:
            self.message_user(request, "Nothing was done: what was chosen is not on this list.", messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)


@admin.register(User)
class UserAdmin(DjangoUserAdmin, VendorAdmin):
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "email", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active", "is_superuser")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="Roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"


@admin.register(Group)
class GroupAdmin(DjangoGroupAdmin, VendorAdmin):
    pass


@admin.register(Schedule)
class ScheduleAdmin(QueueScheduleAdmin, VendorAdmin):
    """What runs by the clock. Repeats of 0 silence a schedule; a deleted one returns with the next migrate."""

    # The vendor's list links each last run to a page of its own, which is not registered: runs are listed by job.
    list_display = ("name", "func", "schedule_type", "minutes", "cron", "repeats", "next_run", "get_success")
    list_display_links = ("name",)


@admin.register(AccessAttempt)
class AttemptAdmin(AxesAttemptAdmin, VendorAdmin):
    """Who failed to log in; deleting the rows of a user lets a locked-out one try again at once."""

    empty_hint = "Logins that fail are listed here until one succeeds."
    actions = ()  # the vendor's own fails where attempts do not expire one by one

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AccessLog)
class LoginAdmin(AxesLogAdmin, VendorAdmin):
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
