"""Tickets made from here: prefilled, made once whatever happens, and related ones found."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from correlation.choices import TicketSource
from correlation.jira import JiraError
from correlation.jira_texts import as_document, issue_of, parse_key, quoted, related_jql, said_by
from correlation.models import IncidentWarning, TicketLink, TicketRequest
from correlation.ticket_creation import Draft, create_ticket, draft_for, related_tickets
from correlation.tickets import LINKS_MAX, TicketError, link_ticket
from integrations.models import Integration
from tests.conftest import NOW
from tests.correlation.factories import a_test_case
from tests.correlation.tickets_world import an_event, an_incident

DRAFT = Draft(project="PMS", issue_type="Bug", summary="Rates fail", description="One\ntwo\n\nhttps://x.example/y")


def create(subject, *, draft=DRAFT, user=None, now=NOW):
    return create_ticket(subject, draft, user=user, now=now)


def creations(jira):
    return [body for method, path, body in jira.asked if (method, path) == ("POST", "/rest/api/3/issue")]


def test_a_ticket_is_created_linked_read_and_points_back(jira, lead):
    subject = an_incident()
    created = create(subject, user=lead)
    assert (created.is_new, created.problem) == (True, "")
    assert (created.ticket.title, created.ticket.status) == ("Rates fail", "To Do")
    (body,) = creations(jira)
    assert body["fields"]["labels"] == [f"obs-{subject.row.pk}", "integration-airbnb", "qa-observability"]
    assert body["fields"]["description"]["type"] == "doc"
    back = jira.remote_links[f"obs=incident:{subject.row.pk}"]
    assert back["url"] == f"http://localhost:8000/dashboard/incidents/{subject.row.pk}/"
    link = TicketLink.objects.get()
    assert (link.source, link.created_by, link.incident_id) == ("created", lead, subject.row.pk)
    assert not TicketRequest.objects.exists()


def test_nothing_is_created_that_could_not_be_linked(jira):
    subject = an_incident()
    for number in range(LINKS_MAX):
        link_ticket(subject, f"PMS-{number + 1}", source=TicketSource.MANUAL, user=None)
    with pytest.raises(TicketError, match="At most 50"):
        create(subject)
    assert creations(jira) == []


def test_the_second_time_the_same_ticket_is_found(jira):
    subject = an_event()
    first = create(subject)
    again = create(subject)
    assert (again.is_new, again.ticket) == (False, first.ticket)
    assert len(creations(jira)) == 1


def test_a_ticket_whose_answer_was_lost_is_found_at_once(jira):
    jira.swallow_creation = True
    created = create(an_incident())
    assert created.ticket.key in jira.issues
    assert len(jira.issues) == 1


def test_a_ticket_that_the_search_finds_only_later_is_not_made_twice(jira):
    subject = an_incident()
    jira.swallow_creation, jira.late = True, 2
    with pytest.raises(JiraError, match="broke off"):
        create(subject)
    with pytest.raises(TicketError, match="14:07:00 UTC"):
        create(subject, now=NOW + timedelta(seconds=119))
    created = create(subject, now=NOW + timedelta(minutes=2))
    assert (created.is_new, len(jira.issues)) == (False, 1)


def test_a_ticket_is_not_made_twice_where_looking_for_the_first_one_is_refused(jira, monkeypatch):
    subject, jira.swallow_creation, jira.late = an_incident(), True, 1
    serve = jira._serve

    def refuse_after_creation(exchange, path, body, version):
        if path == "/search/jql" and jira.issues:
            jira._say(exchange, 429, {})
        else:
            serve(exchange, path, body, version)

    monkeypatch.setattr(jira, "_serve", refuse_after_creation)
    with pytest.raises(JiraError, match="broke off"):
        create(subject)
    with pytest.raises(TicketError, match="14:07:00 UTC"):
        create(subject, now=NOW + timedelta(seconds=119))
    assert len(jira.issues) == 1


def test_what_jira_refuses_may_be_mended_at_once(jira):
    subject = an_incident()
    with pytest.raises(JiraError, match="project: valid project is required"):
        create(subject, draft=Draft(project="XYZ", issue_type="Bug", summary="s", description=""))
    assert create(subject).is_new


def test_of_two_people_who_ask_at_once_one_is_told_to_wait(at_once, jira):
    subject = an_incident()
    outcomes = []

    def ask():
        try:
            outcomes.append(create(subject).ticket.key)
        except TicketError:
            outcomes.append("wait")

    at_once(ask, ask)
    assert len(jira.issues) == 1
    assert set(outcomes) <= {"PMS-100", "wait"}


def test_a_ticket_that_cannot_point_back_is_linked_all_the_same(jira):
    subject = an_incident()
    serve = jira._serve

    def without_links(exchange, path, body, version):
        if path.endswith("/remotelink"):
            exchange.answer(403, b"{}")
        else:
            serve(exchange, path, body, version)

    jira._serve = without_links
    created = create(subject)
    assert "lacks a permission" in created.problem
    assert TicketLink.objects.count() == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"project": ""}, {"project": "pms"}, {"project": 'PMS"'}, {"summary": " "}, {"summary": "x" * 256},
        {"issue_type": ""}, {"issue_type": "x" * 61}, {"description": "x" * 10_001},
    ],
)  # fmt: skip
def test_a_draft_that_cannot_be_a_ticket_is_refused_before_anybody_is_asked(jira, fields):
    values = {"project": "PMS", "issue_type": "Bug", "summary": "s", "description": ""}
    with pytest.raises(TicketError):
        create(an_incident(), draft=Draft(**{**values, **fields}))
    assert jira.asked == []


def test_a_draft_says_what_is_known(jira):
    subject = an_incident()
    IncidentWarning.objects.create(incident=subject.row, test_case=a_test_case(), first_red_at=NOW)
    draft = draft_for(subject)
    assert (draft.project, draft.issue_type) == ("PMS", "Bug")
    assert draft.summary == "Airbnb: incident of 2026-03-18 13:05 UTC"
    assert "3 failure events of Airbnb from 2026-03-18 13:05 to 2026-03-18 14:05 UTC." in draft.description
    assert "Booking Flow Test was red at 2026-03-18 14:05 UTC." in draft.description
    event = draft_for(an_event())
    assert event.summary == "Airbnb: lost bookings at 2026-03-18 13:05 UTC"
    assert "\n\nLost\n\n" in event.description


def test_related_tickets_are_those_of_the_integration_but_for_the_linked(jira):
    jira.add("PMS-1", "Rates are late", labels=("integration-airbnb",))
    jira.add("PMS-2", "Fees are wrong", labels=("integration-airbnb",))
    jira.add("PMS-3", "Rates elsewhere", labels=("integration-vrbo",))
    jira.add("OPS-4", "Other", labels=("integration-airbnb",))
    subject = an_incident()
    assert [issue.key for issue in related_tickets(subject)] == ["PMS-1", "PMS-2"]
    assert [issue.key for issue in related_tickets(subject, "rates")] == ["PMS-1", "PMS-3"]
    create(subject, draft=DRAFT)
    assert [issue.key for issue in related_tickets(subject)] == ["PMS-1", "PMS-2"]
    Integration.objects.filter(pk="airbnb").update(jira_project_key='no"project')
    subject.row.integration.refresh_from_db()
    assert [issue.key for issue in related_tickets(subject)] == ["PMS-1", "PMS-2", "OPS-4"]


def test_jql_is_quoted():
    assert quoted('a"b\\c\nd') == '"a\\"b\\\\c d"'
    jql = related_jql(project="PMS", slug="airbnb", text='x" OR project = "SECRET')
    assert jql == 'project = "PMS" AND text ~ "x OR project = SECRET" AND updated >= -30d ORDER BY updated DESC'
    assert 'text ~ "-"' in related_jql(project="PMS", slug="airbnb", text='"?*')


@given(st.text())
def test_nothing_gets_out_of_a_quoted_text(text):
    inner = quoted(text)[1:-1]
    assert '"' not in inner.replace("\\\\", "").replace('\\"', "")


def test_a_description_becomes_paragraphs_with_links():
    assert as_document("One\ntwo\n\nSee https://x.example/y now")["content"] == [
        {
            "type": "paragraph",
            "content": [{"type": "text", "text": "One"}, {"type": "hardBreak"}, {"type": "text", "text": "two"}],
        },
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "See "},
                {
                    "type": "text",
                    "text": "https://x.example/y",
                    "marks": [{"type": "link", "attrs": {"href": "https://x.example/y"}}],
                },
                {"type": "text", "text": " now"},
            ],
        },
    ]


@given(st.text())
def test_no_text_node_is_ever_empty(text):
    nodes = [node for block in as_document(text)["content"] for node in block["content"]]
    assert all(node.get("text", "x") for node in nodes)


ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["key", "fields", "status", "errors", "errorMessages", "name"]), inner)
    ),
    max_leaves=8,
)


@given(ANSWERS)
def test_no_answer_breaks_the_reader(answer):
    assert isinstance(said_by(answer), str)
    try:
        issue_of(answer)
    except ValueError:
        return


@given(st.text(max_size=100))
def test_whatever_is_typed_is_a_key_or_none(text):
    assert parse_key(text) is None or "-" in str(parse_key(text))
