"""CloudEvents 1.0 at the webhook's door: structured, batch and binary mode, and what each refusal names."""

import base64
import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.cloudevents import BATCH, STRUCTURED, CloudEventError, external_id, from_binary, from_structured
from integrations.models import IntegrationEvent
from tests.integrations.webhook_sender import a_cloud_event
from tests.problems import assert_problem

DATA = {"severity": "critical", "message": "3 reservations lost", "metadata": {"affectedBookings": 3}}


def binary(**changed):
    return {f"ce-{name}": quote(value) for name, value in a_cloud_event(**changed).items() if name != "data"}


def stored():
    row = IntegrationEvent.objects.get()
    return row.integration_id, row.event_type, row.severity, row.occurred_at.isoformat(), row.external_id, row.metadata


EXPECTED = (
    "airbnb", "booking_loss", "critical", "2026-03-18T14:00:00+00:00", "/pms/hostfully A-17",
    {"listingId": "LST-204", "affectedBookings": 3},
)  # fmt: skip


def test_structured_mode(sender):
    response = sender.send(a_cloud_event(traceparent="00-abc"), media_type=STRUCTURED)
    assert (response.status_code, response.json()) == (201, {"created": 1, "duplicates": 0})
    assert stored() == EXPECTED


def test_structured_mode_with_data_in_base64(sender):
    document = a_cloud_event(data_base64=base64.b64encode(json.dumps(DATA).encode()).decode())
    del document["data"]
    assert sender.send(document, media_type=f"{STRUCTURED}; charset=UTF-8").status_code == 201
    assert stored() == EXPECTED


def test_binary_mode(sender):
    assert sender.send(DATA, headers=binary()).status_code == 201
    assert stored() == EXPECTED


def test_batch_mode_and_the_pair_of_source_and_id_is_stored_once(sender):
    batch = [a_cloud_event(), a_cloud_event(id="A-18"), a_cloud_event(source="/pms/other")]
    assert sender.send(batch, media_type=BATCH).json() == {"created": 3, "duplicates": 0}
    assert sender.send(batch[:2], media_type=BATCH).json() == {"created": 0, "duplicates": 2}
    assert sender.send(batch[0], media_type=STRUCTURED).status_code == 200
    assert sender.send(DATA, headers=binary(id="A-18")).status_code == 200


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"specversion": "0.3"}, "specversion"),
        ({"specversion": 1.0}, "specversion"),
        ({"id": ""}, "id"),
        ({"id": 17}, "id"),
        ({"source": None}, "source"),
        ({"source": "/a b"}, "source"),
        ({"type": "com.example.other"}, "type"),
        ({"type": "com.qaobs.integration.outage"}, "type"),
        ({"type": "booking_loss"}, "type"),
        ({"subject": "hmbn"}, "subject"),
        ({"subject": "no such thing"}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2027-01-01T00:00:00Z"}, "time"),
        ({"data": {**DATA, "severity": "bad"}}, "data.severity"),
        ({"data": {"severity": "low"}}, "data.message"),
        ({"data": {**DATA, "metadata": []}}, "data.metadata"),
        ({"data": {**DATA, "metadata": {"affectedBookings": 0}}}, "data.metadata"),
        ({"data": {**DATA, "guest": "x"}}, "data"),
        ({"data": "text"}, "data"),
        ({"data": None}, "data"),
        ({"data_base64": "e30="}, "data"),
        ({"data": None, "data_base64": "!"}, "data_base64"),
        ({"data": None, "data_base64": base64.b64encode(b"NaN").decode()}, "data_base64"),
        ({"data": None, "data_base64": base64.b64encode(b"[" * 100_000).decode()}, "data_base64"),
        ({"id": "nul \x00"}, "id"),
        ({"id": "\ud800"}, "id"),
        ({"subject": "airbnb/\x00"}, "data.metadata"),
    ],
)
def test_a_refusal_names_the_attribute_as_the_sender_wrote_it(sender, changed, named):
    assert_problem(sender.send(a_cloud_event(**changed), media_type=STRUCTURED), 400, named)
    batch = [a_cloud_event(), a_cloud_event(**changed)]
    assert_problem(sender.send(batch, media_type=BATCH), 400, f"[1].{named}")
    assert not IntegrationEvent.objects.exists()


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type", "subject", "time", "data"])
def test_missing_attributes_are_named(sender, name):
    document = a_cloud_event()
    del document[name]
    assert_problem(sender.send(document, media_type=STRUCTURED), 400, name)


def test_refusals_of_binary_mode_name_the_headers(sender):
    assert_problem(sender.send(DATA, headers=binary(type="other")), 400, "ce-type")
    assert_problem(sender.send(DATA, headers=binary(subject="hmbn")), 400, "ce-subject")
    assert_problem(sender.send(DATA, headers={**binary(), "ce-id": "%ff"}), 400, "ce-id")
    assert_problem(sender.send({**DATA, "severity": "bad"}, headers=binary()), 400, "severity")
    assert_problem(sender.send([DATA], headers=binary()), 400, "data")
    headers = binary()
    del headers["ce-time"]
    assert_problem(sender.send(DATA, headers=headers), 400, "ce-time")


def test_a_batch_is_a_list_and_has_its_limit(sender):
    assert_problem(sender.send(a_cloud_event(), media_type=BATCH), 400)
    assert_problem(sender.send([a_cloud_event()], media_type=STRUCTURED), 400)
    assert "10,000" in assert_problem(sender.send([{}] * 10_001, media_type=BATCH), 400)["detail"]


def test_names_in_other_scripts_are_percent_encoded_in_headers(sender):
    assert sender.send(DATA, headers=binary(subject="airbnb/Häuschen")).status_code == 201
    assert IntegrationEvent.objects.get().metadata["listingId"] == "Häuschen"


def test_what_the_data_say_of_the_listing_goes_before_the_subject():
    document = a_cloud_event(data={**DATA, "metadata": {"listingId": "L-1"}})
    assert from_structured(document)["metadata"] == {"listingId": "L-1"}


@given(st.text(st.characters(exclude_characters=" "), min_size=1), st.text(min_size=1))
def test_every_pair_has_its_own_id_that_fits_the_column(source, event_id):
    assert len(external_id(source, event_id)) <= 200
    assert external_id(source, event_id) != external_id(f"{source}x", event_id)
    assert external_id(source, event_id) != external_id(source, f"{event_id}x")


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["severity", "message", "metadata", "x"]), inner, max_size=4), max_leaves=8
)  # fmt: skip


@given(st.dictionaries(st.sampled_from([*a_cloud_event(), "data_base64"]), ANYTHING))
def test_no_document_breaks_the_reader(changed):
    try:
        row = from_structured({**a_cloud_event(), **changed})
    except CloudEventError:
        return
    assert set(row) >= {"integrationId", "eventType", "occurredAt", "externalId", "metadata"}


@given(st.dictionaries(st.sampled_from(["ce-id", "ce-type", "ce-source", "ce-subject"]), st.text()), ANYTHING)
def test_no_headers_break_the_reader(changed, body):
    try:
        from_binary({**binary(), **changed}, body)
    except CloudEventError:
        return
