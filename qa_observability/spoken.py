"""Errors that speak to people."""


class SpokenError(Exception):
    """An error whose text is a sentence for people and holds no secret: it may be shown, logged and stored."""


def storable(text: str, *, most: int = 2000) -> str:
    r"""Return a text as every database can hold it: without NUL and lone surrogates, and not too long.

    >>> storable("a\x00b\ud800")
    'ab?'
    """
    return text.replace("\x00", "")[:most].encode("utf-8", "replace").decode()
