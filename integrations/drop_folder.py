"""The folder that Splunk exports are dropped into: each file is taken once, imported, and put away.

A file is moved to `working/` before it is read. Whatever lies there when a run begins was left by one that was killed,
and is imported again, which changes nothing twice. Afterwards it goes to `done/`, or to `failed/` with the reason in a
text file beside it. No file is ever overwritten or deleted.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils import timezone

from integrations.jobs import try_job
from integrations.models import JobStanding
from integrations.splunk.lines import SplunkError
from integrations.splunk.times import time_in_name
from integrations.splunk_imports import ExportFile, ImportRefusedError, import_exports
from qa_observability.spoken import SpokenError, storable

log = structlog.get_logger("qa_observability.drop_folder")
JOB = "Splunk drop folder"
# So long after its last change a file counts as whole.
SETTLED = timedelta(seconds=30)
UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")
MOST_FILES = 200
ENOUGH = timedelta(minutes=4)
ABOUT_FOLDER = "SPLUNK_DROP_FOLDER:"
NO_TIME = (
    "its rows carry no time, and its name tells none: put one into it, such as errors_2026-01-31T14-05Z.json (UTC), "
    "or set SPLUNK_DROP_TIME=mtime"
)


@dataclass(frozen=True, slots=True)
class Folders:
    """The drop folder and the places in it."""

    top: Path

    @property
    def working(self) -> Path:
        return self.top / "working"

    @property
    def done(self) -> Path:
        return self.top / "done"

    @property
    def failed(self) -> Path:
        return self.top / "failed"


def take_due(*, now: datetime) -> int:
    """Import what lies in the folder; return the rows read. Without a file, no run is kept.

    A run counts as failed where a file has gone to `failed/`, and stays the last word until the next file. One that
    failed because of the folder itself does so only until the folder is back.
    """
    if what_is_missing():
        return 0
    folders = Folders(Path(settings.SPLUNK_DROP_FOLDER))
    folder_failed = JobStanding.objects.filter(pk=JOB, error__startswith=ABOUT_FOLDER)
    if _has_nothing(folders, now=now) and not folder_failed.exists():
        return 0
    return try_job(JOB, lambda: take_all(folders, now=now), now=now)


def take_all(folders: Folders, *, now: datetime) -> int:
    """Take every file that is whole; return the rows read.

    Raises
    ------
    SpokenError : where the folder cannot be used, or files have failed; the others are done by then.
    """
    rows, problems, files = 0, [], 0
    try:
        if not folders.top.is_dir():
            raise SpokenError(f"{ABOUT_FOLDER} there is no folder {folders.top.name[:100]}.")
        for place in (folders.working, folders.done, folders.failed):
            place.mkdir(exist_ok=True)
        for path in waiting(folders, now=now)[:MOST_FILES]:
            files += 1
            taken = path if path.parent == folders.working else _move(path, folders.working)
            reason, read = _import(taken)
            rows += read
            if reason:
                problems.append(reason if reason.startswith(path.name) else f"{path.name}: {reason}")
            _put_away(taken, folders, reason)
            if timezone.now() - now > ENOUGH:
                break
    except OSError as error:
        raise SpokenError(
            f"{ABOUT_FOLDER} {error.strerror} ({Path(error.filename or folders.top).name[:100]})."
        ) from None
    if problems:
        raise SpokenError(f"{len(problems)} of {files} went to failed/: {' '.join(problems[:5])}")
    return rows


def waiting(folders: Folders, *, now: datetime) -> list[Path]:
    """Return the files to take: those that have stopped growing, by name, then those that a killed run has left.

    In this order a file that kills whoever reads it keeps none of the others waiting.
    """
    left = sorted(path for path in _regular(folders.working))
    return sorted(path for path in _regular(folders.top) if _is_whole(path, now)) + left


def _has_nothing(folders: Folders, *, now: datetime) -> bool:
    """Whether the folder is there and holds nothing to take; what is wrong with it is for the run to say."""
    try:
        return folders.top.is_dir() and not waiting(folders, now=now)
    except OSError:
        return False


def what_is_missing() -> list[str]:
    """Return the setting without which there is no folder."""
    return [] if settings.SPLUNK_DROP_FOLDER else ["SPLUNK_DROP_FOLDER"]


def test_connection() -> str:
    """Look whether the folder can be used, and count what lies in it."""
    folders = Folders(Path(settings.SPLUNK_DROP_FOLDER))
    if not folders.top.is_dir():
        raise SpokenError(f"There is no folder {folders.top}.")
    if not os.access(folders.top, os.R_OK | os.W_OK | os.X_OK):
        raise SpokenError(f"The worker may not move files in {folders.top}.")
    counts = [sum(1 for _ in _regular(place)) for place in (folders.top, folders.working, folders.done)]
    failed = sum(1 for path in _regular(folders.failed) if path.suffix != ".txt")
    return f"Waiting: {counts[0]}, being read: {counts[1]}, done: {counts[2]}, failed: {failed}."


test_connection.__test__ = False  # type: ignore[attr-defined]  # no test of pytest's


def _regular(place: Path) -> Iterator[Path]:
    """Yield the plain files in a folder: no links, which could lead anywhere, and nothing hidden or half copied."""
    try:
        entries = list(os.scandir(place))
    except FileNotFoundError:
        return
    for entry in entries:
        hidden = entry.name.startswith(".") or entry.name.lower().endswith(UNFINISHED)
        if entry.is_file(follow_symlinks=False) and not hidden:
            yield Path(entry.path)


def _is_whole(path: Path, now: datetime) -> bool:
    """Whether a file has lain still for a while. Its inode's time, unlike its own, changes with every byte."""
    try:
        changed = path.stat(follow_symlinks=False).st_ctime
    except FileNotFoundError:
        return False
    return now.timestamp() - changed >= SETTLED.total_seconds()


def _import(path: Path) -> tuple[str, int]:
    """Import a file; return why it cannot be, empty where it was, and how many rows were read.

    The database's own errors are let through: they say nothing of the file, which stays where it is.
    """
    with path.open("rb") as stream:
        before = os.fstat(stream.fileno())
        if not stat.S_ISREG(before.st_mode) or before.st_size > settings.SPLUNK_UPLOAD_MAX_BYTES:
            return f"it is larger than {settings.SPLUNK_UPLOAD_MAX_BYTES // 1024**2:,} MiB (SPLUNK_UPLOAD_MAX_MB)", 0
        moment = time_in_name(path.name)
        if moment is None and settings.SPLUNK_DROP_TIME == "mtime":
            moment = datetime.fromtimestamp(int(before.st_mtime), tz=UTC)

        def is_whole(warnings: Sequence[str]) -> None:
            if os.fstat(stream.fileno()).st_size != before.st_size:
                raise SplunkError(path.name, None, "it was still being written while it was read; drop it again")

        try:
            export = ExportFile(path.name, stream)
            report = import_exports([export], observed_at=moment, now=timezone.now(), confirm=is_whole)
        except SplunkError as error:
            return str(error), 0
        except ImportRefusedError as error:
            return (NO_TIME if moment is None and error.field == "observed_at" else str(error)), 0
        except DatabaseError:
            raise
        except Exception as error:  # one odd file must not keep all others from being read
            log.exception("drop_folder_file_failed", file=path.name)
            return f"it could not be worked up ({type(error).__name__}); the log says more", 0
    return "", report.rows


def _put_away(path: Path, folders: Folders, reason: str) -> None:
    if not reason:
        _move(path, folders.done)
        return
    target = _free_name(path.name, folders.failed)
    # The reason first: a file in failed/ is never without one.
    target.with_name(f"{target.name}.txt").write_text(f"{storable(reason)}\n", encoding="utf-8")
    path.replace(target)
    log.warning("drop_folder_file_refused", file=path.name, reason=reason)


def _move(path: Path, place: Path) -> Path:
    target = _free_name(path.name, place)
    path.replace(target)
    return target


def _free_name(name: str, place: Path) -> Path:
    """Return a name that is free in a folder. Only one run moves files there at a time: the job sees to that."""
    stem, dot, ending = name.partition(".")
    for number in range(1, 100_000):
        target = place / (name if number == 1 else f"{stem}-{number}{dot}{ending}")
        if not os.path.lexists(target) and not os.path.lexists(f"{target}.txt"):
            return target
    raise FileExistsError(17, "Too many files of one name", str(place / name))
