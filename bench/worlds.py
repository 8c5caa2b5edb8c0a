"""The regimes: recipes of labelled worlds, one per way in which a naive formula goes wrong."""

import numpy as np

from bench.simulation import Recipe, World, simulate

REGIMES: dict[str, Recipe] = {
    "clean": Recipe(flaky_share=0.0, spell_share=0.0, noise_per_day=0.0),
    "weak_coupling": Recipe(coupling=(0.4, 0.6)),
    "lag_spread": Recipe(lag_spread=-1.0, orders=(0.7, 0.3, 0.0)),
    "flaky": Recipe(flaky_share=0.6, flaky=(0.05, 0.3)),
    "broken_spells": Recipe(spell_share=0.6, spells=(2, 5), spell_hours=(24, 120)),
    "chronic_events": Recipe(hum_per_day=10_000),
    "bursty_outages": Recipe(events=(5, 120), outage_events=500, incident_minutes=(10, 180)),
    "business_hours": Recipe(business=0.9),
    "nightly": Recipe(nightly=True, days=90, incidents=(30, 40)),
    "bad_days": Recipe(bad_days=True),
    "deploy_confounded": Recipe(deployments_per_day=1.0),
    "shared_root_cause": Recipe(shared_root=0.35),
    "reverse": Recipe(orders=(0.0, 1.0, 0.0)),
    "simultaneous": Recipe(orders=(0.0, 0.0, 1.0)),
    "mixed": Recipe(orders=(0.34, 0.33, 0.33)),
    "sparse_manual": Recipe(incidents=(5, 10), events=(1, 3), noise_per_day=0.0, incident_minutes=(5, 30), days=90),
    "mixed_cadence": Recipe(cadences=(15, 30, 60, 120, 240, 1440), days=90, n_tests=120),
    "partial_coverage": Recipe(partial=0.6, days=90),
    "null_many": Recipe(n_tests=400, coupled_share=0.0, flaky_share=0.3, flaky=(0.05, 0.3), spell_share=0.3),
    "kitchen_sink": Recipe(
        coupling=(0.6, 1.0), flaky_share=0.3, flaky=(0.05, 0.25), spell_share=0.3, hum_per_day=4_000, business=0.5,
        outage_events=300, deployments_per_day=0.5, shared_root=0.15, partial=0.3, cadences=(15, 30, 60), days=90,
        orders=(0.4, 0.3, 0.3), n_tests=120,
    ),
    "random": Recipe(),
}  # fmt: skip


def random_recipe(rng: np.random.Generator) -> Recipe:
    """A recipe with every parameter drawn at random."""
    low = rng.uniform(0.4, 0.9)
    orders = rng.dirichlet([1.0, 1.0, 1.0])
    cadence_sets = ((15, 30), (30, 60), (20, 30, 60, 120), (60,))
    return Recipe(
        n_tests=int(rng.integers(100, 200)),
        days=int(rng.integers(40, 91)),
        incidents=(15, 45),
        events=(5, int(rng.integers(10, 100))),
        incident_minutes=(10, float(rng.uniform(30, 180))),
        hum_per_day=float(rng.choice([0, 0, 500, 5_000])),
        noise_per_day=float(rng.uniform(0, 3)),
        outage_events=int(rng.choice([0, 500])),
        coupled_share=float(rng.uniform(0.05, 0.3)),
        coupling=(low, min(1.0, low + 0.3)),
        lag_minutes=(10, float(rng.uniform(25, 50))),
        lag_spread=float(rng.choice([0.1, 0.25, 0.5, -1.0])),
        orders=(float(orders[0]), float(orders[1]), float(orders[2])),
        cadences=cadence_sets[rng.integers(len(cadence_sets))],
        flaky_share=float(rng.uniform(0, 0.5)),
        flaky=(0.03, float(rng.uniform(0.05, 0.3))),
        spell_share=float(rng.uniform(0, 0.5)),
        business=float(rng.choice([0, 0.5, 0.9])),
        bad_days=bool(rng.random() < 0.25),
        deployments_per_day=float(rng.choice([0, 0, 0.5, 1])),
        shared_root=float(rng.choice([0, 0, 0.2])),
        partial=float(rng.uniform(0, 0.5)),
    )


def build_world(regime: str, seed: int) -> World:
    """The world of a regime and seed; the same ones give the same world."""
    rng = np.random.default_rng([seed, sorted(REGIMES).index(regime)])
    recipe = random_recipe(rng) if regime == "random" else REGIMES[regime]
    return simulate(recipe, rng)
