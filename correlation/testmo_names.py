"""What Testmo calls its test cases."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction

from correlation.executions import NAME_MAX
from correlation.models import TestmoCase, TestmoProject
from correlation.testmo_client import TestmoClient
from correlation.testmo_rows import id_of, text_of

READ_AGAIN_AFTER = timedelta(days=1)


class CaseNames:
    """Names by id: as they are stored, read anew once a day, and at most once a sync where one is unknown."""

    def __init__(self, project: TestmoProject, client: TestmoClient, *, now: datetime) -> None:
        self.project = project
        self.client = client
        self.now = now
        at = project.names_at
        self.may_read = True
        self.due = at is not None and now - at > READ_AGAIN_AFTER

    def of(self, ids: Iterable[int]) -> dict[int, str]:
        """Return the names of these test cases, without those that Testmo does not list."""
        wanted = set(ids)
        found = self._stored(wanted)
        if self.may_read and (self.due or wanted - found.keys()):
            self._read()
            # Kept without a name until tomorrow: asking for them at every visit would not make them known.
            unknown = wanted - self._stored(wanted).keys()
            rows = [TestmoCase(project=self.project, case_id=case_id) for case_id in sorted(unknown)]
            TestmoCase.objects.bulk_create(rows, ignore_conflicts=True)
            found = self._stored(wanted)
        return {case_id: name for case_id, name in found.items() if name}

    def _stored(self, ids: Iterable[int]) -> dict[int, str]:
        return dict(self.project.cases.filter(case_id__in=ids).values_list("case_id", "name"))

    def _read(self) -> None:
        """Read all names, page by page; where Testmo stops answering, the next sync goes on at the same page."""
        self.may_read = False
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
