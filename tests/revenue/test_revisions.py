import pytest

from integrations.models import Integration
from revenue import revisions
from revenue.config import ConfigError, RevenueConfig
from revenue.crypto import UnreadableError, parse_keys, unseal
from revenue.models import RevenueConfigRevision
from tests.revenue.conftest import KEY, OTHER_KEY

pytestmark = pytest.mark.django_db


def test_revisions_count_up_and_the_newest_is_in_force(configure):
    for currency in ("EUR", "GBP", "CHF"):
        configure(f"revenue: {{currency: {currency}}}")
    assert list(RevenueConfigRevision.objects.values_list("number", flat=True)) == [3, 2, 1]
    assert revisions.current().config.currency == "CHF"
    assert [revisions.read(row).currency for row in RevenueConfigRevision.objects.all()] == ["CHF", "GBP", "EUR"]


def test_an_earlier_revision_is_restored_as_a_new_one(configure):
    first = configure("revenue: {currency: EUR}")
    second = configure("revenue: {currency: GBP}")
    third = revisions.restore(first, author=None, expected=second.pk)
    assert (third.number, third.comment) == (3, "Restored revision 1")
    assert revisions.current().config.currency == "EUR"


def test_a_stale_restore_is_refused(configure):
    first = configure("revenue: {currency: EUR}")
    configure("revenue: {currency: GBP}")
    with pytest.raises(revisions.StaleRevisionError):
        revisions.restore(first, author=None, expected=first.pk)
    assert revisions.current().config.currency == "GBP"


def test_a_revision_that_names_a_vanished_integration_is_read_but_not_restored(configure):
    Integration.objects.create(slug="expedia", name="Expedia")
    first = configure("revenue: {integrations: {expedia: {bookings_per_day: 3}}}")
    second = configure("revenue: {currency: GBP}")
    Integration.objects.get(slug="expedia").delete()
    assert revisions.read(first).figures_of("expedia").bookings_per_day == 3
    with pytest.raises(ConfigError, match=r"integrations\.expedia: there is no such integration"):
        revisions.restore(first, author=None, expected=second.pk)


def test_an_unreadable_newest_revision_can_be_superseded_by_an_earlier_one(configure, settings):
    first = configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    second = configure("revenue: {currency: GBP}")
    settings.REVENUE_CONFIG_KEYS = [KEY]
    with pytest.raises(UnreadableError):
        revisions.current()
    revisions.restore(first, author=None, expected=second.pk)
    assert revisions.current().config.currency == "EUR"


def test_rotation_re_encrypts_every_revision_under_the_first_key(configure, settings):
    for currency in ("EUR", "GBP", "CHF"):
        configure(f"revenue: {{currency: {currency}}}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    assert revisions.rotate_keys() == revisions.Rotated(rotated=3, unchanged=0)
    assert revisions.rotate_keys() == revisions.Rotated(rotated=0, unchanged=3)
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert [revisions.read(row).currency for row in RevenueConfigRevision.objects.all()] == ["CHF", "GBP", "EUR"]


def test_rotation_goes_on_where_it_was_killed(configure, settings):
    for currency in ("EUR", "GBP"):
        configure(f"revenue: {{currency: {currency}}}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]

    def kill(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        revisions.rotate_keys(progress=kill)
    assert revisions.current().config.currency == "GBP"
    assert revisions.rotate_keys() == revisions.Rotated(rotated=1, unchanged=1)


def test_rotation_names_what_no_key_opens_and_does_the_others(configure, settings):
    first = configure("revenue: {currency: EUR}")
    second = configure("revenue: {currency: GBP}")
    RevenueConfigRevision.objects.filter(pk=first.pk).update(document=b"x" * 40)
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    with pytest.raises(UnreadableError, match="1 re-encrypted, but no key opens revision 1; keep the old keys"):
        revisions.rotate_keys()
    second.refresh_from_db()
    assert "GBP" in unseal(bytes(second.document), revision_id=second.pk, keys=parse_keys([OTHER_KEY]))


def test_without_a_revision_the_defaults_are_in_force_even_without_a_key(settings):
    settings.REVENUE_CONFIG_KEYS = []
    assert revisions.current() == revisions.Current(None, RevenueConfig())


def test_a_deleted_author_leaves_the_revision(make_user):
    author = make_user("Revenue admins")
    row = revisions.save(RevenueConfig(currency="EUR"), author=author, comment="", expected=None)
    author.delete()
    row.refresh_from_db()
    assert row.author is None
