"""The rules that ship, and the check that a pattern written by a person is fit for use; pure."""

import re
from dataclasses import dataclass
from math import prod

import regex

STAGES = ("integration", "parameter", "area")
PATTERN_MAX = 500  # characters
COPIES_MAX = 10_000  # the regex engine copies what `{n}` repeats, so nested counts multiply its memory
PROBE_SECONDS = 0.05  # for one probe of `check_pattern`
PROBE_LENGTH = 1000  # long enough that cubic work is out of reach of any processor, and quadratic work is not

_COUNT = re.compile(r"\{([0-9]{0,20})(?:,([0-9]{0,20}))?\}")


class RuleError(ValueError):
    """A rule that cannot be used; the message is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the classification.

    stage: "integration" (`pattern` is searched in the path, gives `integration`), "parameter" (matches the whole
    value of a query parameter named channel, type, source or channelType, gives `integration`) or "area" (searched
    in the path, gives `area`).
    integration: for an area, the only integration whose rows it concerns, or None for all rows.
    masked: for an area, whether the path is searched with every channel token replaced by `~`. Letter case never
    matters.
    """

    stage: str
    pattern: str
    integration: str | None = None
    area: str | None = None
    masked: bool = False


_STATIC = (
    r"(?:^/(?:assets|img|images|static|node_modules|app/static|fonts|css|js)/)"
    r"|(?:\.(?:png|jpe?g|gif|svg|ico|webp|css|js|jsx|mjs|ts|tsx|map|woff2?|ttf|eot|otf|html?|txt|xml)$)"
)
_NOISE = r"(?:^|/)(?:null|undefined|none|nan)$|\.(?:php|env|asp|aspx|git)$|^/(?:cgi-bin|\.)"
_FEES = r"(?<![a-z])(?:fees?|tax(?:es)?|deposits?|surcharges?)(?![a-z])"
_PRICING = (
    r"pric(?:e|es|ing)(?!-plan)|(?<![a-z])(?:push)?rates?(?=and|[^a-z]|$)|(?<![a-z])quotes?(?![a-z])"
    r"|discount|promo|property-?calendar"
)
_BOOKING = (
    r"reservation|(?<![a-z])booking(?:s|request)?(?![a-z])|(?<![a-z])(?:leads?|orders?)(?![a-z-])"
    r"|availability|notavailabledates|(?<![a-z])calendars?(?![a-z])"
)

DEFAULT_RULES: tuple[Rule, ...] = (
    Rule("integration", r"(?<![a-z0-9])booking[-_.]?(?:dot)?com(?![a-z0-9])", integration="booking-com"),
    Rule("integration", r"(?<![a-z0-9])airbnb", integration="airbnb"),
    Rule("integration", r"(?<![a-z0-9])(?:vrbo|homeaway)", integration="vrbo"),
    Rule("integration", r"(?<![a-z0-9])(?:hvmb|hmbn|marriott)", integration="hmbn"),
    Rule("integration", r"^/channels/google(?=/|$)", integration="google"),
    Rule("parameter", r"airbnb", integration="airbnb"),
    Rule("parameter", r"bookingdotcom|booking|booking_com|booking\.com|bookingcom", integration="booking-com"),
    Rule("parameter", r"vrbo|homeaway", integration="vrbo"),
    Rule("parameter", r"hvmb|hmbn", integration="hmbn"),
    Rule("parameter", r"google", integration="google"),
    Rule("area", _STATIC, area="static"),
    Rule("area", _NOISE, area="noise"),
    Rule("area", r"^/channels/google/query$", integration="google", area="pricing"),
    Rule("area", r"^/(?:vacation-rental|search-rental)", area="other"),
    Rule("area", _FEES, area="fees", masked=True),
    Rule("area", _PRICING, area="pricing", masked=True),
    Rule("area", _BOOKING, area="booking", masked=True),
)


def compile_pattern(text: str) -> regex.Pattern[str]:
    """Return `text` compiled, letters matching in either case.

    Raises RuleError, saying what is wrong, for a pattern that is empty, longer than 500 characters, invalid, or
    repeats so often by `{n}` that compiling it would fill the memory.
    """
    if not text.strip():
        raise RuleError("The pattern is empty.")
    if len(text) > PATTERN_MAX:
        raise RuleError(f"The pattern has {len(text)} characters; at most {PATTERN_MAX} are allowed.")
    if not text.isprintable():
        raise RuleError("The pattern contains a line break or another character that cannot be printed.")
    counts = [max(int(low or 1), int(high or 1), 1) for low, high in _COUNT.findall(text)]
    if prod(counts) > COPIES_MAX:
        raise RuleError(f"The counts in braces multiply to more than {COPIES_MAX:,}: use smaller ones.")
    try:
        return regex.compile(text, regex.ASCII | regex.IGNORECASE)
    except RecursionError:
        raise RuleError("The pattern is nested too deeply.") from None
    except (regex.error, ValueError, LookupError, OverflowError) as error:
        raise RuleError(f"The pattern {text!r} is not valid: {error}.") from None


def check_pattern(text: str) -> None:
    """Raise ValueError, with a message for its author, unless `text` is a pattern that is safe to apply.

    Tries the pattern on long texts made of its own letters and words, which exposes repetitions inside repetitions
    such as `(a+a+)+$`. A pattern can still be slow on a text that nobody thought of; `Classifier.classify` stops it
    then.
    """
    compiled = compile_pattern(text)
    for probe in _probes(text):
        try:
            compiled.search(probe, timeout=PROBE_SECONDS)
            compiled.fullmatch(probe, timeout=PROBE_SECONDS)
        except TimeoutError:
            raise RuleError("The pattern takes too long: simplify repetitions inside repetitions.") from None


def _probes(text: str) -> list[str]:
    words = re.findall(r"[A-Za-z0-9]+", text)
    letters = sorted(set(text) | set("a0/-_.x"))
    units = [*letters, *sorted(set(words)), "a/", "ab", "a1", "a-", "/api/v3/"]
    # `!` and `~` make an anchored pattern fail at the very end, after it has tried every way to split the text.
    return [unit * (PROBE_LENGTH // len(unit) + 1) + end for unit in units for end in ("!", "~")]
