"""A page that needs nothing else: no network, no file beside it, and no script to be read.

The page's own policy forbids every request. Its style and script are allowed by their hashes, so nothing that comes
from data could run even if it slipped through the templates' escaping.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from bench.report.filters import FILTERS

Sections = Mapping[str, tuple[str, str]]
"""A page's parts in their order, by anchor: the template, and what the list of contents calls it."""


def render(template: str, assets: Sequence[str], sections: Sections, found: Mapping[str, Any]) -> str:
    """The page of a template that extends `page.html`; `found` is what its templates show, by name.

    `assets` are the style sheets and scripts that it takes, of those in the templates' folder.
    """
    css, script = (_asset(*[name for name in assets if name.endswith(suffix)]) for suffix in (".css", ".js"))
    return (
        _environment()
        .get_template(template)
        .render(
            **found,
            css=css,
            script=script,
            policy=_policy(css, script),
            sections=[template for template, _ in sections.values()],
            contents=[(anchor, text) for anchor, (_, text) in sections.items()],
        )
    )


def _policy(css: str, script: str) -> str:
    """Nothing may be fetched, and nothing may run or style but what these hashes allow."""

    def allowed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    only = f"style-src {allowed(css)}; script-src {allowed(script)}"
    return f"default-src 'none'; {only}; base-uri 'none'; form-action 'none'"


def _asset(*names: str) -> Markup:
    """The page's own style or script: it holds no data, and goes in as it stands."""
    folder = files("bench.report") / "templates"
    return Markup("".join((folder / name).read_text("utf-8") for name in names))  # noqa: S704 - our own files


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("bench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"separators": (",", ":")}
    environment.filters.update(FILTERS)
    return environment
