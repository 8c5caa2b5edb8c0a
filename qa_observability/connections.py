"""What connects the product with others: declared by the apps, listed on the admin's page Connections."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One connection. Functions are dotted paths, because apps declare before models can be imported.

    key : names it in addresses.
    does : in a sentence, what comes in or goes out.
    missing : function that returns what must be there first, as names of settings or in words ("a collector"); an
        empty list: it is set up.
    test : function that asks the other side, changes nothing and returns what it saw, in a sentence. It raises a
        SpokenError where something is wrong, and ends within 10 s.
    news : function that returns what came last, in sentences, where it runs when somebody calls.
    jobs : names of its job runs; `job_names` is a function that returns them where only the database knows.
    schedules : names of the schedules that drive it; none: it runs when somebody calls.
    page, permission : address name of the admin's page where it is set up, and what one must hold to open it.
    document : its file in docs/connections/, without ending.
    """

    key: str
    name: str
    does: str
    feature: str
    missing: str = ""
    test: str = ""
    news: str = ""
    jobs: tuple[str, ...] = ()
    job_names: str = ""
    schedules: tuple[str, ...] = ()
    page: str = ""
    permission: str = ""
    document: str = ""

    def what_is_missing(self) -> list[str]:
        return list(_call(self.missing)) if self.missing else []

    def names_of_jobs(self) -> list[str]:
        return [*self.jobs, *(_call(self.job_names) if self.job_names else [])]

    def latest_news(self) -> str:
        return str(_call(self.news)) if self.news else ""

    def try_out(self) -> str:
        """Ask the other side.

        Raises
        ------
        SpokenError : where something is wrong.
        """
        return str(_call(self.test))


def declared_connections() -> list[Connection]:
    """Return the connections of all modules that are switched on, by name."""
    found: list[Connection] = []
    for config in apps.get_app_configs():
        found += [item for item in getattr(config, "connections", []) if item.feature in settings.FEATURES]
    return sorted(found, key=lambda connection: connection.name.lower())


def _call(path: str) -> Any:
    function: Callable[[], Any] = import_string(path)
    return function()
