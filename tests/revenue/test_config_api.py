"""GET and PUT /api/v1/revenue/config"""

import json
import threading
from uuid import uuid4

import pytest
from django.db import connection

from revenue.models import RevenueConfigRevision
from tests.revenue.conftest import OTHER_KEY

URL = "/api/v1/revenue/config"
DEFAULTS = {
    "currency": "USD",
    "avgBookingValue": 250,
    "leakagePercentage": 0.05,
    "bookingsPerDay": 10,
    "bookingLossMethod": "max",
    "integrations": {},
}
BODY = {
    "revision": None,
    "currency": "EUR",
    "avgBookingValue": 199.99,
    "leakagePercentage": 0.065,
    "bookingsPerDay": 12.5,
    "bookingLossMethod": "rate",
    "integrations": {"booking-com": {"avgBookingValue": 280, "bookingsPerDay": 40}, "airbnb": {}},
}


def refusal(response, status):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return response.json()


def test_without_a_revision_the_defaults_are_in_force(admin_api):
    assert admin_api.get(URL).json() == {"revision": None, **DEFAULTS}


def test_a_put_replaces_the_document(admin_api, revenue_admin):
    answer = admin_api.put(URL, {**BODY, "comment": "Figures of spring"})
    assert answer.status_code == 200
    row = RevenueConfigRevision.objects.get()
    expected = {**BODY, "revision": str(row.pk), "integrations": {"booking-com": BODY["integrations"]["booking-com"]}}
    assert answer.json() == admin_api.get(URL).json() == expected
    assert (row.number, row.author, row.comment) == (1, revenue_admin, "Figures of spring")
    assert b"EUR" not in bytes(row.document)


def test_what_a_put_leaves_out_takes_its_default(admin_api):
    first = admin_api.put(URL, BODY).json()
    second = admin_api.put(URL, {"revision": first["revision"]}).json()
    assert second == {**DEFAULTS, "revision": second["revision"]}
    assert second["revision"] != first["revision"]


def test_what_was_read_can_be_put_back_and_changes_nothing(admin_api):
    body = admin_api.put(URL, BODY).json()
    assert admin_api.put(URL, body).json() == body
    assert RevenueConfigRevision.objects.count() == 1


def test_a_stale_revision_is_refused(admin_api):
    first = admin_api.put(URL, BODY).json()
    admin_api.put(URL, {**BODY, "revision": first["revision"], "currency": "GBP"})
    for stale in (first["revision"], None, str(uuid4())):
        body = refusal(admin_api.put(URL, {**BODY, "revision": stale}), 409)
        assert "changed by somebody else" in body["detail"]
    assert admin_api.get(URL).json()["currency"] == "GBP"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"currency": "euro"}, "currency"),
        ({"currency": "\x00\ud800"}, "currency"),
        ({"avgBookingValue": 0}, "avgBookingValue"),
        ({"avgBookingValue": "250"}, "avgBookingValue"),
        ({"avgBookingValue": 10**400}, "avgBookingValue"),
        ({"avgBookingValue": None}, "avgBookingValue"),
        ({"leakagePercentage": 0.02}, "leakagePercentage"),
        ({"leakagePercentage": 0.08}, "leakagePercentage"),
        ({"bookingsPerDay": -1}, "bookingsPerDay"),
        ({"bookingsPerDay": True}, "bookingsPerDay"),
        ({"bookingLossMethod": "mean"}, "bookingLossMethod"),
        ({"bookingLossMethod": []}, "bookingLossMethod"),
        ({"integrations": []}, "integrations"),
        ({"integrations": {"nope": {}}}, "integrations.nope"),
        ({"integrations": {"a_b": {}}}, "integrations.a_b"),
        ({"integrations": {"airbnb": 5}}, "integrations.airbnb"),
        ({"integrations": {"airbnb": {"leakagePercentage": 1}}}, "integrations.airbnb.leakagePercentage"),
        ({"integrations": {"airbnb": {"currency": "EUR"}}}, "integrations.airbnb.currency"),
        ({"integrations": {"airbnb": {"avg_booking_value": 1}}}, "integrations.airbnb.avg_booking_value"),
        ({"avg_booking_value": 1}, "avg_booking_value"),
        ({"\ud800\x00": 1}, "\ud800\x00"),
        ({"integrations": {"\ud800": {"\x00": 1}}}, "integrations.\ud800"),
        ({"revision": "mine"}, "revision"),
        ({"revision": 5}, "revision"),
        ({"comment": "x" * 501}, "comment"),
        ({"comment": "a\x00b"}, "comment"),
        ({"comment": 5.5}, None),
    ],
)
def test_a_bad_value_is_refused_by_its_path_and_nothing_changes(admin_api, changed, field):
    response = admin_api.put(URL, json.dumps({**BODY, **changed}), content_type="application/json")
    if field is None:  # a number is text enough for a comment
        assert response.status_code == 200
        return
    body = refusal(response, 400)
    assert field in [error["field"] for error in body["errors"]]
    assert not RevenueConfigRevision.objects.exists()


@pytest.mark.parametrize("body", ["[]", "5", "null", "{", '{"revision": null, "avgBookingValue": 1e999}', "[" * 9999])
def test_a_body_that_is_no_document_is_refused(admin_api, body):
    refusal(admin_api.put(URL, body, content_type="application/json"), 400)


def test_a_revision_is_required(admin_api):
    body = refusal(admin_api.put(URL, {}), 400)
    assert body["errors"][0]["field"] == "revision"


def test_it_is_for_revenue_admins(viewer_api, lead_api, ingest_api, api_for, client):
    for api in (viewer_api, lead_api, ingest_api):
        refusal(api.get(URL), 403)
        refusal(api.put(URL, BODY), 403)
    refusal(client.get(URL), 401)
    read_only = api_for("Revenue admins", scope="read")
    assert read_only.get(URL).status_code == 200
    refusal(read_only.put(URL, BODY), 403)


def test_without_a_key_nothing_is_saved(admin_api, settings):
    settings.REVENUE_CONFIG_KEYS = []
    assert "REVENUE_CONFIG_KEYS is empty" in refusal(admin_api.put(URL, BODY), 503)["detail"]
    assert not RevenueConfigRevision.objects.exists()


def test_a_wrong_key_is_an_error(admin_api, settings):
    admin_api.put(URL, BODY)
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    refusal(admin_api.get(URL), 503)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_of_two_writers_at_once_one_is_told(admin_api):
    codes = []
    barrier = threading.Barrier(4)

    def put(currency):
        try:
            barrier.wait()
            codes.append(admin_api.put(URL, {**BODY, "currency": currency}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=put, args=(currency,)) for currency in ("EUR", "GBP", "CHF", "SEK")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 409, 409, 409]
    assert RevenueConfigRevision.objects.count() == 1
