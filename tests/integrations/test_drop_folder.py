"""The Splunk drop folder: a file is taken once, when it is whole, and put away with its reason where it fails."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import OperationalError
from django.urls import reverse
from django.utils import timezone

from integrations import drop_folder
from integrations.connections import standings
from integrations.models import Integration, IntegrationEvent, IntegrationHealth, JobRun
from qa_observability.spoken import SpokenError
from tests.standins import splunk

pytestmark = pytest.mark.django_db
EXPORT = splunk.rows()
NAME = "errors_2026-03-18T14-05Z.json"
MOMENT = datetime(2026, 3, 18, 14, 5, tzinfo=UTC)


@pytest.fixture
def folder(settings, tmp_path) -> Path:
    settings.SPLUNK_DROP_FOLDER = str(tmp_path)
    return tmp_path


def take(later=60) -> int:
    """Take what lies there, as seen `later` seconds from now: what was just written has lain still by then."""
    return drop_folder.take_due(now=timezone.now() + timedelta(seconds=later))


def names(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def reason(folder, name=NAME):
    return (folder / "failed" / f"{name}.txt").read_text().strip()


def test_a_file_is_imported_once_and_moved_to_done(folder):
    (folder / NAME).write_bytes(EXPORT)
    assert take() == 1
    assert names(folder) == [f"done/{NAME}"]
    seen = IntegrationHealth.objects.get()
    assert (seen.integration_id, seen.last_checked, seen.source) == ("vrbo", MOMENT, "splunk")
    assert take() == 0
    run = JobRun.objects.get()  # a look into an empty folder leaves no run
    assert (run.state, run.rows) == ("succeeded", 1)


def test_a_file_that_grows_hidden_or_half_copied_ones_and_links_are_left_alone(folder, tmp_path_factory):
    (folder / NAME).write_bytes(EXPORT)
    assert take(later=10) == 0
    assert names(folder) == [NAME]
    (folder / NAME).unlink()
    for name in (".hidden.json", "a.json.part", "b.JSON.TMP", "c.crdownload", "d.json~"):
        (folder / name).write_bytes(EXPORT)
    outside = tmp_path_factory.mktemp("outside") / NAME
    outside.write_bytes(EXPORT)
    (folder / NAME).symlink_to(outside)
    (folder / "sub").mkdir()
    (folder / "sub" / NAME).write_bytes(EXPORT)
    os.mkfifo(folder / "pipe")
    assert take() == 0
    assert outside.exists()
    assert not IntegrationHealth.objects.exists()


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        (NAME, b"", "the file is empty"),
        (NAME, EXPORT[:60], "the JSON ends too early"),
        (NAME, b"\x00\xff\x00", ""),
        (NAME, splunk.messages("FATAL", "No such index"), "No such index"),
        ("errors.json", EXPORT, "its rows carry no time, and its name tells none: put one into it"),
        ("errors_2099-01-01T10-00.json", EXPORT, "Lies in the future."),
    ],
)
def test_a_file_that_cannot_be_imported_goes_to_failed_with_its_reason(folder, name, content, told):
    (folder / name).write_bytes(content)
    assert take() == 0
    assert names(folder) == [f"failed/{name}", f"failed/{name}.txt"]
    assert told in reason(folder, name)
    assert not IntegrationHealth.objects.exists()
    run = JobRun.objects.get()
    assert run.state == "failed"
    assert run.error.startswith(f"1 of 1 went to failed/: {name}")
    assert take() == 0
    assert JobRun.objects.count() == 1  # and stays the last word until the next file


def test_one_bad_file_does_not_keep_the_others_from_coming_in(folder):
    (folder / "a_2026-03-18T14-05Z.json").write_bytes(b"{")
    (folder / "b_2026-03-18T15-05Z.json").write_bytes(EXPORT)
    take()
    assert names(folder) == [
        "done/b_2026-03-18T15-05Z.json",
        "failed/a_2026-03-18T14-05Z.json",
        "failed/a_2026-03-18T14-05Z.json.txt",
    ]


def test_a_file_of_the_same_name_overwrites_nothing(folder):
    for number, content in enumerate([EXPORT, splunk.rows(errors=16), b"{", b"{{"]):
        (folder / NAME).write_bytes(content)
        take()
        assert len([name for name in names(folder) if not name.endswith(".txt")]) == number + 1
    stem = NAME.removesuffix(".json")
    assert names(folder) == [
        f"done/{stem}-2.json", f"done/{NAME}", f"failed/{stem}-2.json", f"failed/{stem}-2.json.txt", f"failed/{NAME}",
        f"failed/{NAME}.txt",
    ]  # fmt: skip
    assert (folder / "done" / NAME).read_bytes() == EXPORT


@pytest.mark.parametrize("killed_after", ["_import", "_put_away"])
def test_what_a_killed_worker_has_left_is_taken_up_again_and_stored_once(folder, monkeypatch, killed_after):
    (folder / NAME).write_bytes(EXPORT)
    real = getattr(drop_folder, killed_after)

    def killed(*args):
        if killed_after == "_import":
            real(*args)
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(drop_folder, killed_after, killed)
        with pytest.raises(SystemExit):
            take()
    assert names(folder) == [f"working/{NAME}"]
    assert take() == 0  # the dead one still holds the job
    assert take(later=11 * 60) == 1
    assert names(folder) == [f"done/{NAME}"]
    assert (IntegrationHealth.objects.count(), IntegrationEvent.objects.count()) == (1, 1)


def test_a_file_that_kills_whoever_reads_it_does_not_keep_the_others_from_coming_in(folder, monkeypatch):
    (folder / "working").mkdir()
    (folder / "working" / "a_2026-03-18T13-05Z.json").write_bytes(EXPORT)
    (folder / NAME).write_bytes(EXPORT)
    real = drop_folder._import

    def killed(path):
        if path.name.startswith("a_"):
            raise SystemExit
        return real(path)

    with monkeypatch.context() as patched:
        patched.setattr(drop_folder, "_import", killed)
        with pytest.raises(SystemExit):
            take()
    assert names(folder) == [f"done/{NAME}", "working/a_2026-03-18T13-05Z.json"]
    assert take(later=11 * 60) == 1


def test_where_the_database_is_away_the_file_stays(folder, monkeypatch):
    (folder / NAME).write_bytes(EXPORT)

    def away(slugs):
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr(Integration.objects, "lock", away)
        with pytest.raises(OperationalError):
            take()
    assert names(folder) == [f"working/{NAME}"]
    assert take() == 1
    assert names(folder) == [f"done/{NAME}"]


def test_rows_without_a_time_stand_for_the_last_change_where_that_is_wished(folder, settings):
    settings.SPLUNK_DROP_TIME = "mtime"
    path = folder / "errors.json"
    path.write_bytes(EXPORT)
    os.utime(path, (MOMENT.timestamp(), MOMENT.timestamp()))
    assert take() == 1
    assert IntegrationHealth.objects.get().last_checked == MOMENT


def test_a_file_that_is_too_big_is_refused_unread(folder, settings):
    settings.SPLUNK_UPLOAD_MAX_BYTES = 10
    (folder / NAME).write_bytes(EXPORT)
    take()
    assert "SPLUNK_UPLOAD_MAX_MB" in reason(folder)


def test_a_file_that_grows_while_it_is_read_is_not_half_stored(folder, monkeypatch):
    path = folder / NAME
    path.write_bytes(EXPORT)
    real = drop_folder.import_exports

    def growing(files, **options):
        with (folder / "working" / NAME).open("ab") as file:
            file.write(b" ")
        return real(files, **options)

    monkeypatch.setattr(drop_folder, "import_exports", growing)
    take()
    assert "still being written" in reason(folder)
    assert not IntegrationHealth.objects.exists()


@pytest.mark.parametrize(
    ("name", "told"), [("nowhere", "there is no folder nowhere."), ("x" * 300, "File name too long")]
)
def test_a_folder_that_cannot_be_used_is_a_failed_run_until_it_is_back(settings, tmp_path, name, told):
    settings.SPLUNK_DROP_FOLDER = str(tmp_path / name)
    assert take() == 0
    assert f"SPLUNK_DROP_FOLDER: {told}" in JobRun.objects.get().error
    settings.SPLUNK_DROP_FOLDER = str(tmp_path)
    assert take() == take() == 0
    (found,) = standings(now=timezone.now(), only="splunk-folder")
    assert (found.state, JobRun.objects.count()) == ("ok", 2)


def test_the_test_says_that_there_is_no_folder(settings, tmp_path):
    settings.SPLUNK_DROP_FOLDER = str(tmp_path / "nowhere")
    with pytest.raises(SpokenError, match="There is no folder"):
        drop_folder.test_connection()


def test_without_a_folder_nothing_runs_and_the_page_says_what_to_set(settings):
    settings.SPLUNK_DROP_FOLDER = ""
    assert take() == 0
    assert not JobRun.objects.exists()
    (found,) = standings(now=timezone.now(), only="splunk-folder")
    assert (found.state, found.missing) == ("off", ["SPLUNK_DROP_FOLDER"])


def test_the_test_of_the_connection_counts_what_lies_there(folder, as_lead):
    (folder / "waiting.json").write_bytes(EXPORT)
    (folder / "failed").mkdir()
    (folder / "failed" / "x.json").write_bytes(b"")
    (folder / "failed" / "x.json.txt").write_bytes(b"why")
    page = as_lead.post(reverse("admin:connection_test", args=["splunk-folder"]), follow=True).content.decode()
    assert "Waiting: 1, being read: 0, done: 0, failed: 1." in page


def test_a_name_and_a_message_that_no_database_can_hold_are_told_as_far_as_they_can_be(folder):
    odd = os.fsdecode(b"odd-\xff.json")
    (folder / odd).write_bytes(b'{"messages":[{"type":"FATAL","text":"a\\u0000b\\ud800"}]}')
    take()
    (told,) = (folder / "failed").glob("*.txt")
    assert "FATAL: a" in told.read_text()
    assert JobRun.objects.get().error.startswith("1 of 1 went to failed/: odd-?.json")
