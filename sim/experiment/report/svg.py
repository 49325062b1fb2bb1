"""Figures as SVG inside a page: text stays text, and colours become the page's own.

`svg.fonttype` is `none`: letters as paths would be four times the bytes, and could be neither searched, selected nor
enlarged on a small screen. What that costs, a font whose widths matplotlib does not know, is slight: it lays out with
DejaVu Sans, which is wider than what systems show instead.
"""

import io
import re
from typing import Any

import matplotlib as mpl
from markupsafe import Markup, escape
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sim.experiment.report.palette import DRAWN_ALIKE, LIGHT

STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "svg.fonttype": "none",
    "text.parse_math": False,  # a name may hold a dollar
    "text.color": LIGHT["ink"],
    "axes.edgecolor": LIGHT["edge"],
    "axes.labelcolor": LIGHT["faint"],
    "axes.facecolor": "none",
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10,
    "axes.labelsize": 9.5,
    "xtick.labelsize": 9.5,
    "ytick.labelsize": 9.5,
    "xtick.color": LIGHT["edge"],
    "ytick.color": LIGHT["edge"],
    "xtick.labelcolor": LIGHT["faint"],
    "ytick.labelcolor": LIGHT["faint"],
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 9.5,
}
PT_AN_INCH = 72.0

_NAMES = {light: name for name, light in LIGHT.items()} | DRAWN_ALIKE
_HEX = re.compile(r"#[0-9a-f]{6}\b")
_STYLE = re.compile(r' style="[^"]*"')
_CLASSES = {"mark": ' class="mark"'}
"""What artists are called, with `gid`, that the page's style must tell from others."""
_ID = re.compile(r' id="([^"]*)"')
_FONT = re.compile(r"font-size: ([\d.]+)px; font-family: [^;\"]*")
_LONG = re.compile(r"(\d+\.\d)\d+")


def canvas(width_px: float, height_px: float) -> Figure:
    """An empty figure without a ground of its own; a pixel is a user unit of the SVG."""
    figure = Figure(figsize=(width_px / PT_AN_INCH, height_px / PT_AN_INCH))
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    return figure


def quiet(axes: Axes) -> None:
    """Faint lines at the values, none between."""
    axes.grid(axis="y", color=LIGHT["grid"], linewidth=0.8)
    axes.set_axisbelow(True)


def inline(figure: Figure, name: str, title: str, description: str) -> Markup:
    """The figure as an SVG element, `name` unique in the page. `description` tells it to those who cannot see it."""
    file = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": f"skysift-{name}"}):
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    whole = file.getvalue()
    body = whole[whole.index("<g id=") : whole.rindex("</svg>")]
    referred = set(re.findall(r"#([^\")]+)[\")]", body))
    body = _ID.sub(lambda found: found[0] if found[1] in referred else _CLASSES.get(found[1], ""), body)
    body = _FONT.sub(r"font-size: calc(\1px * var(--zoom, 1))", body)
    body = _STYLE.sub(lambda found: _HEX.sub(_named, found[0]), body)
    body = re.sub(r' d="([^"]*)"', lambda found: f' d="{_path(found[1])}"', body)
    body = re.sub(r"\n\s*", "\n", body).replace("</g>\n", "</g>")
    width, height = (round(side * PT_AN_INCH) for side in figure.get_size_inches())
    return Markup(
        f'<svg class="plot plot-{escape(name.split("/")[0])}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-labelledby="{escape(_key(name))}-t {escape(_key(name))}-d">'
        f'<title id="{escape(_key(name))}-t">{escape(title)}</title>'
        f'<desc id="{escape(_key(name))}-d">{escape(description)}</desc>{body}</svg>'
    )


def _named(colour: re.Match[str]) -> str:
    return f"var(--{_NAMES[colour[0]]})"


def _key(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "-", name)


def _path(data: str) -> str:
    """To a tenth of a pixel, which is a tenth of a line's width."""
    return " ".join(_LONG.sub(r"\1", data).split())
