"""Reading what /metrics serves."""

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "what-prometheus-knows-0123456789"
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def samples(text: str) -> Samples:
    """Return every sample by its name and labels; one that is there twice is an error."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in found, key
            found[key] = sample.value
    return found


def labels_by_name(text: str) -> dict[str, set[str]]:
    """Return the names of the labels that each metric has."""
    names: dict[str, set[str]] = {}
    for name, labels in samples(text):
        names.setdefault(name, set()).update(label for label, _ in labels)
    return names


class Seen:
    """The samples of one answer; `seen("name", label="value")` is None where there is no such sample."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.samples = samples(text)
        self.names = {name for name, _ in self.samples}

    def __call__(self, name: str, /, **labels: str) -> float | None:
        return self.samples.get((f"qaobs_{name}", frozenset(labels.items())))
