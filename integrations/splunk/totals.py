"""Rows of an export added up per integration, area and time bucket; pure, streaming, in bounded memory."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from integrations.splunk.classification import Area, Classifier
from integrations.splunk.reader import ExportReader, Report, StatRow

MAX_GROUPS = 40_000
MAX_PATHS = 50_000  # over all groups, before the least important are forgotten
UNATTRIBUTED_SHOWN = 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORST_KEPT = 5  # per group, however often paths are forgotten


class TooManyGroupsError(ValueError):
    """More combinations of integration, area and bucket than an import may create; the message says what to do."""


class GroupKey(NamedTuple):
    """What is summed together; `start` is the start of the bucket (aware, UTC), None for rows without a time."""

    integration: str
    area: Area
    start: datetime | None


@dataclass(slots=True)
class Tally:
    """Sums over rows. 0 <= server_errors <= errors <= requests."""

    requests: int = 0
    errors: int = 0
    server_errors: int = 0
    rows: int = 0

    def add(self, row: StatRow) -> None:
        self.requests += row.requests
        self.errors += row.errors
        self.server_errors += row.server_errors
        self.rows += 1

    def merge(self, other: "Tally") -> None:
        self.requests += other.requests
        self.errors += other.errors
        self.server_errors += other.server_errors
        self.rows += other.rows


@dataclass(slots=True)
class Group:
    """The sum of one group and of each of its paths."""

    total: Tally = field(default_factory=Tally)
    paths: dict[str, Tally] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EndpointSum:
    """A stored path with its sums, over all query strings."""

    path: str
    requests: int
    errors: int
    server_errors: int


@dataclass(slots=True)
class Totals:
    """What one or several files of an export add up to.

    groups: sums of the rows that belong to an integration, without static and noise. channels: every integration
    met, static and noise included. unattributed: paths of the system itself. report: rows read and left out,
    "static", "noise" and "unattributed" among the reasons.

    Sums of groups are exact. Sums of single paths are exact too while at most 50,000 different paths are met;
    beyond that the least important ones are forgotten from time to time, so that the lists of worst paths are
    close, not exact.
    """

    bucket: timedelta
    groups: dict[GroupKey, Group] = field(default_factory=dict)
    channels: set[str] = field(default_factory=set)
    unattributed: dict[str, Tally] = field(default_factory=dict)
    report: Report = field(default_factory=Report)
    _paths: int = 0
    _paths_allowed: int = field(default_factory=lambda: MAX_PATHS)

    @property
    def unknown(self) -> list[str]:
        """Integrations met only in static or noise rows: nothing is known about their health."""
        return sorted(self.channels - {key.integration for key in self.groups})

    @property
    def top_unattributed(self) -> list[EndpointSum]:
        """The 20 weightiest paths without an integration: candidates for a new rule."""
        paths = self.unattributed
        return [endpoint_sum(path, paths[path]) for path in sorted(paths, key=_by_weight(paths))[:UNATTRIBUTED_SHOWN]]

    def merge(self, other: "Totals") -> None:
        """Add the sums of another file. Raises ValueError when its buckets have another length, TooManyGroupsError."""
        if self.bucket != other.bucket:
            raise ValueError("Totals of different buckets cannot be added.")
        for key, group in other.groups.items():
            mine = self._group(key)
            mine.total.merge(group.total)
            self._merge_paths(mine.paths, group.paths)
        self._merge_paths(self.unattributed, other.unattributed)
        self.channels |= other.channels
        self.report.merge(other.report)
        self._forget_paths()

    def add(self, row: StatRow, classifier: Classifier) -> None:
        found = classifier.classify(row.endpoint)
        if found.integration is not None:
            self.channels.add(found.integration)
        if found.area.excluded:
            self.report.ignored[found.area.value] += 1
        elif found.integration is None:
            self.report.ignored["unattributed"] += 1
            self._add_path(self.unattributed, found.path, row)
        else:
            start = None if row.time is None else row.time - (row.time - _EPOCH) % self.bucket
            group = self._group(GroupKey(found.integration, found.area, start))
            group.total.add(row)
            self._add_path(group.paths, found.path, row)

    def _group(self, key: GroupKey) -> Group:
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MAX_GROUPS:
                raise TooManyGroupsError(
                    f"More than {MAX_GROUPS:,} combinations of integration, area and time:"
                    " import a shorter period, or choose longer buckets."
                )
            group = self.groups[key] = Group()
        return group

    def _add_path(self, paths: dict[str, Tally], path: str, row: StatRow) -> None:
        tally = paths.get(path)
        if tally is None:
            tally = paths[path] = Tally()
            self._paths += 1
            if self._paths > self._paths_allowed:
                tally.add(row)
                self._forget_paths()
                return
        tally.add(row)

    def _merge_paths(self, mine: dict[str, Tally], other: dict[str, Tally]) -> None:
        for path, tally in other.items():
            if path not in mine:
                mine[path] = Tally()
                self._paths += 1
            mine[path].merge(tally)

    def _forget_paths(self) -> None:
        """Keep the most important paths of each group, about half of all, once there are too many."""
        if self._paths <= self._paths_allowed:
            return
        share = max(_WORST_KEPT, MAX_PATHS // 2 // (len(self.groups) + 1))
        for group in self.groups.values():
            if len(group.paths) > share:
                kept = sorted(group.paths, key=by_errors(group.paths))[:share]
                group.paths = {path: group.paths[path] for path in kept}
        share = max(UNATTRIBUTED_SHOWN, share)
        kept = sorted(self.unattributed, key=_by_weight(self.unattributed))[:share]
        self.unattributed = {path: self.unattributed[path] for path in kept}
        self._paths = len(self.unattributed) + sum(len(group.paths) for group in self.groups.values())
        # With many groups even five paths each may exceed the limit; doubling keeps the work linear.
        self._paths_allowed = max(MAX_PATHS, 2 * self._paths)


def aggregate(rows: Iterable[StatRow], classifier: Classifier, *, bucket: timedelta) -> Totals:
    """Add `rows` up; rows with a time into buckets of length `bucket` counted from 1970 in UTC, the others without one.

    The report of an `ExportReader` becomes part of the result. Raises ValueError unless `bucket` is positive,
    TooManyGroupsError beyond 40,000 groups, RuleError for a rule that takes too long, and whatever `rows` raises while
    being read.
    """
    if bucket <= timedelta(0):
        raise ValueError("The bucket must be longer than nothing.")
    totals = Totals(bucket)
    for row in rows:
        totals.add(row, classifier)
    if isinstance(rows, ExportReader):
        totals.report.merge(rows.report)
    return totals


def endpoint_sum(path: str, tally: Tally) -> EndpointSum:
    return EndpointSum(path, tally.requests, tally.errors, tally.server_errors)


def by_errors(paths: dict[str, Tally]) -> Callable[[str], tuple[int, int, str]]:
    """Return a sort key that puts the path with the most errors first."""
    return lambda path: (-paths[path].errors, -paths[path].requests, path)


def _by_weight(paths: dict[str, Tally]) -> Callable[[str], tuple[int, str]]:
    """Sort by the importance that the export itself uses: 0.4 requests + 0.6 errors."""
    return lambda path: (-2 * paths[path].requests - 3 * paths[path].errors, path)
