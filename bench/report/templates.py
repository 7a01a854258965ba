"""Jinja templates of the page and of its pictures: everything that comes from data is escaped."""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from bench.text import numbers
from bench.text.file_names import file_name


def anchor(text: str) -> str:
    """A name that may stand in an id and in a link to it."""
    return file_name(text)


def prose(sentence: str) -> Markup:
    """A sentence, escaped, with what stands in backticks as code."""
    parts = [escape(part) for part in sentence.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


def breakable(name: str) -> Markup:
    """A long name that may be broken after its joints, where there is no room for it."""
    return Markup("<wbr>").join(re.split(r"(?<=[_:/])", name))


def address(to: str) -> str:
    """A relative address for a link: quoted, the part after `#` as it stands."""
    path, hash_sign, fragment = to.partition("#")
    return quote(path) + hash_sign + fragment


def render(template: str, /, **values: Any) -> Markup:
    """A template of `bench/report/renderers/templates`, rendered."""
    return Markup(_environment().get_template(template).render(values))  # noqa: S704 - the template escapes the data


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bench.report.renderers"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters.update(
        anchor=anchor,
        prose=prose,
        breakable=breakable,
        address=address,
        plain=numbers.number,
        whole=lambda value: numbers.number(value, 0),
        tick=lambda value: f"{value:,.10g}",
        mean=numbers.mean,
        added=numbers.added,
        within=numbers.within,
        share=numbers.share,
        size=numbers.size,
        count=numbers.count,
        change_tick=_change_tick,
    )
    return environment


def _change_tick(ratio: float) -> str:
    """`+10%`, or `0`: a ratio on an axis."""
    change = round((ratio - 1) * 100, 1)
    return f"{numbers.MINUS if change < 0 else '+'}{abs(change):g}%" if change else "0"
