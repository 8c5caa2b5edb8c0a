"""Headers as people type them: kept, replaced, cleared, and never one that the request sets itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_observability.header_lines import MASK, HeaderError, masked, parse_headers

NAMES = st.from_regex(r"X-[A-Za-z0-9]{1,20}", fullmatch=True)
VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=50)


@given(st.dictionaries(NAMES, VALUES, max_size=10).filter(lambda found: len({n.lower() for n in found}) == len(found)))
def test_what_is_stored_comes_back_where_its_dots_are_left(stored):
    assert parse_headers(masked(stored), stored=stored) == stored
    assert parse_headers("\n".join(f"{name}:{value}" for name, value in stored.items()), stored={}) == stored


@given(st.text(max_size=200))
def test_any_text_is_headers_or_refused(text):
    try:
        found = parse_headers(text, stored={})
    except HeaderError as error:
        said = str(error)
    else:
        said = ""
        assert all(value.isascii() and value != MASK for value in found.values())
    assert "\n" not in said


@pytest.mark.parametrize("name", ["Host", "content-length", "Connection", "TRANSFER-ENCODING", "Accept-Encoding"])
def test_what_the_request_sets_itself_is_refused(name):
    with pytest.raises(HeaderError, match="is set by the request itself"):
        parse_headers(f"{name}: x", stored={})


def test_there_is_an_end_to_headers():
    with pytest.raises(HeaderError, match="At most 20 headers"):
        parse_headers("\n".join(f"X-{number}: x" for number in range(21)), stored={})


def test_an_error_never_shows_a_value():
    with pytest.raises(HeaderError) as caught:
        parse_headers("X-Key: ok\nX-Other: s3cret\x7f", stored={})
    assert "s3cret" not in str(caught.value)
