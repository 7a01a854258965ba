"""A picture that stands alone, in a README say: it has no page around it, so it brings both themes, and a ground of its
own beneath either.
"""

from __future__ import annotations

THEMES = """<style>
svg { --surface: #fdfdfc; --ink: #17191d; --ink-soft: #565c66; --line: #e2e4e8; --line-strong: #a9afb9;
  --link: #0b57a4; --good: #17663a; --bad: #b3261e;
  font-family: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
@media (prefers-color-scheme: dark) { svg { --surface: #131519; --ink: #e7e9ec; --ink-soft: #a2a9b4; --line: #2c3038;
  --line-strong: #5c6470; --link: #8abaf5; --good: #7fd6a0; --bad: #ff9c94; } }
</style><rect width="100%" height="100%" rx="6" fill="var(--surface)"/>"""


def themed(svg: str) -> str:
    """An SVG of the page's colours as a file of its own, for light and dark."""
    opening, _, rest = svg.partition(">")
    return f"{opening}>{THEMES}{rest}\n"
