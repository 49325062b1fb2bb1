"""What each constraint allows alone, out of variants of one satellite flown side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf

from sim.experiment.fit.needs import FrameNeeds
from sim.experiment.fit.passes_ahead import Carriage
from sim.experiment.fit.relief import AMPLE, Constraint, frame_s, heavier, only, without
from sim.experiment.fit.result import Allowance
from sim.experiment.fit.timeline import Outcome, Variant

LOST_SHARE = 0.02
"""Of the frames asked for: what ends with the run in the middle of its work is no sign of a constraint."""
HEAVIER = (1.2, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
"""Times the joules a frame, tried until energy or heat takes frames away: the last that does not is the ratio."""
MASS_MEMORY, OUTBOX, MODEL_MEMORY = "mass memory", "outbox", "computer's memory for the model"
J_PER_WH, BYTES_PER_MB = 3600.0, 1e6


@dataclass(frozen=True, slots=True)
class Asked:
    """What a satellite is asked for: the needs of its frames, over so many orbits of a period."""

    variant: Variant
    needs: tuple[FrameNeeds, ...]
    carriage: Carriage
    orbits: float
    period_s: float
    model_mb: float

    @property
    def work_s(self) -> float:
        """Mean time for a frame on an accelerator."""
        return frame_s(self.variant.satellite.device, self.needs)

    def good(self, outcome: Outcome, constraint: Constraint | None = None) -> int:
        """Frames that were completed, or wait for a contact after the end; of memory those that no store refused."""
        if constraint is Constraint.MEMORY:
            return len(self.needs) - outcome.count.refused - outcome.dropped
        return outcome.completed + outcome.late

    def keeps_up(self, outcome: Outcome, constraint: Constraint | None = None) -> bool:
        """Whether all frames are good, but for what the end of the run cut off."""
        cut_off = max(LOST_SHARE * len(self.needs), self.variant.satellite.device.accelerators + 1)
        return self.good(outcome, constraint) >= len(self.needs) - min(cut_off, len(self.needs) / 2)


@dataclass(frozen=True, slots=True)
class Flown:
    """Outcomes of a satellite as it is, bound by one constraint, and bound by none: at work, and idle."""

    as_is: Outcome
    only: Mapping[Constraint, Outcome]
    free: Outcome
    idle: Outcome


@dataclass(frozen=True, slots=True)
class Tried:
    """Outcomes that only some satellites need: bound by energy or heat where that loses nothing, with frames that take
    `HEAVIER` times the joules; and without one constraint, where no single one tells why frames are lost."""

    heavier: Mapping[Constraint, Sequence[Outcome]]
    without: Mapping[Constraint, Outcome]


def first_variants(asked: Asked) -> list[Variant]:
    """The variants of `Flown`, in its order."""
    variant, work_s = asked.variant, asked.work_s
    # Wide passes instead of none to wait for: the outbox then holds what it must.
    free = replace(without(Constraint, variant, work_s), is_always_heard=False, volume=AMPLE)
    return [variant, *(only(one, variant, work_s) for one in Constraint), free, replace(free, is_idle=True)]


def flown_of(outcomes: Sequence[Outcome]) -> Flown:
    """The outcomes of `first_variants`."""
    as_is, *bound, free, idle = outcomes
    return Flown(as_is, dict(zip(Constraint, bound, strict=True)), free, idle)


def heavier_variants(asked: Asked, flown: Flown) -> dict[Constraint, list[Variant]]:
    """Of `Tried.heavier`."""
    bound = {one: only(one, asked.variant, asked.work_s) for one in (Constraint.ENERGY, Constraint.HEAT)}
    return {
        one: [replace(variant, satellite=heavier(variant.satellite, times)) for times in HEAVIER]
        for one, variant in bound.items()
        if asked.keeps_up(flown.only[one])
    }


def without_variants(asked: Asked, flown: Flown) -> dict[Constraint, list[Variant]]:
    """Of `Tried.without`, one of each constraint."""
    if asked.keeps_up(flown.as_is) or losing(asked, flown):
        return {}
    return {one: [without([one], asked.variant, asked.work_s)] for one in Constraint}


def losing(asked: Asked, flown: Flown) -> list[Constraint]:
    """The constraints that take frames away by themselves."""
    return [one for one in Constraint if _loses(asked, flown, one)]


def allowances_of(asked: Asked, flown: Flown, tried: Tried) -> dict[Constraint, Allowance]:
    """Every constraint's."""
    return {
        Constraint.COMPUTE: _compute(asked, flown),
        Constraint.ENERGY: _energy(asked, flown, tried),
        Constraint.HEAT: _heat(asked, flown, tried),
        Constraint.LINK: _link(asked, flown),
        Constraint.MEMORY: _memory(asked, flown),
    }


def binding(asked: Asked, flown: Flown, tried: Tried) -> Constraint | None:
    """The constraint that allows the fewest frames; where only several together take frames away, the one without
    which most would be completed."""
    if alone := losing(asked, flown):
        return min(alone, key=lambda one: 0 if _is_too_large(asked, one) else asked.good(flown.only[one], one))
    if not tried.without:
        return None
    return max(Constraint, key=lambda one: asked.good(tried.without[one]))


def _compute(asked: Asked, flown: Flown) -> Allowance:
    device = asked.variant.satellite.device
    broken = len({failure.accelerator for failure in device.failed})
    need = len(asked.needs) * asked.work_s / asked.orbits
    have = (device.accelerators - broken) * asked.period_s
    return _allowance(asked, flown, Constraint.COMPUTE, need, have, "s", "accelerator time an orbit")


def _energy(asked: Asked, flown: Flown, tried: Tried) -> Allowance:
    """What all frames take beyond an idle spacecraft, and what could be spent on them before any is lost."""
    need = (flown.free.spent_j - flown.idle.spent_j) / J_PER_WH / asked.orbits
    ratio = _bearable(asked, flown, tried, Constraint.ENERGY)
    return _allowance(
        asked, flown, Constraint.ENERGY, need, need * ratio if need else 0.0, "Wh", "energy for frames an orbit", ratio
    )


def _heat(asked: Asked, flown: Flown, tried: Tried) -> Allowance:
    """The hottest that all frames make the computer; its chip where that comes nearer to its limit."""
    satellite = asked.variant.satellite
    pairs = [(satellite.bus.limits.max_computer_temperature_k, flown.free.node_k, "computer's node")]
    if satellite.device.throttling:
        pairs.append((satellite.device.throttling[0].above_k, flown.free.chip_k, "computer's chip"))
    have, need, place = min(pairs, key=lambda pair: pair[0] - pair[1])
    what, ratio = f"highest temperature of the {place}", _bearable(asked, flown, tried, Constraint.HEAT)
    return _allowance(asked, flown, Constraint.HEAT, need, have, "K", what, ratio)


def _link(asked: Asked, flown: Flown) -> Allowance:
    cost_bytes = sum(asked.carriage.cost_bytes(one.product_bytes) for one in asked.needs if one.product_bytes)
    need, have = cost_bytes / asked.orbits, float(asked.carriage.room_bytes.sum()) / asked.orbits
    what = "room for products in an orbit's passes"
    return _allowance(asked, flown, Constraint.LINK, need / BYTES_PER_MB, have / BYTES_PER_MB, "MB", what)


def _memory(asked: Asked, flown: Flown) -> Allowance:
    limits, device = asked.variant.satellite.bus.limits, asked.variant.satellite.device
    pairs = [
        (limits.mass_memory_bytes / BYTES_PER_MB, flown.free.peak_memory_bytes / BYTES_PER_MB, MASS_MEMORY),
        (limits.outbox_bytes / BYTES_PER_MB, flown.free.peak_outbox_bytes / BYTES_PER_MB, OUTBOX),
        (device.memory_mb, asked.model_mb, MODEL_MEMORY),
    ]
    have, need, what = min(pairs, key=lambda pair: pair[0] / pair[1] if pair[1] else inf)
    return _allowance(asked, flown, Constraint.MEMORY, need, have, "MB", what)


def _bearable(asked: Asked, flown: Flown, tried: Tried, constraint: Constraint) -> float:
    """Up to how many times the joules a frame no frame is lost, among those tried."""
    if constraint not in tried.heavier:
        return asked.good(flown.only[constraint]) / len(asked.needs)
    borne = 1.0
    for times, outcome in zip(HEAVIER, tried.heavier[constraint], strict=True):
        if not asked.keeps_up(outcome):
            break
        borne = times
    return borne


def _loses(asked: Asked, flown: Flown, constraint: Constraint) -> bool:
    return _is_too_large(asked, constraint) or not asked.keeps_up(flown.only[constraint], constraint)


def _is_too_large(asked: Asked, constraint: Constraint) -> bool:
    """Whether the model leaves no room in the computer: a run refuses it."""
    return constraint is Constraint.MEMORY and asked.model_mb > asked.variant.satellite.device.memory_mb


def _allowance(
    asked: Asked,
    flown: Flown,
    constraint: Constraint,
    need: float,
    have: float,
    unit: str,
    what: str,
    ratio: float | None = None,
) -> Allowance:
    """By proportion where no frame is lost: a ratio is then at least 1, and otherwise the share that is left."""
    count = len(asked.needs)
    if loses := _loses(asked, flown, constraint):
        good = 0 if _is_too_large(asked, constraint) else asked.good(flown.only[constraint], constraint)
        return Allowance(good / asked.orbits, need, have, unit, good / max(count, 1), have - need, what, loses)
    if ratio is None:
        ratio = max(have / need, 1.0) if need > 0 else inf
    return Allowance(count * ratio / asked.orbits, need, have, unit, ratio, have - need, what, loses)
