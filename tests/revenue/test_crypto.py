from base64 import urlsafe_b64encode
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.checks import run_checks

from revenue.crypto import BadKeyError, UnreadableError, parse_key, parse_keys, seal, unseal
from tests.revenue.conftest import KEY, OTHER_KEY

ID = UUID("11111111-2222-4333-8444-555555555555")
KEYS = parse_keys([KEY])


def test_a_sealed_document_opens_again():
    assert unseal(seal("é: 1", revision_id=ID, keys=KEYS), revision_id=ID, keys=KEYS) == "é: 1"


def test_a_sealed_document_is_nonce_then_aes_256_gcm_bound_to_the_revision():
    sealed = seal("a: 1", revision_id=ID, keys=KEYS)
    assert AESGCM(KEYS[0]).decrypt(sealed[:12], sealed[12:], str(ID).encode()) == b"a: 1"


def test_every_write_has_a_fresh_nonce():
    assert len({seal("a: 1", revision_id=ID, keys=KEYS)[:12] for _ in range(50)}) == 50


def test_the_first_key_encrypts_and_all_may_decrypt():
    old, new = parse_keys([KEY, OTHER_KEY])
    sealed = seal("a: 1", revision_id=ID, keys=[old])
    assert unseal(sealed, revision_id=ID, keys=[new, old]) == "a: 1"
    with pytest.raises(UnreadableError):
        unseal(seal("a: 1", revision_id=ID, keys=[new, old]), revision_id=ID, keys=[old])


def test_a_wrong_key_is_a_clear_error():
    with pytest.raises(UnreadableError, match="No key in REVENUE_CONFIG_KEYS opens what is stored"):
        unseal(seal("a: 1", revision_id=ID, keys=KEYS), revision_id=ID, keys=parse_keys([OTHER_KEY]))


def test_a_document_of_another_revision_does_not_open():
    with pytest.raises(UnreadableError):
        unseal(seal("a: 1", revision_id=uuid4(), keys=KEYS), revision_id=ID, keys=KEYS)


@pytest.mark.parametrize("position", [0, 11, 12, -1])
def test_a_changed_byte_is_noticed(position):
    sealed = bytearray(seal("a: 1", revision_id=ID, keys=KEYS))
    sealed[position] ^= 1
    with pytest.raises(UnreadableError):
        unseal(bytes(sealed), revision_id=ID, keys=KEYS)


@pytest.mark.parametrize("document", [b"", b"short", b"x" * 27])
def test_a_document_cut_short_is_noticed(document):
    with pytest.raises(UnreadableError, match="cut short"):
        unseal(document, revision_id=ID, keys=KEYS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not base64!", "key 2 is not URL-safe base64"),
        ("é" * 44, "key 2 is not URL-safe base64"),
        (urlsafe_b64encode(b"x" * 16).decode(), "key 2 has 16 bytes instead of 32"),
        ("", "key 2 has 0 bytes instead of 32"),
    ],
)
def test_a_malformed_key_is_refused_by_its_position(text, message):
    with pytest.raises(BadKeyError, match=message) as caught:
        parse_key(text, position=2)
    assert not text or text not in str(caught.value)


def test_no_keys_are_refused():
    with pytest.raises(BadKeyError, match="REVENUE_CONFIG_KEYS is empty"):
        parse_keys([])


def test_a_system_check_finds_malformed_keys(settings):
    assert [error.id for error in run_checks() if error.id == "revenue.E001"] == []
    settings.REVENUE_CONFIG_KEYS = [KEY, "nonsense"]
    (error,) = [error for error in run_checks() if error.id == "revenue.E001"]
    assert "key 2" in error.msg
    assert "nonsense" not in error.msg
