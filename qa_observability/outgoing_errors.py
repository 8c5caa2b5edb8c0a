"""What goes wrong with a request to somebody else, told without any secret; and when it is worth asking again."""

import random
import re
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from qa_observability.spoken import SpokenError

T = TypeVar("T")
LONGEST_WAIT = 30.0
PASSING = {"timeout", "dns", "refused", "broken"}


class OutgoingError(SpokenError):
    """A request without a usable answer. The text holds no secret: it may be shown, logged and stored.

    kind : `timeout`, `dns`, `tls`, `refused`, `blocked`, `broken`, `too_large`, `encoding`, `redirect`, `bad_url`,
        `bad_request`, `bad_json` or `status`.
    status : of the answer, where there was one.
    retry_after : seconds after which the server wants to be asked again, where it says so.
    """

    def __init__(self, text: str, *, kind: str, status: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.status = status
        self.retry_after = retry_after

    @property
    def passing(self) -> bool:
        """Whether the same request may well succeed a little later."""
        return self.kind in PASSING or (self.status is not None and (self.status == 429 or self.status >= 500))


def retry_after_seconds(text: str | None, *, now: float) -> float | None:
    """Return the seconds from `now`, a Unix time, that a Retry-After header asks for; None where it says nothing.

    >>> retry_after_seconds("120", now=0), retry_after_seconds("Thu, 01 Jan 1970 00:01:00 GMT", now=50)
    (120.0, 10.0)
    """
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", text.strip()):
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None


def retrying(call: Callable[[], T], *, attempts: int = 3, sleep: Callable[[float], None] = time.sleep) -> T:
    """Return what `call` returns, asking again where that may help: 429, 5xx, no answer.

    Only for what may be done twice. A server that wants to be left alone for longer than LONGEST_WAIT is.

    Raises
    ------
    OutgoingError : the last one.
    """
    again = Retrying(
        stop=stop_after_attempt(attempts),
        wait=_wait,
        retry=retry_if_exception(_is_worth_it),
        sleep=sleep,
        reraise=True,
    )
    return again(call)


def _is_worth_it(error: BaseException) -> bool:
    return isinstance(error, OutgoingError) and error.passing and (error.retry_after or 0) <= LONGEST_WAIT


def _wait(state: RetryCallState) -> float:
    """Half a second, then twice as long each time, up to half as much more by chance; longer where the server says."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, OutgoingError) else None
    backoff: float = 0.5 * 2 ** (state.attempt_number - 1)
    return max(asked or 0.0, backoff) * (1 + random.random() / 2)  # noqa: S311  spreads the load, keeps no secret
