"""Figures as people read them."""

from collections.abc import Sequence
from typing import Any

NONE = "–"
KELVIN_AT_0_C = 273.15
ABOUT_ONE = 1.05
"""Ratios below it, and above its inverse, are no saving worth a number."""


def size(count: float | None) -> str:
    """Bytes in the unit that leaves at most three digits before the point."""
    if count is None:
        return NONE
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 999.95:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def times(ratio: float | None) -> str:
    """A ratio, as "11,617 ×"."""
    if ratio is None:
        return NONE
    return f"{ratio:,.0f} ×" if ratio >= 10 else f"{ratio:.2f} ×"


def share(part: float | None) -> str:
    """A share of one, in percent."""
    return NONE if part is None else f"{100.0 * part:.1f} %"


def seconds(duration_s: float | None) -> str:
    """A duration in the units that leave three or four digits."""
    if duration_s is None:
        return NONE
    if duration_s == 0:
        return "0 s"
    if abs(duration_s) < 1.0:
        return f"{duration_s * 1000:.3g} ms"
    if abs(duration_s) < 60.0:
        return f"{duration_s:.3g} s"
    whole = round(duration_s)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    minutes = round(duration_s / 60.0)
    if minutes < 2880:
        return f"{minutes // 60} h {minutes % 60:02d} min"
    hours = round(duration_s / 3600.0)
    return f"{hours // 24} d {hours % 24:02d} h"


def rate(bits_per_s: float | None) -> str:
    """A data rate in bits a second."""
    if not bits_per_s:
        return NONE
    for unit in ("b/s", "kb/s", "Mb/s"):
        if bits_per_s < 1000:
            return f"{bits_per_s:.3g} {unit}"
        bits_per_s /= 1000
    return f"{bits_per_s:.3g} Gb/s"


def energy(joules: float | None) -> str:
    """An energy, as batteries count it."""
    return NONE if joules is None else f"{joules / 3600:.2f} Wh"


def celsius(kelvin: float | None) -> str:
    """A temperature in degrees Celsius."""
    return NONE if kelvin is None else f"{kelvin - KELVIN_AT_0_C:.1f} °C"


def number(value: float | None, places: int = 0) -> str:
    """A number with thousands apart."""
    return NONE if value is None else f"{value:,.{places}f}"


def place(latitude_deg: float, longitude_deg: float) -> str:
    """A place on the Earth, to a hundred metres."""
    north, east = "NS"[latitude_deg < 0], "EW"[longitude_deg < 0]
    return f"{abs(latitude_deg):.3f}° {north}  {abs(longitude_deg):.3f}° {east}"


def count(amount: int, noun: str, plural: str = "") -> str:
    """A number of things."""
    return f"{amount:,} {noun if amount == 1 else plural or f'{noun}s'}"


def listed(words: Sequence[str]) -> str:
    """Words with commas, and "and" before the last."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def headline(summary: dict[str, Any], n_satellites: int) -> list[str]:
    """What the run shows, in sentences; bytes are of completed frames, as the summary counts them."""
    bytes_, frames = summary["bytes"], summary["frames"]
    pending = f", with {size(bytes_['pending'])} still on board" if bytes_["pending"] else ""
    coverage = f" (coverage {share(frames['coverage'])})" if frames["coverage"] is not None else ""
    told = [
        f"In {seconds(summary['virtual_s'])}, {count(n_satellites, 'satellite')} completed {frames['completed']:,} of "
        f"{count(frames['exposed'], 'exposed frame')}{coverage}: {size(bytes_['captured'])} as the sensor gave them.",
        f"Sent to the ground: {size(bytes_['downlink']['total'])}{pending}{_saved(summary)}",
    ]
    for task, score in summary["score"].items():
        if score is None:
            told.append(f"Nobody knows the truth of these pictures: there is no recall to tell for {task}.")
        elif score["recall"] is None:
            told.append(f"No {task} target lay in an exposed frame.")
        else:
            told.append(
                f"The ground knows of {score['delivered']:,} of {count(score['truth'], f'{task} target')} "
                f"(recall {share(score['recall'])})" + _precision(score)
            )
    return told


def _saved(summary: dict[str, Any]) -> str:
    savings = summary["savings"]
    if savings["vs_captured"] is None:
        return f"; there is no ratio to tell: {savings.get('reason', 'nothing was sent')}."
    sensed = _against(savings["vs_captured"], "the sensor gave")
    coded = _against(savings["vs_lossless"], "the same frames take, coded without loss")
    return f". That is {sensed}, and {coded}."


def _against(ratio: float, what: str) -> str:
    if ratio >= ABOUT_ONE:
        return f"{times(ratio).removesuffix(' ×')} times fewer bytes than {what}"
    if ratio * ABOUT_ONE > 1.0:
        return f"about as many bytes as {what}"
    return (
        f"{times(1.0 / ratio).removesuffix(' ×')} times as many bytes as {what}" if ratio else f"more bytes than {what}"
    )


def _precision(score: dict[str, Any]) -> str:
    return "." if score["precision"] is None else f"; {share(score['precision'])} of its alerts are true."
