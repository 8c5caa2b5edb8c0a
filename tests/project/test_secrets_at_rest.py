"""Secrets in the database open with the right key, in their own row and column, and nowhere else."""

from uuid import uuid4

import pytest
from django.db import models
from django.forms import modelform_factory
from django.test.utils import isolate_apps

from qa_observability.history import values_of
from qa_observability.sealing import BadKeyError, UnreadableError
from qa_observability.secrets_at_rest import SecretField, read_secret, set_secret

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
OTHER_KEY = "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="


@pytest.fixture
def model():
    with isolate_apps("integrations"):

        class Door(models.Model):  # noqa: DJ008
            id = models.UUIDField(primary_key=True, default=uuid4)
            name = models.CharField(max_length=10)
            key = SecretField()
            other = SecretField()

            class Meta:
                app_label = "integrations"

        yield Door


@pytest.fixture
def row(settings, model):
    settings.REVENUE_CONFIG_KEYS = [KEY]
    made = model(name="x")
    set_secret(made, "key", "s3cret-é")
    return made


def test_a_secret_is_read_back(row):
    assert read_secret(row, "key") == "s3cret-é"
    assert b"s3cret" not in row.key


def test_a_secret_can_be_cleared(row):
    for nothing in (None, ""):
        set_secret(row, "key", nothing)
        assert row.key is None
        assert read_secret(row, "key") is None


def test_a_secret_opens_neither_in_another_row_nor_in_another_column(row, model):
    moved = model(key=row.key, other=row.key)
    with pytest.raises(UnreadableError):
        read_secret(moved, "key")
    row.other = row.key
    with pytest.raises(UnreadableError):
        read_secret(row, "other")


def test_the_first_key_encrypts_and_all_may_decrypt(row, settings):
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    assert read_secret(row, "key") == "s3cret-é"
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    with pytest.raises(UnreadableError, match="No key in REVENUE_CONFIG_KEYS opens what is stored"):
        read_secret(row, "key")


def test_without_a_key_nothing_is_stored(row, settings):
    settings.REVENUE_CONFIG_KEYS = []
    with pytest.raises(BadKeyError, match="REVENUE_CONFIG_KEYS is empty"):
        set_secret(row, "key", "x")


def test_a_secret_is_in_no_history_and_no_form(row, model):
    assert values_of(row) == {"name": "x"}
    assert set(modelform_factory(model, fields="__all__").base_fields) == {"id", "name"}
