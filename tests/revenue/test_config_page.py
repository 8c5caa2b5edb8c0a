import html
import re

import pytest

from revenue import revisions
from revenue.models import RevenueConfigRevision
from tests.revenue.conftest import KEY, OTHER_KEY

URL = "/dashboard/revenue/config/"


def fields(client, **changed):
    """Return what the form would send, with some fields filled in otherwise."""
    page = client.get(URL).content.decode()
    values = dict(re.findall(r'<input type="(?:text|hidden)" name="([^"]+)"(?: value="([^"]*)")?', page))
    values.pop("csrfmiddlewaretoken", None)
    return {"booking_loss_method": "max", **values, **changed}


def text_of(response, status=200):
    assert response.status_code == status
    return html.unescape(response.content.decode())


def test_the_form_shows_the_figures_in_force(as_revenue_admin, configure):
    row = configure("revenue: {currency: EUR, integrations: {vrbo: {bookings_per_day: 7.5}}}")
    values = fields(as_revenue_admin)
    assert values["currency"] == "EUR"
    assert values["vrbo/bookings_per_day"] == "7.5"
    assert values["airbnb/bookings_per_day"] == ""
    assert values["revision"] == str(row.pk)


def test_what_would_change_is_shown_before_it_is_saved(as_revenue_admin):
    values = fields(as_revenue_admin, currency="EUR", comment="Spring", **{"vrbo/leakage_percentage": "0.06"})
    page = text_of(as_revenue_admin.post(URL, {**values, "preview": "1"}))
    assert re.search(r"Currency</th><td>USD</td><td><strong>EUR", page)
    assert re.search(r"Vrbo: Leakage \(0.05 is 5 %\)</th><td>global value</td><td><strong>0.06", page)
    assert "<p>Why: Spring</p>" in page
    assert not RevenueConfigRevision.objects.exists()


def test_saving_puts_the_figures_in_force(as_revenue_admin, revenue_admin):
    values = fields(as_revenue_admin, currency="EUR", comment="Spring", **{"vrbo/leakage_percentage": "0.06"})
    answer = as_revenue_admin.post(URL, {**values, "save": "1"}, follow=True)
    page = text_of(answer)
    assert "Revision 1 is in force." in page
    assert "Spring" in page
    row = RevenueConfigRevision.objects.get()
    assert row.author == revenue_admin
    assert str(revisions.current().config.integrations["vrbo"].leakage_percentage) == "0.06"


def test_going_back_to_the_form_keeps_what_was_entered(as_revenue_admin):
    values = fields(as_revenue_admin, currency="EUR")
    page = text_of(as_revenue_admin.post(URL, {**values, "edit": "1"}))
    assert 'name="currency" value="EUR"' in page
    assert not RevenueConfigRevision.objects.exists()


def test_nothing_to_change_cannot_be_saved_from_the_page(as_revenue_admin):
    page = text_of(as_revenue_admin.post(URL, {**fields(as_revenue_admin), "preview": "1"}))
    assert "Nothing would change" in page
    assert 'name="save"' not in page


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("currency", "euro", "at most 3 characters"),
        ("currency", "usd", "Must be a code of three capital letters"),
        ("avg_booking_value", "", "This field is required"),
        ("avg_booking_value", "0", "Is 0; allowed: above 0"),
        ("avg_booking_value", "NaN", "Enter a number"),
        ("avg_booking_value", "9" * 5000, "no more than 30 digits"),
        ("bookings_per_day", "-1", "Is -1; allowed: 0 to 1,000,000"),
        ("booking_loss_method", "mean", "not one of the available choices"),
        ("vrbo/leakage_percentage", "6 %", "Enter a number"),
        ("vrbo/leakage_percentage", "0.5", "Is 0.5; allowed: 0.03 to 0.07"),
        ("comment", "a\x00b", "Null characters are not allowed"),
    ],
)
def test_a_bad_figure_is_refused_beside_its_field(as_revenue_admin, field, value, message):
    values = fields(as_revenue_admin, **{field: value})
    page = text_of(as_revenue_admin.post(URL, {**values, "save": "1"}), 400)
    assert "Nothing was changed." in page
    assert message in page
    assert not RevenueConfigRevision.objects.exists()


def test_a_stale_edit_is_refused(as_revenue_admin, configure):
    values = fields(as_revenue_admin, currency="EUR")
    configure("revenue: {currency: GBP}")
    page = text_of(as_revenue_admin.post(URL, {**values, "save": "1"}), 409)
    assert "Somebody else changed the figures" in page
    assert re.search(r"Currency</th><td>GBP</td><td><strong>EUR", page)
    assert revisions.current().config.currency == "GBP"


@pytest.mark.parametrize("revision", ["nonsense", "11111111-2222-4333-8444-555555555555"])
def test_a_mangled_revision_is_stale(as_revenue_admin, revision):
    values = fields(as_revenue_admin, currency="EUR", revision=revision)
    text_of(as_revenue_admin.post(URL, {**values, "save": "1"}), 409)


def test_an_earlier_revision_is_shown_and_restored(as_revenue_admin, configure):
    first = configure("revenue: {currency: EUR}")
    second = configure("revenue: {currency: GBP}")
    address = f"{URL}{first.pk}/"
    page = text_of(as_revenue_admin.get(address))
    assert "currency: EUR" in page
    assert re.search(r"Currency</th><td>GBP</td><td><strong>EUR", page)
    page = text_of(as_revenue_admin.post(f"{address}restore/", {"revision": second.pk}, follow=True))
    assert "Revision 3 is in force." in page
    assert revisions.current().config.currency == "EUR"


def test_a_stale_restore_is_refused(as_revenue_admin, configure):
    first = configure("revenue: {currency: EUR}")
    configure("revenue: {currency: GBP}")
    answer = as_revenue_admin.post(f"{URL}{first.pk}/restore/", {"revision": first.pk}, follow=True)
    assert "Nothing was changed. The revenue configuration was changed by somebody else" in text_of(answer)
    assert revisions.current().config.currency == "GBP"


def test_an_unreadable_configuration_says_so_and_can_be_restored(as_revenue_admin, configure, settings):
    first = configure("revenue: {currency: EUR}")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    second = configure("revenue: {currency: GBP}")
    settings.REVENUE_CONFIG_KEYS = [KEY]
    page = text_of(as_revenue_admin.get(URL))
    assert "The figures in force cannot be read" in page
    assert 'name="avg_booking_value"' not in page
    assert "This revision cannot be read" in text_of(as_revenue_admin.get(f"{URL}{second.pk}/"))
    as_revenue_admin.post(f"{URL}{first.pk}/restore/", {"revision": second.pk})
    assert revisions.current().config.currency == "EUR"


def test_it_is_for_revenue_admins(as_lead, configure):
    row = configure("revenue: {currency: EUR}")
    assert as_lead.get(URL).status_code == 403
    assert as_lead.post(URL, {}).status_code == 403
    assert as_lead.get(f"{URL}{row.pk}/").status_code == 403
    assert as_lead.post(f"{URL}{row.pk}/restore/").status_code == 403
    assert b"/revenue/config/" not in as_lead.get("/dashboard/revenue/impact/").content


def test_queries_do_not_grow(as_revenue_admin, configure, django_assert_num_queries):
    configure("revenue: {currency: EUR}")
    with django_assert_num_queries(6):  # session, user, permissions; newest, integrations, history
        as_revenue_admin.get(URL)
    for currency in ("GBP", "CHF", "SEK"):
        configure(f"revenue: {{currency: {currency}}}")
    with django_assert_num_queries(6):
        as_revenue_admin.get(URL)
