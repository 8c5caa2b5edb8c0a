"""Maintenance windows: once or every week, of one integration or of all."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integrations.maintenance import expand, is_covered, occurrences_between
from integrations.models import MaintenanceWindow

MONDAY = datetime(2026, 3, 2, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def a_window(**fields) -> MaintenanceWindow:
    return MaintenanceWindow(**{"starts_at": MONDAY, "ends_at": MONDAY + 2 * HOUR} | fields)


def starts(window: MaintenanceWindow, start: datetime, end: datetime) -> list[datetime]:
    return [occurrence.start for occurrence in expand(window, start, end)]


def test_once_is_once() -> None:
    assert starts(a_window(), MONDAY - DAY, MONDAY + 30 * DAY) == [MONDAY]
    assert starts(a_window(), MONDAY + HOUR, MONDAY + 30 * DAY) == [MONDAY]
    assert starts(a_window(), MONDAY + 2 * HOUR, MONDAY + 30 * DAY) == []
    assert starts(a_window(), MONDAY - DAY, MONDAY) == []


def test_every_week_until_it_ends() -> None:
    weekly = a_window(repeats="weekly", repeat_until=MONDAY + 15 * DAY)
    assert starts(weekly, MONDAY - DAY, MONDAY + 60 * DAY) == [MONDAY, MONDAY + 7 * DAY, MONDAY + 14 * DAY]
    assert starts(weekly, MONDAY + 7 * DAY + HOUR, MONDAY + 8 * DAY) == [MONDAY + 7 * DAY]
    assert starts(a_window(repeats="weekly"), MONDAY + 700 * DAY, MONDAY + 707 * DAY) == [MONDAY + 700 * DAY]


@given(st.integers(0, 168), st.integers(1, 168), st.integers(-500, 500), st.integers(1, 400))
def test_weekly_occurrences_are_those_that_overlap(offset, length, at, width) -> None:
    first = MONDAY + offset * HOUR
    window = a_window(starts_at=first, ends_at=first + length * HOUR, repeats="weekly")
    start, end = MONDAY + at * HOUR, MONDAY + (at + width) * HOUR
    every = [first + week * 7 * DAY for week in range(60)]
    expected = [moment for moment in every if moment < end and moment + length * HOUR > start]
    assert starts(window, start, end) == expected


@pytest.mark.django_db
def test_windows_of_one_integration_and_of_all() -> None:
    a_window(integration_id="vrbo").save()
    a_window(starts_at=MONDAY + DAY, ends_at=MONDAY + 2 * DAY).save()
    a_window(starts_at=MONDAY - 70 * DAY, ends_at=MONDAY - 70 * DAY + HOUR, repeats="weekly").save()
    found = occurrences_between(MONDAY, MONDAY + 3 * DAY)
    assert [(row.integration_id, row.start) for row in found] == [
        (None, MONDAY),
        ("vrbo", MONDAY),
        (None, MONDAY + DAY),
    ]
    assert is_covered(found, "vrbo", MONDAY + 90 * timedelta(minutes=1))
    assert not is_covered(found, "airbnb", MONDAY + 90 * timedelta(minutes=1))
    assert is_covered(found, "airbnb", MONDAY + DAY)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "fields",
    [
        {"ends_at": MONDAY},
        {"ends_at": MONDAY + 8 * DAY, "repeats": "weekly"},
        {"repeats": "daily"},
    ],
)
def test_impossible_windows_are_refused(fields) -> None:
    with pytest.raises(ValidationError):
        a_window(**fields).full_clean()


def test_a_lead_plans_one_in_the_admin(as_lead, lead) -> None:
    url = "/admin/integrations/maintenancewindow/add/"
    data = {
        "integration": "vrbo",
        "starts_at_0": "2026-03-02",
        "starts_at_1": "03:00",
        "ends_at_0": "2026-03-02",
        "ends_at_1": "05:00",
        "repeats": "weekly",
        "repeat_until_0": "",
        "repeat_until_1": "",
        "reason": "Move",
    }
    assert as_lead.get(url).status_code == 200
    assert as_lead.post(url, data).status_code == 302
    assert MaintenanceWindow.objects.get().created_by == lead
