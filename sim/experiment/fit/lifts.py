"""What would lift a constraint: changes tried in growing steps, each flown with every other constraint lifted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sim.equipment.bus import Face
from sim.experiment.fit.allowances import Asked
from sim.experiment.fit.relief import Constraint, faster, frame_s, only, with_bus, with_device
from sim.experiment.fit.timeline import Outcome, Variant
from sim.scenario import Satellite

STEPS = (1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 20.0, 50.0, 100.0)
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Step:
    """One change: `ladder` is its kind, of which the first step that lifts is named."""

    ladder: str
    text: str
    variant: Variant


def steps_for(constraint: Constraint, asked: Asked) -> list[Step]:
    """Changes that may lift a constraint, within a ladder the smallest first."""
    makers = {
        Constraint.COMPUTE: _computers,
        Constraint.ENERGY: _power,
        Constraint.HEAT: _cooling,
        Constraint.LINK: _links,
        Constraint.MEMORY: _stores,
    }
    variant = asked.variant
    steps = [*makers[constraint](variant)]
    if constraint in (Constraint.COMPUTE, Constraint.ENERGY, Constraint.HEAT):
        steps += _power_modes(variant)
    return [
        replace(step, variant=only(constraint, step.variant, frame_s(step.variant.satellite.device, asked.needs)))
        for step in steps
    ]


def lift_of(
    asked: Asked, constraint: Constraint, frames: float, steps: Sequence[Step], outcomes: Sequence[Outcome]
) -> str:
    """The first step of each ladder that lifts, in words; where none does, the pace that is borne."""
    found: dict[str, str] = {}
    for step, outcome in zip(steps, outcomes, strict=True):
        if step.ladder not in found and asked.keeps_up(outcome, constraint):
            found[step.ladder] = step.text
    if found:
        return " or ".join([*found.values()][:MOST_NAMED])
    if not frames:
        return "nothing tried here would"
    interval_s = asked.variant.satellite.instrument.frame_interval_s * len(asked.needs) / frames
    return f"a frame only every {_figure(interval_s)} s"


def _computers(variant: Variant) -> Iterator[Step]:
    satellite = variant.satellite
    for times in STEPS:
        text = f"a computer {times:g} times as fast"
        yield Step("speed", text, replace(variant, satellite=faster(satellite, times, joules_stay=False)))


def _power_modes(variant: Variant) -> Iterator[Step]:
    device = variant.satellite.device
    for name in device.power_modes:
        if name != device.power_mode:
            moded = with_device(variant.satellite, power_mode=name)
            yield Step("power mode", f"power mode {name}", replace(variant, satellite=moded))


def _power(variant: Variant) -> Iterator[Step]:
    satellite = variant.satellite
    battery, panels = satellite.bus.battery, satellite.bus.panel
    for times in STEPS:
        capacity_wh = battery.capacity_wh * times
        text = f"a battery of at least {_figure(capacity_wh)} Wh"
        yield Step("battery", text, replace(variant, satellite=with_bus(satellite, "battery", capacity_wh=capacity_wh)))
    for times in STEPS:
        wider = tuple(panel.model_copy(update={"area_m2": panel.area_m2 * times}) for panel in panels)
        more_m2 = sum(panel.area_m2 for panel in panels) * (times - 1.0)
        bus = satellite.bus.model_copy(update={"panel": wider})
        wide = satellite.model_copy(update={"bus": bus})
        yield Step("array", f"{_figure(more_m2)} m2 more solar cells", replace(variant, satellite=wide))


def _cooling(variant: Variant) -> Iterator[Step]:
    satellite = variant.satellite
    bus, node = satellite.bus, satellite.bus.loads.computer_node
    beside = {name: one.conductance_w_k for one in bus.coupling if node in one.nodes for name in one.nodes}
    radiators = [face for face in bus.face if face.node == node or face.node in beside]
    for times in STEPS if radiators else ():
        best = max(radiators, key=lambda face: (face.emissivity - face.absorptance, face.area_m2))
        wider = best.model_copy(update={"area_m2": best.area_m2 * times})
        faces = tuple(wider if face is best else face for face in bus.face)
        text = f"a radiator of {_figure(best.area_m2 * (times - 1.0))} m2 more"
        yield Step("radiator", text, replace(variant, satellite=_with_faces(satellite, faces)))
    for times in STEPS if beside else ():
        straps = tuple(
            one.model_copy(update={"conductance_w_k": one.conductance_w_k * times}) if node in one.nodes else one
            for one in bus.coupling
        )
        added_w_k = sum(one.conductance_w_k for one in bus.coupling if node in one.nodes) * (times - 1.0)
        strapped = satellite.model_copy(update={"bus": bus.model_copy(update={"coupling": straps})})
        text = f"heat straps of {_figure(added_w_k)} W/K more at the computer"
        yield Step("strap", text, replace(variant, satellite=strapped))


def _with_faces(satellite: Satellite, faces: tuple[Face, ...]) -> Satellite:
    return satellite.model_copy(update={"bus": satellite.bus.model_copy(update={"face": faces})})


def _links(variant: Variant) -> Iterator[Step]:
    for times in STEPS:
        text = f"{times:g} times the rate, or stations for {times:g} times the time in contact"
        yield Step("volume", text, replace(variant, volume=times))


def _stores(variant: Variant) -> Iterator[Step]:
    limits = variant.satellite.bus.limits
    for key, name in (("mass_memory_bytes", "mass memory"), ("outbox_bytes", "an outbox")):
        for times in STEPS:
            size_bytes = round(getattr(limits, key) * times)
            larger = with_bus(variant.satellite, "limits", **{key: size_bytes})
            text = f"{name} of at least {_figure(size_bytes / 1e6)} MB"
            yield Step(key, text, replace(variant, satellite=larger))


def _figure(value: float) -> str:
    """Two figures, never in powers of ten."""
    return f"{float(f'{value:.2g}'):g}" if value < 1e6 else f"{value:,.0f}"
