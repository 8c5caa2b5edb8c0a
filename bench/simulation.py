"""Labelled worlds: simulated executions and events of which it is known which tests are coupled with what."""

from dataclasses import dataclass

import numpy as np

from correlation.choices import Pattern
from correlation.inputs import DAY, HOUR, Bools, Events, Executions, Floats, Ints, is_weekend

EPOCH = 1_704_067_200.0  # Monday 2024-01-01 00:00 UTC
N_INTEGRATIONS = 4
MINUTE = 60.0
APART = 3 * HOUR  # between the onsets of one integration's incidents
ORDERS = (Pattern.TEST_FIRST, Pattern.INTEGRATION_FIRST, Pattern.CONCURRENT)
SEEN_RED = 0.97  # a run while the coupling holds is red


@dataclass(frozen=True)
class Recipe:
    """How a world comes about; ranges are (low, high), drawn uniformly, times in the unit named."""

    n_tests: int = 150
    days: int = 60
    incidents: tuple[int, int] = (20, 40)
    events: tuple[int, int] = (8, 60)
    incident_minutes: tuple[float, float] = (20, 120)
    severity_mix: tuple[float, float, float, float] = (0.1, 0.3, 0.4, 0.2)
    hum_per_day: float = 0.0  # low events of all integrations together
    noise_per_day: float = 1.0  # scattered low and medium events of each integration
    outage_events: int = 0  # events of one more, enormous incident
    coupled_share: float = 0.2
    second_coupling: float = 0.1
    coupling: tuple[float, float] = (0.75, 1.0)
    lag_minutes: tuple[float, float] = (10, 45)
    lag_spread: float = 0.25  # log-normal spread of a pair's lags; negative: uniform over 2 to 58 min
    orders: tuple[float, float, float] = (0.6, 0.2, 0.2)
    cadences: tuple[float, ...] = (20, 30, 60)  # minutes
    jitter: float = 0.1  # of the cadence
    usual_red: tuple[float, float] = (0.0, 0.02)
    flaky_share: float = 0.1
    flaky: tuple[float, float] = (0.05, 0.15)
    spell_share: float = 0.1
    spells: tuple[int, int] = (1, 3)
    spell_hours: tuple[float, float] = (6, 48)
    business: float = 0.0  # share of incidents and runs bound to business hours
    nightly: bool = False
    bad_days: bool = False
    deployments_per_day: float = 0.0
    deployment_incident: float = 0.3
    deployment_red: float = 0.25
    shared_root: float = 0.0  # chance that an incident spreads to each other integration
    partial: float = 0.0  # share of tests that start or stop halfway


@dataclass(frozen=True)
class World:
    """What the engine is given, and the truth about it."""

    executions: Executions
    events: Events
    n_tests: int
    now: float
    coupled: Ints  # (pairs, 2): test, integration
    pattern: list[Pattern]
    lead: Floats  # median seconds from the first red run of the coupling to the onset, over the incidents it saw
    lag: Floats  # median seconds from the true turn to red to the onset
    support: Ints  # incidents at which a run within an hour was red because of the coupling
    onsets: list[Floats]


@dataclass(frozen=True)
class Coupling:
    """What ties a test to an integration: order, chance to see an incident, typical lag in seconds."""

    test: int
    integration: int
    pattern: Pattern
    strength: float
    lag: float


@dataclass(frozen=True)
class Truth:
    """Median lead seen in the runs, median lag behind it, and at how many incidents a run showed it."""

    lead: float
    lag: float
    support: int


def simulate(recipe: Recipe, rng: np.random.Generator) -> World:
    """Build a world after a recipe."""
    deployments = _deployments(recipe, rng)
    onsets, ends = _incidents(recipe, rng, deployments)
    events = _events(recipe, rng, onsets, ends)
    couplings = _couplings(recipe, rng)
    times, reds = [], []
    truths = []
    for test in range(recipe.n_tests):
        time = _runs(recipe, rng)
        red = _own_failures(recipe, rng, time)
        if len(deployments) and rng.random() < 0.5:
            turned = deployments[rng.random(len(deployments)) < recipe.deployment_red]
            red |= within(time, turned, turned + rng.uniform(1, 3, len(turned)) * HOUR)
        for coupling in couplings:
            if coupling.test == test:
                i = coupling.integration
                truths.append(_couple(recipe, rng, coupling, onsets[i], ends[i], time, red))
        times.append(time)
        reds.append(red)
    tests = np.repeat(np.arange(recipe.n_tests), [len(time) for time in times])
    return World(
        Executions(tests, np.rint(np.concatenate(times)), np.concatenate(reds)),
        events,
        recipe.n_tests,
        EPOCH + recipe.days * DAY,
        np.array([(c.test, c.integration) for c in couplings], dtype=np.int64).reshape(-1, 2),
        [coupling.pattern for coupling in couplings],
        np.array([truth.lead for truth in truths]),
        np.array([truth.lag for truth in truths]),
        np.array([truth.support for truth in truths], dtype=np.int64),
        onsets,
    )


def within(time: Floats, start: Floats, end: Floats) -> Bools:
    """Whether each moment is in one of the intervals [start, end), which may overlap."""
    begun = np.searchsorted(np.sort(start), time, side="right")
    return np.asarray(begun > np.searchsorted(np.sort(end), time, side="right"), dtype=np.bool_)


def _couple(
    recipe: Recipe,
    rng: np.random.Generator,
    coupling: Coupling,
    onset: Floats,
    end: Floats,
    time: Floats,
    red: Bools,
) -> Truth:
    """Turn the test red around the incidents it sees; what can be known of it."""
    seen = rng.random(len(onset)) < coupling.strength
    onset, end = onset[seen], end[seen]
    if recipe.lag_spread < 0:
        size = rng.uniform(2, 58, len(onset)) * MINUTE
    else:
        size = np.minimum(coupling.lag * rng.lognormal(0, recipe.lag_spread, len(onset)), 0.97 * HOUR)
    sign = {Pattern.TEST_FIRST: -1.0, Pattern.INTEGRATION_FIRST: 1.0, Pattern.CONCURRENT: 0.0}[coupling.pattern]
    lag = sign * size + (rng.normal(0, MINUTE, len(onset)) if sign == 0 else 0)
    start = onset + lag
    stop = np.maximum(end, start) + rng.uniform(10, 60, len(onset)) * MINUTE
    hot = within(time, start, stop) & (rng.random(len(time)) < SEEN_RED)
    red |= hot
    shown = time[hot]
    following = np.append(shown, np.inf)[np.searchsorted(shown, start)]
    near = (following < stop) & (np.abs(following - onset) <= HOUR)
    lead = float(np.median((onset - following)[near])) if near.any() else np.nan
    return Truth(lead, float(np.median(-lag)) if len(lag) else np.nan, int(near.sum()))


def _clock(recipe: Recipe, rng: np.random.Generator, number: int) -> Floats:
    """Seconds since midnight."""
    if recipe.nightly:
        return np.asarray(rng.uniform(1, 4, number) * HOUR)
    busy = rng.random(number) < recipe.business
    return np.where(busy, rng.uniform(8, 18, number), rng.uniform(0, 24, number)) * HOUR


def _days(recipe: Recipe, rng: np.random.Generator, number: int) -> Floats:
    day = np.arange(recipe.days, dtype=np.float64)
    chance = np.ones(recipe.days)
    if recipe.business:
        chance[is_weekend(EPOCH + day * DAY)] = 1 - recipe.business
    if recipe.bad_days:
        chance *= np.where(rng.random(recipe.days) < 0.15, 20, 1)
    return rng.choice(day, number, p=chance / chance.sum())


def _spaced(moments: Floats) -> Floats:
    """Leave out what is too near to the one before."""
    kept: list[float] = []
    for moment in np.sort(moments):
        if not kept or moment - kept[-1] >= APART:
            kept.append(float(moment))
    return np.array(kept)


def _deployments(recipe: Recipe, rng: np.random.Generator) -> Floats:
    number = rng.poisson(recipe.deployments_per_day * recipe.days)
    return _spaced(EPOCH + _days(recipe, rng, number) * DAY + rng.uniform(8, 17, number) * HOUR)


def _incidents(recipe: Recipe, rng: np.random.Generator, deployments: Floats) -> tuple[list[Floats], list[Floats]]:
    """Onsets and ends of each integration's incidents."""
    drawn = []
    for _ in range(N_INTEGRATIONS):
        number = int(rng.integers(recipe.incidents[0], recipe.incidents[1] + 1))
        moments = EPOCH + _days(recipe, rng, number) * DAY + _clock(recipe, rng, number)
        caused = deployments[rng.random(len(deployments)) < recipe.deployment_incident / N_INTEGRATIONS]
        caused = caused + rng.uniform(0, 40, len(caused)) * MINUTE
        drawn.append(np.append(moments, caused))
    spread = [own[rng.random(len(own)) < recipe.shared_root] for own in drawn for _ in range(N_INTEGRATIONS)]
    onsets = []
    for i, own in enumerate(drawn):
        echoes = [spread[j * N_INTEGRATIONS + i] for j in range(N_INTEGRATIONS) if j != i]
        echo = np.concatenate(echoes)
        onsets.append(_spaced(np.append(own, echo + rng.uniform(0, 15, len(echo)) * MINUTE)))
    onsets = [np.round(own) for own in onsets]
    lasting = [rng.uniform(*recipe.incident_minutes, len(own)) * MINUTE for own in onsets]
    return onsets, [own + length for own, length in zip(onsets, lasting, strict=True)]


def _events(recipe: Recipe, rng: np.random.Generator, onsets: list[Floats], ends: list[Floats]) -> Events:
    parts = []
    span = recipe.days * DAY
    for integration, (onset, end) in enumerate(zip(onsets, ends, strict=True)):
        number = rng.integers(recipe.events[0], recipe.events[1] + 1, len(onset))
        if recipe.outage_events:
            number[rng.integers(len(onset))] = recipe.outage_events
        incident = np.repeat(np.arange(len(onset)), number - 1)
        later = onset[incident] + (end - onset)[incident] * rng.beta(1, 2, len(incident))
        time = np.append(onset, later)
        severity = rng.choice(4, len(time), p=recipe.severity_mix)
        hum = rng.uniform(EPOCH, EPOCH + span, rng.poisson(recipe.hum_per_day / N_INTEGRATIONS * recipe.days))
        noise = rng.uniform(EPOCH, EPOCH + span, rng.poisson(recipe.noise_per_day * recipe.days))
        time = np.concatenate([time, hum, noise])
        severity = np.concatenate([severity, np.zeros(len(hum), int), rng.integers(0, 2, len(noise))])
        parts.append((np.full(len(time), integration), time, severity))
    integrations, times, severities = (np.concatenate(column) for column in zip(*parts, strict=True))
    shuffled = rng.permutation(len(times))
    return Events(integrations[shuffled], np.round(times[shuffled]), severities[shuffled])


def _couplings(recipe: Recipe, rng: np.random.Generator) -> list[Coupling]:
    found = []
    for test in range(recipe.n_tests):
        if rng.random() >= recipe.coupled_share:
            continue
        number = 2 if rng.random() < recipe.second_coupling else 1
        for integration in rng.choice(N_INTEGRATIONS, number, replace=False):
            pattern = ORDERS[rng.choice(3, p=recipe.orders)]
            lag = rng.uniform(*recipe.lag_minutes) * MINUTE
            found.append(Coupling(test, int(integration), pattern, rng.uniform(*recipe.coupling), lag))
    return found


def _runs(recipe: Recipe, rng: np.random.Generator) -> Floats:
    """When one test ran."""
    if recipe.nightly:
        time = EPOCH + np.arange(recipe.days) * DAY + rng.uniform(1.5, 4) * HOUR
        return np.asarray(time + rng.normal(0, 5 * MINUTE, recipe.days))
    cadence = rng.choice(recipe.cadences) * MINUTE
    time = EPOCH + rng.uniform(0, cadence) + np.arange(0, recipe.days * DAY - cadence, cadence)
    time = time + rng.uniform(-recipe.jitter, recipe.jitter, len(time)) * cadence
    if recipe.business:
        hour = time / HOUR % 24
        closed = (hour < 7) | (hour >= 19) | is_weekend(time)
        time = time[~closed | (rng.random(len(time)) >= recipe.business)]
    if rng.random() < recipe.partial:
        middle = EPOCH + rng.uniform(0.3, 0.6) * recipe.days * DAY
        time = time[time >= middle] if rng.random() < 0.5 else time[time < middle]
    return np.asarray(np.sort(time))


def _own_failures(recipe: Recipe, rng: np.random.Generator, time: Floats) -> Bools:
    """Red for the test's own reasons."""
    share = rng.uniform(*(recipe.flaky if rng.random() < recipe.flaky_share else recipe.usual_red))
    red = rng.random(len(time)) < share
    if rng.random() < recipe.spell_share:
        number = int(rng.integers(recipe.spells[0], recipe.spells[1] + 1))
        start = rng.uniform(EPOCH, EPOCH + recipe.days * DAY, number)
        red |= within(time, start, start + rng.uniform(*recipe.spell_hours, number) * HOUR)
    return np.asarray(red)
