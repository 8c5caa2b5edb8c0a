"""Numbers as people read them, the same on pages and in files. Pure."""

from decimal import ROUND_HALF_UP, Decimal


def percentage(ratio: Decimal | float, places: int = 1) -> str:
    """Return a ratio as a percentage, half of the last place upwards.

    >>> percentage(0.031), percentage(Decimal("0.0095")), percentage(Decimal("0.0085"))
    ('3.1 %', '1.0 %', '0.9 %')
    """
    step = Decimal(1).scaleb(-places)
    return f"{(Decimal(ratio) * 100).quantize(step, ROUND_HALF_UP):f} %"


def change_text(percent: Decimal | None) -> str:
    """Return a change, in percent, with its sign; a dash for None.

    >>> change_text(Decimal("5.2")), change_text(Decimal("0.0"))
    ('+5.2 %', '0.0 %')
    """
    if percent is None:
        return "–"
    sign = "+" if percent > 0 else "−" if percent < 0 else ""
    return f"{sign}{abs(percent):,.1f} %"
