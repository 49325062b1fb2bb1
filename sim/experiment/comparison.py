"""Strategies side by side: what each spent, what it saved and what that cost, from summaries of like runs.

A saving is the reference's bytes of **every planned frame** over what the strategy spent: the product bytes that its
transmitters sent, **plus the reference's bytes of every planned frame that it did not complete**, or all that is
still pending where that is more: a frame whose list waits on board costs what one costs that was never looked at.
References are the sensor's bytes (`raw`), the same as JPEG-LS (`lossless`) and a frame's mean under the strategy
`lossy`. So a spacecraft that is starved, hot or cut off never looks better: a frame that it missed, dropped or still
holds stays above the line and goes below it at its full price, and no saving exceeds 1 / (1 - coverage by bytes). A
strategy that is dearer than its reference saves nothing; its ratio, that of the completed frames, is multiplied by
the coverage, or losing frames would bring it nearer to one.

`fewer_bytes` is plain: what the strategies raw, lossless and lossy sent or hold over what this one did, as all flew. It
says nothing without their coverage beside it.

At equal recall the richer of two strategies sends only that part of its frames that gives the poorer one's recall. All
strategies are first held to one rate of false alerts, the lowest of their own; a target in a planned frame counts. The
reference is then what its strategy really transmitted, without pending bytes or charges: they brought it no recall.
A frame that was cut off on its way is in it: where few arrived, the ratio is too high by up to one frame a satellite.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, Self

from sim.experiment.equal_recall import RecallCurve, at_rate, common_rate, savings_at_equal_recall
from sim.experiment.flight_log import FlightLog
from sim.experiment.results import Summary

REFERENCES = ("raw", "lossless", "lossy")


@dataclass(frozen=True, slots=True)
class Amount:
    """Frames with their size as the sensor gave them and as JPEG-LS."""

    frames: int
    captured_bytes: int
    lossless_bytes: int


@dataclass(frozen=True, slots=True)
class Flown:
    """One run as a comparison takes it. `missed_targets` lie in frames that were planned and not exposed."""

    summary: Summary
    planned: Amount
    completed: Amount
    missed_targets: int

    @classmethod
    def of(cls, summary: Summary, log: FlightLog) -> Self:
        """A run from its summary and what its journal says of frames."""
        missed = chain.from_iterable(satellite.exposures_missed for satellite in log.satellites.values())
        held = [fact for fact in missed if fact.captured_bytes]
        exposed = [frame.exposure for frame in log.frames.values()]
        completed = [frame.exposure for frame in log.frames.values() if frame.is_completed]
        targets = sum(fact.targets or 0 for fact in held)
        return cls(summary, _amount([*exposed, *held]), _amount(completed), targets)

    @property
    def strategy(self) -> str:
        """What was flown."""
        return str(self.summary["strategy"])

    @property
    def sent_bytes(self) -> int:
        """Product bytes sent, repeats and framing included, and those still pending."""
        held = self.summary["bytes"]
        return int(held["downlink"]["total"] + held["pending"])

    @property
    def score(self) -> dict[str, Any] | None:
        """Against truth; None where nobody knows it."""
        (score,) = self.summary["score"].values()
        return score if score is None else dict(score)

    @property
    def truth(self) -> int | None:
        """Targets in all planned frames; None where nobody knows them."""
        return None if self.score is None else self.score["truth"] + self.missed_targets

    @property
    def recall(self) -> float | None:
        """Of the targets in all planned frames."""
        return self.score["delivered"] / self.truth if self.score and self.truth else None

    @property
    def coverage(self) -> float | None:
        """Completed of planned frames."""
        return self.completed.frames / self.planned.frames if self.planned.frames else None

    @property
    def curve(self) -> RecallCurve | None:
        """Recall over confidence, of the targets in all planned frames."""
        if self.score is None or self.truth is None:
            return None
        return replace(RecallCurve.from_table(self.score), truth=self.truth)

    def spent_bytes(self, reference: "Reference") -> float | None:
        """What was sent, and the charge for what was not completed; None where nothing was completed."""
        planned, completed = reference.bytes_of(self.planned), reference.bytes_of(self.completed)
        if not completed:
            return None
        if self.sent_bytes <= completed:
            held = self.summary["bytes"]
            return held["downlink"]["total"] + max(float(held["pending"]), planned - completed)
        return self.sent_bytes * (planned / completed) ** 2

    def saving(self, reference: "Reference | None") -> float | None:
        """The reference's bytes of all planned frames over what was spent; None where that says nothing."""
        spent = None if reference is None else self.spent_bytes(reference)
        return reference.bytes_of(self.planned) / spent if reference is not None and spent else None


@dataclass(frozen=True, slots=True)
class Reference:
    """What frames are held against; `lossy_frame_bytes` is a frame's mean under the strategy lossy."""

    name: str
    lossy_frame_bytes: float = 0.0

    def bytes_of(self, amount: Amount) -> float:
        """The size of frames in this form."""
        sizes = {"raw": amount.captured_bytes, "lossless": amount.lossless_bytes}
        return sizes.get(self.name, amount.frames * self.lossy_frame_bytes)


def compared(flown: Mapping[str, Flown]) -> dict[str, dict[str, Any]]:
    """The `comparison` entry, by strategy: runs of one scenario, seed and plan of passes."""
    references = {name: _reference(name, flown) for name in REFERENCES}
    curves = {name: run.curve for name, run in flown.items()}
    rate = common_rate(curve for curve in curves.values() if curve is not None)
    recalls = {
        name: None if curve is None or rate is None else at_rate(curve, rate).recall for name, curve in curves.items()
    }
    return {
        name: {
            "frames": _frames(run),
            "bytes": _bytes(run),
            "savings": {f"vs_{key}": run.saving(reference) for key, reference in references.items()},
            "fewer_bytes": {f"vs_{key}": _fewer_bytes(run, flown.get(key)) for key in REFERENCES},
            "equal_recall": {
                "false_alerts_per_1000_km2": rate,
                "recall": recalls[name],
                **{f"vs_{key}": _at_equal_recall(run, flown, recalls, one) for key, one in references.items()},
            },
            **_detection(run),
            "alert_s": {key: run.summary["latency_s"]["capture_to_alert"][key] for key in ("p50", "p90", "p99")},
            **_spacecraft(run.summary["satellites"]),
        }
        for name, run in flown.items()
    }


def figures(table: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, float | None]]:
    """A comparison's numbers by dotted name; what is None stays so."""
    for key, value in table.items():
        name = f"{path}.{key}" if path else key
        if isinstance(value, Mapping):
            yield from figures(value, name)
        elif value is None or isinstance(value, int | float):
            yield name, value


def _amount(frames: Iterable[Any]) -> Amount:
    listed = list(frames)
    captured, lossless = (sum(getattr(one, f"{kind}_bytes") for one in listed) for kind in ("captured", "lossless"))
    return Amount(len(listed), captured, lossless)


def _reference(name: str, flown: Mapping[str, Flown]) -> Reference | None:
    """None for `lossy` where it was not flown, or made no product."""
    if name != "lossy":
        return Reference(name)
    run = flown.get(name)
    if run is None or not (completed := run.completed.frames):
        return None
    return Reference(name, run.summary["bytes"]["delivered"] / completed)


def _fewer_bytes(run: Flown, other: Flown | None) -> float | None:
    return other.sent_bytes / run.sent_bytes if other is not None and run.sent_bytes else None


def _at_equal_recall(
    run: Flown, flown: Mapping[str, Flown], recalls: Mapping[str, float | None], reference: Reference | None
) -> float | None:
    """None where the reference's strategy was not flown."""
    other = None if reference is None else flown.get(reference.name)
    if reference is None or other is None:
        return None
    spent, transmitted = run.spent_bytes(reference), other.summary["bytes"]["downlink"]["total"]
    if spent is None:
        return None
    return savings_at_equal_recall(spent, recalls[run.strategy], transmitted, recalls[other.strategy])


def _frames(run: Flown) -> dict[str, Any]:
    frames = run.summary["frames"]
    return {
        "planned": run.planned.frames,
        **{state: frames[state] for state in ("exposed", "completed", "deferred", "dropped", "pending")},
        "coverage": run.coverage,
    }


def _bytes(run: Flown) -> dict[str, int]:
    held = run.summary["bytes"]
    return {
        "captured": run.planned.captured_bytes,
        "lossless": run.planned.lossless_bytes,
        "spent": run.sent_bytes,
        "sent": held["downlink"]["total"],
        **{state: held[state] for state in ("products", "delivered", "pending", "dropped")},
    }


def _detection(run: Flown) -> dict[str, float | None]:
    names = ("precision", "false_alerts_per_day", "false_alerts_per_1000_km2")
    return {"recall": run.recall, **{name: (run.score or {}).get(name) for name in names}}


def _spacecraft(satellites: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    uses = dict.fromkeys(use for one in satellites.values() for use in one["energy_j"])
    energy_j = {use: sum(one["energy_j"].get(use, 0.0) for one in satellites.values()) for use in uses}
    temperature_k, node, satellite = max(
        (kelvin, node, name) for name, one in satellites.items() for node, kelvin in one["temperature_max_k"].items()
    )
    return {
        "energy_j": {**energy_j, "total": sum(energy_j.values())},
        "soc_min": min(one["soc_min"] for one in satellites.values()),
        "hottest": {"temperature_k": temperature_k, "node": node, "satellite": satellite},
    }
