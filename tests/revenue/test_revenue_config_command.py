import io
import stat

import pytest
from django.core.management import CommandError, call_command

from revenue import revisions
from revenue.models import RevenueConfigRevision
from tests.revenue.conftest import KEY, OTHER_KEY

pytestmark = pytest.mark.django_db
TEXT = "revenue:\n  currency: EUR\n  integrations:\n    airbnb: {avg_booking_value: 300.00}\n"


def run(*args):
    out = io.StringIO()
    call_command("revenue_config", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "revenue.yaml"
    path.write_text(TEXT)
    return path


def test_show_names_the_revision(file):
    assert run("show").startswith("# No revision yet: the defaults\nrevenue:\n  currency: USD\n")
    run("import", str(file))
    assert run("show").startswith("# Revision 1, ")


def test_import_puts_a_document_in_force_and_says_what_changed(file):
    out = run("import", str(file), "--comment", "Spring")
    assert "currency: USD -> EUR" in out
    assert "Revision 1 is in force, 2 figures changed." in out
    assert RevenueConfigRevision.objects.get().comment == "Spring"
    assert "Revision 1 is in force, 0 figures changed." in run("import", str(file))


def test_a_dry_run_changes_nothing(file):
    assert "2 figures would change." in run("import", str(file), "--dry-run")
    assert not RevenueConfigRevision.objects.exists()


def test_what_is_exported_can_be_imported(file, tmp_path):
    run("import", str(file))
    copy = tmp_path / "copy.yaml"
    run("export", "--output", str(copy))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert copy.read_text() == run("export")
    before = revisions.current().config
    run("import", str(copy))
    assert revisions.current().config == before


def test_a_bad_document_names_file_line_path_and_range(file):
    file.write_text("revenue:\n  leakage_percentage: 0.5\n  colour: red\n")
    with pytest.raises(CommandError) as caught:
        run("import", str(file))
    message = str(caught.value)
    assert message.startswith("Nothing was changed.")
    assert f"{file}: line 2, revenue.leakage_percentage: is 0.5; allowed: 0.03 to 0.07" in message
    assert f"{file}: line 3, revenue.colour: unknown key" in message
    assert not RevenueConfigRevision.objects.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"revenue:\n\xff", "line 2 is not UTF-8 text"), (b"x" * 300_000, "characters"), (b"", "must have the key")],
)
def test_a_file_that_is_no_document_is_refused(file, content, message):
    file.write_bytes(content)
    with pytest.raises(CommandError, match=message):
        run("import", str(file))


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(CommandError, match="No such file"):
        run("import", str(tmp_path / "nope"))


def test_rotate_key(file, settings):
    run("import", str(file))
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY, KEY]
    assert "1 revisions re-encrypted under the first key, 0 were already." in run("rotate-key")
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert "EUR" in run("show")


def test_a_wrong_key_is_a_clear_error(file, settings):
    run("import", str(file))
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    for command in (["show"], ["export"], ["rotate-key"], ["import", str(file), "--dry-run"]):
        with pytest.raises(CommandError, match=r"no key opens|No key in REVENUE_CONFIG_KEYS opens"):
            run(*command)


def test_importing_the_whole_document_mends_an_unreadable_one(file, settings):
    run("import", str(file))
    settings.REVENUE_CONFIG_KEYS = [OTHER_KEY]
    assert "Revision 2 is in force" in run("import", str(file))
    assert revisions.current().config.currency == "EUR"
