"""What every report shares: the page around it, its security policy, and how amounts and dates are written."""

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime, timezone
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from lvo.units import DECIMALS, LVO

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SCALES = ((10**9 * LVO, "bn"), (10**6 * LVO, "M"), (10**3 * LVO, "k"))
_NARROW = "\N{NARROW NO-BREAK SPACE}"


def lvo(amount: int) -> str:
    """Write wei as LVO with thousands separators and two decimals, rounded down; ``<0.01`` for less than that."""
    cents = amount // 10 ** (DECIMALS - 2)
    if amount and not cents:
        return "<0.01"
    return f"{cents // 100:,}.{cents % 100:02d}"


def short(amount: int) -> str:
    """Write wei as LVO for charts and headlines, such as ``241.3 M``, rounded down to one decimal."""
    for scale, name in _SCALES:
        if amount >= scale:
            tenths = amount * 10 // scale
            return f"{tenths // 10:,}" + (f".{tenths % 10}" if tenths % 10 else "") + _NARROW + name
    return lvo(amount).removesuffix(".00")


def whole(amount: int) -> str:
    """Write wei as LVO with thousands separators and no decimals, rounded down."""
    return f"{amount // LVO:,}"


def count_word(count: int) -> str:
    """Write a small count as prose does, such as ``six``; from ten on in digits."""
    return (
        ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")[count]
        if count < 10
        else f"{count:,}"
    )


def grouped(text: str) -> str:
    """Write a text of digits alone with thousands separators, and any other text as it is."""
    return f"{int(text):,}" if text.isascii() and text.isdigit() and text[0] != "0" else text


def percent(part: int, whole: int, places: int = 1) -> str:
    """Write ``part / whole`` in percent, rounded down, without trailing zeros; 0 if the whole is nothing."""
    scaled = part * 100 * 10**places // whole if whole else 0
    head, tail = divmod(scaled, 10**places)
    digits = f"{tail:0{places}d}".rstrip("0") if places else ""
    return f"{head}" + (f".{digits}" if digits else "") + _NARROW + "%"


def day(time: int) -> str:
    """Write Unix seconds as a UTC day, such as ``20 Nov 2026``."""
    date = datetime.fromtimestamp(time, timezone.utc)
    return f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def month(time: int) -> str:
    """Write Unix seconds as a UTC month, such as ``Nov 2026``."""
    return day(time).split(" ", 1)[1]


def minute(time: int) -> str:
    """Write Unix seconds as a UTC day and minute, such as ``20 Nov 2026, 13:05 UTC``."""
    date = datetime.fromtimestamp(time, timezone.utc)
    return f"{day(time)}, {date.hour:02d}:{date.minute:02d} UTC"


def amount(wei: int) -> Markup:
    """Write wei for a table: LVO to read, the exact wei in the title and in the machine-readable value."""
    return Markup('<data class="amt" value="{0}" title="{1} wei">{2}</data>').format(wei, f"{wei:,}", lvo(wei))


@cache
def environment() -> Environment:
    """Return the template environment: everything is escaped, and a name that is missing is an error."""
    env = Environment(
        loader=PackageLoader("lvo.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters.update(
        short=short,
        whole=whole,
        count_word=count_word,
        grouped=grouped,
        day=day,
        month=month,
        minute=minute,
        amount=amount,
    )
    env.globals.update(percent=percent)
    return env


def embed(value: object) -> Markup:
    """Write a value as compact JSON that may stand inside a script element, whatever its strings hold."""
    return htmlsafe_json_dumps(value, separators=(",", ":"))


def page(template: str, values: Mapping[str, Any], scripts: tuple[str, ...] = ()) -> str:
    """Render a report into one HTML file.

    Parameters
    ----------
    template
        The report's template, which extends ``page.html``.
    values
        What the template shows.
    scripts
        Scripts of the report, run after the page's own, by the names of their files among the templates.

    Returns
    -------
    str
        The page. Its security policy lets exactly its own script and style run (by SHA-256) and forbids every request.
    """
    env = environment()
    style = env.get_template("page.css").render()
    script = "\n".join(env.get_template(name).render() for name in ("page.js", *scripts))
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    return env.get_template(template).render(values, style=Markup(style), script=Markup(script), policy=policy) + "\n"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
