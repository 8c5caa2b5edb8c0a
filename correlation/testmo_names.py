"""What Testmo calls its test cases. No result waits for a name: without one it is stored, and named later."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import F, Value
from django.db.models.functions import Concat

from correlation.choices import ExecutionSource
from correlation.executions import NAME_MAX
from correlation.models import TestCase, TestmoCase, TestmoProject
from correlation.services import name_test_cases, placeholder_name
from correlation.testmo_client import TestmoClient
from correlation.testmo_rows import id_of, text_of
from qa_observability.outgoing import OutgoingError

READ_AGAIN_AFTER = timedelta(days=1)
# Says of `names_at` that the last reading failed: the next visit tries again, whether there are new results or not.
AT_ONCE = datetime(2000, 1, 1, tzinfo=UTC)
IDS_PER_QUERY = 5000


class CaseNames:
    """Names by id: as they are stored, read anew once a day, and at most once a sync where one is unknown.

    problem : why they could not be read; empty where they were, or had not to be.
    """

    def __init__(self, project: TestmoProject, client: TestmoClient, *, now: datetime) -> None:
        self.project = project
        self.client = client
        self.now = now
        at = project.names_at
        self.may_read = True
        self.problem = ""
        self.due = at is not None and now - at > READ_AGAIN_AFTER

    def of(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the names of these test cases, as Testmo tells them, else as they are known here by another way."""
        wanted = set(ids)
        listed = self._listed(wanted)
        unlisted = [str(case_id) for case_id in wanted - listed.keys()]
        known = TestCase.objects.filter(pk__in=unlisted).values_list("pk", "name") if unlisted else ()
        return listed | {int(pk): name for pk, name in known if name != placeholder_name(pk)}

    def catch_up(self) -> None:
        """Read the names if it is time to, although no result asks for one."""
        if self.may_read and self.due:
            self._read()

    def _listed(self, wanted: set[int]) -> dict[int, str]:
        """Return the names of these test cases, without those that Testmo does not list."""
        found = self._stored(wanted)
        if self.may_read and (self.due or wanted - found.keys()) and self._read():
            # Kept without a name until tomorrow: asking for them at every visit would not make them known.
            unknown = wanted - self._stored(wanted).keys()
            rows = [TestmoCase(project=self.project, case_id=case_id) for case_id in sorted(unknown)]
            TestmoCase.objects.bulk_create(rows, ignore_conflicts=True)
            found = self._stored(wanted)
        return {case_id: name for case_id, name in found.items() if name}

    def _stored(self, ids: Iterable[int]) -> dict[int, str]:
        return dict(self.project.cases.filter(case_id__in=ids).values_list("case_id", "name"))

    def _read(self) -> bool:
        """Read all names; return whether that went well. Where not, the next sync goes on at the same page."""
        self.may_read = False
        try:
            self._read_pages()
        except OutgoingError as error:
            self.problem = f"{error} Results are stored without names, which follow when it answers."
            self.project.names_at = AT_ONCE
            if not error.passing:
                self.project.names_page = 1  # there may be fewer pages than there were
            self.project.save(update_fields=["names_at", "names_page", "updated_at"])
            return False
        self._name_the_nameless()
        return True

    def _read_pages(self) -> None:
        project = self.project
        path = f"/projects/{project.testmo_id}/cases"
        for page in self.client.pages(path, start=project.names_page):
            names = {id_of(row.get("id")): text_of(row.get("name"), NAME_MAX) for row in page.rows}
            with transaction.atomic():
                TestmoCase.objects.bulk_create(
                    [
                        TestmoCase(project=project, case_id=id_, name=name)
                        for id_, name in names.items()
                        if id_ and name
                    ],
                    update_conflicts=True,
                    unique_fields=["project", "case_id"],
                    update_fields=["name"],
                )
                project.names_page = page.next_number or 1
                project.names_at = project.names_at if page.next_number else self.now
                project.save(update_fields=["names_page", "names_at", "updated_at"])

    def _name_the_nameless(self) -> None:
        """Name the test cases whose results came in while Testmo did not tell names."""
        nameless = TestCase.objects.filter(
            source=ExecutionSource.TESTMO, name=Concat(Value(placeholder_name("")), F("pk"))
        )
        ids = [int(pk) for pk in nameless.values_list("pk", flat=True) if pk.isdecimal()]
        for start in range(0, len(ids), IDS_PER_QUERY):
            found = self._stored(ids[start : start + IDS_PER_QUERY])
            name_test_cases({str(case_id): name for case_id, name in found.items() if name})
