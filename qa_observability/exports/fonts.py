"""The fonts of PDF files, and which of them has a character."""

from collections.abc import Iterator
from functools import cache
from itertools import groupby
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from qa_observability.exports.cells import clean
from qa_observability.exports.direction import in_visual_order

rl_config.trustedSchemes = []  # text is never a reason to open a file or an address

REGULAR, BOLD = "ReportSans", "ReportSans-Bold"
# DejaVu where the machine has it, for it knows most alphabets; Vera, which comes with reportlab, knows Latin ones.
_FILES = (("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"), ("Vera.ttf", "VeraBd.ttf"))
# For what those lack: Chinese and Japanese, Korean writing, where the machine has such a font; else the names that any
# PDF reader knows a substitute for, and that are not put into the file.
_MORE_FILES = ("DroidSansFallbackFull.ttf", "DroidSansFallback.ttf", "NanumGothic.ttf")
_SUBSTITUTES = (("HYSMyeongJo-Medium", 0xAC00, 0xD7A3), ("HeiseiKakuGo-W5", 0x2E80, 0xFFEF))


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, once."""
    for regular, bold in _FILES:
        try:
            fonts = [TTFont(name, file, asciiReadable=1) for name, file in ((REGULAR, regular), (BOLD, bold))]
        except TTFError:
            continue
        for font in fonts:
            pdfmetrics.registerFont(font)
        _register_family(REGULAR, bold=BOLD)
        return
    raise RuntimeError("No font for reports: reportlab's own Vera.ttf is missing.")


def _register_family(name: str, *, bold: str) -> None:
    pdfmetrics.registerFontFamily(name, normal=name, bold=bold, italic=name, boldItalic=bold)


def markup(text: str) -> str:
    """Return a text as a paragraph's markup: nothing in it is markup itself, each character in a font that has it."""
    parts = _runs(in_visual_order(clean(text)))
    return "".join(f'<font name="{font}">{escape(part)}</font>' if font else escape(part) for font, part in parts)


def _runs(text: str) -> Iterator[tuple[str, str]]:
    """Yield the text in parts with the font of each; an empty name is the paragraph's own font."""
    if text.isascii():
        yield "", text
        return
    for font, characters in groupby(text, key=_font_of):
        yield font, "".join(characters)


@cache
def _font_of(character: str) -> str:
    register_fonts()
    code = ord(character)
    if code in pdfmetrics.getFont(REGULAR).face.charToGlyph:
        return ""
    for name, codes in _more_fonts().items():
        if code in codes:
            return name
    for name, first, last in _SUBSTITUTES:
        if first <= code <= last:
            pdfmetrics.registerFont(UnicodeCIDFont(name))
            _register_family(name, bold=name)
            return name
    return ""  # an empty box, which tells that something stood there


@cache
def _more_fonts() -> dict[str, frozenset[int]]:
    """Return the further fonts that this machine has, with the characters of each."""
    found = {}
    for number, file in enumerate(_MORE_FILES):
        name = f"ReportMore{number}"
        try:
            font = TTFont(name, file)
        except TTFError:
            continue
        pdfmetrics.registerFont(font)
        _register_family(name, bold=name)
        found[name] = frozenset(font.face.charToGlyph)
    return found
