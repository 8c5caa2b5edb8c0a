"""What is said to Jira and understood of its answers: keys, JQL, documents. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

KEY_MAX = 60
SUMMARY_MAX = 255
CATEGORIES = ("new", "indeterminate", "done")
_KEY = re.compile(r"[A-Z][A-Z0-9_]+-[1-9][0-9]{0,9}")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{0,19}")
FIELDS = ["summary", "status"]


@dataclass(frozen=True, slots=True)
class Issue:
    """A ticket as Jira tells of it; without anybody's name."""

    key: str
    title: str
    status: str
    category: str


def parse_key(text: str) -> str | None:
    """Return the key in what somebody typed or pasted: the key, in any case, or the address of the ticket.

    >>> parse_key(" pms-12 "), parse_key("https://example.atlassian.net/browse/PMS-12?focusedId=1"), parse_key("12")
    ('PMS-12', 'PMS-12', None)
    """
    stripped = text.strip()
    after = re.search(r"/browse/([^/?#]+)|[?&]selectedIssue=([^&#]+)", stripped)
    candidate = ((after[1] or after[2]) if after else stripped).upper()
    return candidate if _KEY.fullmatch(candidate) and len(candidate) <= KEY_MAX else None


def keys_among(values: Any) -> list[str]:
    """Return the keys of `ticketKeys` of an event's metadata, each once; what is no key is left out.

    >>> keys_among(["QA-120", "qa-121", "QA-120", 5, "nothing"])
    ['QA-120', 'QA-121']
    """
    texts = values if isinstance(values, list) else [values]
    found = (parse_key(text) for text in texts[:50] if isinstance(text, str))
    return list(dict.fromkeys(key for key in found if key))


def is_project(text: str) -> bool:
    return _PROJECT.fullmatch(text) is not None


def quoted(text: str) -> str:
    r"""Return text as a JQL string.

    >>> quoted('say "hi" \\ bye')
    '"say \\"hi\\" \\\\ bye"'
    """
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    escaped = plain.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def label_of(slug: str) -> str:
    return f"integration-{slug}"


def related_jql(*, project: str, slug: str, text: str) -> str:
    """Return the search for tickets that may be about the same.

    Without words: those of the integration's project with its label, touched within 30 days. With words: those of the
    project, or with the label where it has no project, that hold them.
    """
    parts = [f"project = {quoted(project)}"] if project else []
    words = text.strip()
    if words:
        parts.append(f"text ~ {quoted(_plain_words(words))}")
    if not words or not project:
        parts.append(f"labels = {quoted(label_of(slug))}")
    return f"{' AND '.join([*parts, 'updated >= -30d'])} ORDER BY updated DESC"


def _plain_words(text: str) -> str:
    """Return the words alone: Jira's text search has operators of its own, which would be errors or surprises here."""
    return " ".join(re.findall(r"[^\s+\-&|!(){}\[\]^~*?\\:\"/]+", text))[:200] or "-"


def keys_jql(keys: Iterable[str]) -> str:
    return f"key in ({', '.join(keys)})"


def issue_of(document: Any) -> Issue:
    """Return an issue of Jira's answer.

    Raises
    ------
    ValueError : where it is not one.
    """
    fields = document.get("fields") if isinstance(document, Mapping) else None
    key = document.get("key") if isinstance(document, Mapping) else None
    if not isinstance(fields, Mapping) or not isinstance(key, str) or not _KEY.fullmatch(key):
        raise ValueError("not an issue")
    status = fields.get("status")
    status = status if isinstance(status, Mapping) else {}
    category = status.get("statusCategory")
    category_key = category.get("key") if isinstance(category, Mapping) else ""
    return Issue(
        key=key,
        title=_line(fields.get("summary"), SUMMARY_MAX),
        status=_line(status.get("name"), 100),
        category=category_key if category_key in CATEGORIES else "",
    )


def _line(value: Any, most: int) -> str:
    text = value if isinstance(value, str) else ""
    return " ".join(text.replace("\x00", "").encode("utf-8", "replace").decode().split())[:most]


def new_issue(
    *, project: str, issue_type: str, summary: str, description: str, labels: Sequence[str], rich: bool
) -> dict[str, Any]:
    """Return the body that creates an issue; `rich`: the description as a document (Cloud), else as text."""
    return {
        "fields": {
            "project": {"key": project},
            "issuetype": {"name": issue_type},
            "summary": _line(summary, SUMMARY_MAX),
            "labels": list(labels),
            "description": as_document(description) if rich else description,
        }
    }


def as_document(text: str) -> dict[str, Any]:
    """Return text in Atlassian Document Format: a paragraph for each block of lines, addresses as links."""
    blocks = [block for block in re.split(r"\n\s*\n", text.strip()) if block.strip()] or [" "]
    return {"type": "doc", "version": 1, "content": [_paragraph(block) for block in blocks]}


def _paragraph(block: str) -> dict[str, Any]:
    content: list[dict[str, Any]] = []
    for number, line in enumerate(block.split("\n")):
        if number:
            content.append({"type": "hardBreak"})
        for part in re.split(r"(https?://[^\s]+)", line):
            if part.startswith(("http://", "https://")):
                content.append({"type": "text", "text": part, "marks": [{"type": "link", "attrs": {"href": part}}]})
            elif part:
                content.append({"type": "text", "text": part})
    return {"type": "paragraph", "content": content}


def said_by(body: Any) -> str:
    """Return what Jira says is wrong, in one line: of its errorMessages and errors, the first few."""
    if not isinstance(body, Mapping):
        return ""
    messages = body.get("errorMessages")
    errors = body.get("errors")
    texts = [text for text in messages if isinstance(text, str)] if isinstance(messages, list) else []
    if isinstance(errors, Mapping):
        texts += [f"{name}: {text}" for name, text in errors.items() if isinstance(text, str)]
    return _line("; ".join(texts[:3]), 200)
