"""Events as they come back from the table: every character of them, and which of a batch are kept."""

from datetime import timedelta, timezone

import pytest

from integrations.models import IntegrationEvent
from integrations.services import record_events
from tests.conftest import NOW
from tests.integrations.factories import MINUTE, an_event, assert_days_agree_with_rows

pytestmark = pytest.mark.django_db

ODD_TEXTS = [
    "tab\there, line\nfeed, return\rhere, bell\x07",
    r"C:\new\table \. \N \\ \' \" \u0000 \ud800",
    'it\'s 100 % "quoted", %s, %(id)s, {0}, $1, $$, ; -- /* */',
    "Zürich 東京 🏝️ \u202e\u2028\ufeff \U0010ffff",
    "NULL",
    '{"a": [null]}',
]


def record(*rows):
    return record_events(rows, now=NOW)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_come_back_as_they_were(text):
    event = an_event(message=text, external_id=text, metadata={text: [text, {text: text}]})
    assert (record(event).created, record(event).duplicates) == (1, 1)
    row = IntegrationEvent.objects.get()
    assert (row.message, row.external_id, row.metadata) == (text, text, event.metadata)


def test_large_metadata_and_every_kind_of_number_come_back_as_they_were():
    numbers = [0, -1, 2**70, 10**300 - 1, 0.1, 1 / 3, 1e-300, -2.5]
    metadata = {
        "numbers": numbers,
        "others": [None, True, False, "", [], {}],
        "many": list(range(900)),
        "long": "\\" * 19_000,
    }
    record(an_event(metadata=metadata))
    assert IntegrationEvent.objects.get().metadata == metadata


def test_the_longest_texts_are_stored_whole():
    record(an_event(message="ü" * 4000, external_id="ü" * 200))
    row = IntegrationEvent.objects.get()
    assert (row.message, row.external_id) == ("ü" * 4000, "ü" * 200)


def test_a_moment_keeps_its_microseconds_whatever_zone_it_was_given_in():
    moment = (NOW - MINUTE).replace(microsecond=123456).astimezone(timezone(timedelta(hours=5, minutes=45)))
    record(an_event(occurred_at=moment))
    assert IntegrationEvent.objects.get().occurred_at == moment


def test_the_first_of_an_external_id_is_kept_however_far_apart_they_are():
    """The ids of a batch that is stored in several parts: twice within a part, and again in a later one."""
    numbers = [0, 0, *range(4500), 0, 2500]
    rows = [
        an_event(external_id=str(number), message=f"place {place}", metadata={"lossAmount": 1})
        for place, number in enumerate(numbers)
    ]
    recorded = record(*rows)
    assert (recorded.created, recorded.duplicates) == (4500, 4)
    stored = dict(IntegrationEvent.objects.values_list("external_id", "message"))
    assert (len(stored), stored["0"], stored["1"], stored["2500"]) == (4500, "place 0", "place 3", "place 2502")
    assert_days_agree_with_rows()


def test_the_ids_are_those_of_the_new_ones_in_their_order():
    record(an_event(external_id="known"))
    recorded = record(
        an_event(message="b", external_id="b"),
        an_event(external_id="known"),
        an_event(message="a"),
        an_event(external_id="b"),
        an_event(message="c", integration_id="airbnb", external_id="known"),
    )
    assert [IntegrationEvent.objects.get(pk=pk).message for pk in recorded.ids] == ["b", "a", "c"]
    assert (recorded.created, recorded.duplicates) == (3, 2)
