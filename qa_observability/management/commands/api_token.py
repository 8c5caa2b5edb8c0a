"""`manage.py api_token`: a new bearer token, shown once."""

from typing import Any

from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from knox.models import get_token_model

from integrations.models.access import TokenScope
from qa_observability.durations import parse_duration
from qa_observability.roles import ROLES


class Command(BaseCommand):
    help = "Print a new bearer token of a user, who is created where missing. Only its digest is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--role", help=f"Put the user into this group: {', '.join(ROLES)}, or one of your own.")
        parser.add_argument("--name", default="", help="What uses the token, such as a pipeline.")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.ALL)
        parser.add_argument("--expires-in", metavar="DURATION", help="Such as 90d; default: never.")

    def handle(self, *, username: str, role: str | None, name: str, scope: str, **options: Any) -> None:
        expiry = None
        if options["expires_in"]:
            try:
                expiry = parse_duration(options["expires_in"])
            except ValueError as error:
                raise CommandError(f"--expires-in: {error}") from error
        try:
            User._meta.get_field("username").clean(username, None)
        except ValidationError as error:
            raise CommandError(f"{username!r} cannot be a user name: {' '.join(error.messages)}") from error
        with transaction.atomic():
            group = self._group(role) if role else None
            user, created = User.objects.get_or_create(username=username)
            if created:
                user.set_unusable_password()
                user.save(update_fields=["password"])
            if group:
                user.groups.add(group)
            _, token = get_token_model().objects.create(user=user, name=name, scope=scope, expiry=expiry)
        if not user.is_superuser and not user.groups.exists():
            self.stderr.write(f"{username} is in no group, so this token may do nothing; see --role.")
        self.stdout.write(token)

    def _group(self, role: str) -> Group:
        group = Group.objects.filter(name__iexact=role).first()
        if group is None:
            known = ", ".join(Group.objects.order_by("name").values_list("name", flat=True))
            raise CommandError(f"There is no role {role!r}; choose one of {known}.")
        return group
