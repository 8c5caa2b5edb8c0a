"""A block that fails leaves the rest of the page standing, says so with Retry, and is heard of."""

import pytest
from django.core.signals import got_request_exception
from django.template import Context, Template, TemplateSyntaxError
from django.utils.functional import SimpleLazyObject

PAGE = '{% load blocks %}before {% guarded "Trends" %}{% for row in rows %}{{ row }}{% endfor %}{% endguarded %} after'


class UnreachableError(Exception):
    """Stands for a database that does not answer."""


def unreachable():
    raise UnreachableError("password=secret")


@pytest.fixture
def heard():
    found = []

    def hear(**kwargs) -> None:
        found.append(kwargs["request"])

    got_request_exception.connect(hear)
    yield found
    got_request_exception.disconnect(hear)


def test_the_others_stand_and_the_reason_is_not_told(rf, heard):
    request = rf.get("/dashboard/?period=7d&q=<b>")
    html = Template(PAGE).render(Context({"request": request, "rows": SimpleLazyObject(unreachable)}))
    assert html.startswith("before ")
    assert html.endswith(" after")
    assert "<h2>Trends</h2>" in html
    assert '<a href="/dashboard/?period=7d&amp;q=%3Cb%3E">Retry</a>' in html
    assert "secret" not in html
    assert heard == [request]


def test_without_a_failure_there_is_nothing_to_see_of_it(heard):
    assert Template(PAGE).render(Context({"rows": [1, 2]})) == "before 12 after"
    assert heard == []


@pytest.mark.parametrize("tag", ["{% guarded %}", '{% guarded "a" "b" %}'])
def test_a_block_needs_a_name(tag):
    with pytest.raises(TemplateSyntaxError, match="needs the name"):
        Template("{% load blocks %}" + tag + "{% endguarded %}")
