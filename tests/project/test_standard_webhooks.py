"""Signatures of Standard Webhooks: the published check value, rotation, age, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_observability.standard_webhooks import (
    BadSecretError,
    RefusedError,
    key_of,
    new_secret,
    read_headers,
    signed,
    verify,
)

SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMTIz"
BODY = b'{"type":"integration.alert","data":{"integration_id":"airbnb"}}'
SENT = datetime.fromtimestamp(1767261600, UTC)
# From formats.md, computed outside of this code.
SIGNATURE = "v1,ce/iTGlZyV3dK4u/VxdzihcxSUWPPCplTO4n2/WEwBs="
HEADERS = {"webhook-id": "msg_0001", "webhook-timestamp": "1767261600", "webhook-signature": SIGNATURE}


def check(body=BODY, now=SENT, secrets=(SECRET,), **headers):
    given = {**HEADERS, **{f"webhook-{name}": value for name, value in headers.items()}}
    verify(body, read_headers({name: value for name, value in given.items() if value is not None}, now=now),
           secrets=secrets)  # fmt: skip


def test_the_check_value_is_made_and_accepted():
    assert signed(BODY, message_id="msg_0001", now=SENT, secrets=[SECRET]) == HEADERS
    check()


def test_while_a_secret_rotates_both_sign_and_either_is_enough():
    new = new_secret()
    headers = signed(BODY, message_id="msg_0001", now=SENT, secrets=[new, SECRET])
    assert headers["webhook-signature"].split(" ")[1] == SIGNATURE
    for holder in ([new], [SECRET], [new_secret(), SECRET]):
        check(signature=headers["webhook-signature"], secrets=holder)


def test_signatures_of_other_versions_are_left_alone():
    check(signature=f"v1a,abcd {SIGNATURE} v2,{SIGNATURE[3:]}")


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_off_is_still_right(seconds):
    check(now=SENT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_more_than_five_minutes_off_is_refused(seconds):
    with pytest.raises(RefusedError, match="5 minutes"):
        check(now=SENT + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"id": None}, "webhook-id"),
        ({"id": ""}, "webhook-id"),
        ({"id": "a b"}, "webhook-id"),
        ({"id": "x" * 129}, "webhook-id"),
        ({"id": "ü"}, "webhook-id"),
        ({"timestamp": None}, "webhook-timestamp"),
        ({"timestamp": "soon"}, "webhook-timestamp"),
        ({"timestamp": "-1"}, "webhook-timestamp"),
        ({"timestamp": "1767261600.5"}, "webhook-timestamp"),
        ({"timestamp": "٣"}, "webhook-timestamp"),
        ({"timestamp": "9" * 12}, "webhook-timestamp"),
        ({"timestamp": "9" * 5000}, "webhook-timestamp"),
        ({"signature": None}, "webhook-signature"),
        ({"signature": "v1,"}, "does not match"),
        ({"signature": "v1,not base64"}, "webhook-signature"),
        ({"signature": "v1,ü"}, "webhook-signature"),
        ({"signature": f"v2,{SIGNATURE[3:]}"}, "webhook-signature"),
        ({"signature": SIGNATURE[3:]}, "webhook-signature"),
        ({"signature": "v1,xe/iTGlZyV3dK4u/VxdzihcxSUWPPCplTO4n2/WEwBs="}, "does not match"),
        ({"id": "msg_0002"}, "does not match"),
        ({"timestamp": "1767261601"}, "does not match"),
        ({"body": BODY + b" "}, "does not match"),
        ({"secrets": []}, "does not match"),
        ({"secrets": [new_secret()]}, "does not match"),
    ],
)
def test_whatever_is_changed_is_refused(changed, named):
    with pytest.raises(RefusedError, match=named):
        check(**changed)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_" + "QUFB" * 22, "whsec_!!!", "whsec_ü"])
def test_what_cannot_be_a_secret_is_refused_without_repeating_it(secret):
    with pytest.raises(BadSecretError) as caught:
        key_of(secret)
    assert secret == "" or secret not in str(caught.value)


def test_new_secrets_are_32_random_bytes():
    assert len(key_of(new_secret())) == 32
    assert new_secret() != new_secret()


@given(st.binary(max_size=200), st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40))
def test_whatever_is_signed_is_accepted(body, message_id):
    headers = signed(body, message_id=message_id, now=SENT, secrets=[SECRET])
    verify(body, read_headers(headers, now=SENT), secrets=[SECRET])


@given(st.dictionaries(st.sampled_from(list(HEADERS)), st.text(max_size=60)))
def test_no_headers_break_the_reader(changed):
    try:
        verify(BODY, read_headers({**HEADERS, **changed}, now=SENT), secrets=[SECRET])
    except RefusedError:
        return
    assert all(HEADERS[name] == value for name, value in changed.items() if name != "webhook-signature")
