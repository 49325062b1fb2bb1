"""A little of SVG: boxes, arrows and words on a panel that follows the reader's light or dark preference."""

from html import escape
from math import hypot

Point = tuple[float, float]

BOX_W, BOX_H = 152.0, 50.0
_LINE = 15.0
_STYLE = """
  svg { font: 13px system-ui, sans-serif; }
  .panel { fill: #f7f9fb; stroke: #d6dde3; }
  .box { fill: #ffffff; stroke: #5b6873; stroke-width: 1.4; }
  .end { fill: #e9eef2; }
  .edge { fill: none; stroke: #5b6873; stroke-width: 1.4; }
  .head, .dot { fill: #5b6873; }
  .name { fill: #14202b; font-weight: 600; }
  .note, .label { fill: #46525d; font-size: 12px; }
  .label { stroke: #f7f9fb; stroke-width: 5px; stroke-linejoin: round; paint-order: stroke; }
  @media (prefers-color-scheme: dark) {
    .panel { fill: #111922; stroke: #22303c; }
    .box { fill: #1a2530; stroke: #93a1ae; }
    .end { fill: #22303c; }
    .edge { stroke: #93a1ae; }
    .head, .dot { fill: #93a1ae; }
    .name { fill: #e8eef4; }
    .note, .label { fill: #b6c2cd; }
    .label { stroke: #111922; }
  }
"""


class Drawing:
    """Collects what is drawn; y points down, and all is in pixels."""

    def __init__(self, width: int, height: int, title: str) -> None:
        self._size = (width, height)
        self._title = title
        self._edges: list[str] = []
        self._boxes: list[str] = []
        self._labels: list[str] = []

    def box(self, centre: Point, name: str, note: str = "", *, is_end: bool = False) -> None:
        """A state, or a part."""
        x, y = centre
        kind = "box end" if is_end else "box"
        corner = f'x="{x - BOX_W / 2:g}" y="{y - BOX_H / 2:g}" width="{BOX_W:g}" height="{BOX_H:g}"'
        self._boxes.append(f'<rect class="{kind}" {corner} rx="9"/>')
        self._boxes.append(_text("name", (x, y - 4.0 if note else y + 4.5), name))
        if note:
            self._boxes.append(_text("note", (x, y + 14.0), note))

    def arrow(self, start: Point, end: Point, labels: list[str], bow: float = 0.0) -> None:
        """From one box's edge to another's, bent to the left of its way by `bow`, with words at its middle."""
        (x0, y0), (x1, y1) = start, end
        length = hypot(x1 - x0, y1 - y0)
        aside = (2 * bow * (y1 - y0) / length, -2 * bow * (x1 - x0) / length)
        bend = ((x0 + x1) / 2 + aside[0], (y0 + y1) / 2 + aside[1])
        tail, head = _rim(start, bend), _rim(end, bend)
        middle = tuple((tail[i] + 2 * bend[i] + head[i]) / 4 for i in (0, 1))
        self._edges.append(_path(f"M{_at(tail)} Q{_at(bend)} {_at(head)}"))
        self._words((middle[0], middle[1]), labels)

    def loop(self, place: Point, labels: list[str]) -> None:
        """From a box's top back to it."""
        x, y = place[0], place[1] - BOX_H / 2
        bends = f"{_at((x - 50, y - 58))} {_at((x + 50, y - 58))}"
        self._edges.append(_path(f"M{_at((x - 28, y))} C{bends} {_at((x + 28, y))}"))
        self._words((x, y - 46 - _LINE * (len(labels) - 1) / 2), labels)

    def aside(self, left: Point, lines: list[str]) -> None:
        """Words that begin here, the middle of their lines at this height."""
        x, y = left
        first = y + 4.0 - _LINE * (len(lines) - 1) / 2
        self._boxes += [
            _text("note", (x, first + _LINE * place), line, anchor="start") for place, line in enumerate(lines)
        ]

    def start(self, at: Point) -> None:
        """Where everything begins."""
        x, y = at
        self._edges.append(f'<circle class="dot" cx="{x - 32:g}" cy="{y:g}" r="5"/>')
        self._edges.append(_path(f"M{_at((x - 27, y))} L{_at((x, y))}"))

    def text(self) -> str:
        """The picture."""
        width, height = self._size
        body = "\n".join([*self._edges, *self._boxes, *self._labels])
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
            f'height="{height}" role="img">\n<title>{escape(self._title)}</title>\n<style>{_STYLE}</style>\n'
            '<defs><marker id="head" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" '
            'orient="auto-start-reverse"><path class="head" d="M0 0 L10 5 L0 10 z"/></marker></defs>\n'
            f'<rect class="panel" x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="12"/>\n{body}\n</svg>\n'
        )

    def _words(self, centre: Point, lines: list[str]) -> None:
        x, y = centre
        first = y + 4.0 - _LINE * (len(lines) - 1) / 2
        self._labels += [_text("label", (x, first + _LINE * place), line) for place, line in enumerate(lines)]


def _rim(centre: Point, towards: Point) -> Point:
    """Where a line from a box's centre leaves it."""
    x, y = centre
    dx, dy = towards[0] - x, towards[1] - y
    reach = min(BOX_W / 2 / abs(dx) if dx else float("inf"), BOX_H / 2 / abs(dy) if dy else float("inf"))
    return x + dx * reach, y + dy * reach


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


def _path(way: str) -> str:
    return f'<path class="edge" d="{way}" marker-end="url(#head)"/>'


def _text(kind: str, at: Point, words: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{at[0]:.1f}" y="{at[1]:.1f}" text-anchor="{anchor}">{escape(words)}</text>'
