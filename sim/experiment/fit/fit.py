"""`skysift fit`: will a model fly on a satellite, judged before any run. The executive is never started.

Prediction and run share the plant, the payload computer, the flight rules and the plans of exposures and passes; what
is predicted is how work falls in time. A run that operators command, or whose link loses its acknowledgements, goes
its own way.
"""

from collections.abc import Sequence
from dataclasses import replace

from onboard.modes import Mode
from onboard.payload.models import ModelCard
from sim.alert_budget import aloft
from sim.experiment.fit.allowances import (
    HEAVIER,
    J_PER_WH,
    MODEL_MEMORY,
    Asked,
    Flown,
    Tried,
    allowances_of,
    binding,
    first_variants,
    flown_of,
    heavier_variants,
    losing,
    without_variants,
)
from sim.experiment.fit.lifts import lift_of, steps_for
from sim.experiment.fit.needs import demand_of
from sim.experiment.fit.relief import Constraint
from sim.experiment.fit.result import Allowance, Fit, SatelliteFit
from sim.experiment.fit.timeline import Outcome, Timeline, Variant
from sim.modelling.flyable import card_for
from sim.modelling.memory import measured_mb
from sim.modelling.prepare import PreparedModel, prepare
from sim.planning import plan, smallest_device
from sim.resolve import model_folder
from sim.scenario import Scenario
from sim.scratch import scratch_folder

MOST_S = 2 * 86400.0
"""A longer scenario is judged by its beginning: two days have 30 orbits."""


def fit(scenario: Scenario) -> Fit:
    """Judge a scenario's model on its satellites. Raises InputError as a run would, but for a model that is too large
    for a computer's memory: that is an answer."""
    shown = scenario.model_copy(update={"duration_s": min(scenario.duration_s, MOST_S)})
    with scratch_folder() as scratch:
        model = prepare(model_folder(shown), shown.task, scratch, smallest_device(shown))
        with model.named_as_given():
            card = card_for(shown, model)
            flight_plan = plan(shown)
            card = aloft(card, shown, flight_plan.exposures).card
        demand = demand_of(shown, card, flight_plan, scratch)
        model_mb = _memory_mb(card, model)
    timeline = Timeline(shown, card, flight_plan, demand)
    asked = [
        Asked(
            Variant(index, satellite),
            demand.needs[index],
            timeline.carriages[index],
            shown.duration_s / float(flight_plan.orbits.period_s[index]),
            float(flight_plan.orbits.period_s[index]),
            model_mb,
        )
        for index, satellite in enumerate(shown.satellite)
    ]
    satellites = _judged(timeline, asked)
    notes = [*model.notes, *flight_plan.notes]
    if shown.duration_s < scenario.duration_s:
        notes.append(f"judged by the first {MOST_S / 86400:.0f} days of {scenario.duration_s / 86400:.1f}")
    return Fit(shown.name, shown.strategy, card.name, demand.sampled, satellites, tuple(notes))


def _judged(timeline: Timeline, asked: list[Asked]) -> tuple[SatelliteFit, ...]:
    """All satellites side by side: first what each constraint allows, then how much more, or what would lift it."""
    first = _Batch(timeline)
    places = [first.add(first_variants(one)) for one in asked]
    first.fly()
    flown = [flown_of(first.outcomes(place)) for place in places]
    second = _Batch(timeline)
    trials = [_Trial(one, it, second) for one, it in zip(asked, flown, strict=True)]
    second.fly()
    return tuple(trial.judged() for trial in trials)


class _Batch:
    """Variants that are flown together."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._variants: list[Variant] = []
        self._outcomes: list[Outcome] = []

    def add(self, variants: Sequence[Variant]) -> slice:
        """Take variants in; returns where their outcomes will be."""
        start = len(self._variants)
        self._variants += variants
        return slice(start, len(self._variants))

    def fly(self) -> None:
        """Fly them."""
        self._outcomes = self._timeline.fly(self._variants) if self._variants else []

    def outcomes(self, place: slice) -> list[Outcome]:
        """In the order in which they were added."""
        return self._outcomes[place]


class _Trial:
    """What one satellite is tried with in the second batch."""

    def __init__(self, asked: Asked, flown: Flown, batch: _Batch) -> None:
        self._asked, self._flown, self._batch = asked, flown, batch
        self._heavier = {one: batch.add(some) for one, some in heavier_variants(asked, flown).items()}
        self._without = {one: batch.add(some) for one, some in without_variants(asked, flown).items()}
        self._steps = {one: steps_for(one, asked) for one in losing(asked, flown)}
        self._lifted = {one: batch.add([step.variant for step in steps]) for one, steps in self._steps.items()}

    def judged(self) -> SatelliteFit:
        """After the batch has flown."""
        asked, flown, batch = self._asked, self._flown, self._batch
        tried = Tried(
            {one: batch.outcomes(place) for one, place in self._heavier.items()},
            {one: batch.outcomes(place)[0] for one, place in self._without.items()},
        )
        allowances = allowances_of(asked, flown, tried)
        for one, steps in self._steps.items():
            frames = allowances[one].frames_per_orbit * asked.orbits
            lift = lift_of(asked, one, frames, steps, batch.outcomes(self._lifted[one]))
            if allowances[one].what == MODEL_MEMORY:
                lift = f"a computer with at least {allowances[one].need:,.0f} MB"
            allowances[one] = replace(allowances[one], lift=lift)
        return _satellite(asked, flown, allowances, binding(asked, flown, tried))


def _satellite(
    asked: Asked, flown: Flown, allowances: dict[Constraint, Allowance], bound: Constraint | None
) -> SatelliteFit:
    flies = asked.model_mb <= asked.variant.satellite.device.memory_mb
    told = SatelliteFit(
        name=asked.variant.satellite.name,
        verdict="",
        binds=bound,
        tightest=bound or min(Constraint, key=lambda name: allowances[name].ratio),
        orbits=asked.orbits,
        asked=len(asked.needs),
        completed=flown.as_is.completed if flies else 0,
        late=flown.as_is.late if flies else 0,
        constraints=allowances,
        notes=_notes(asked, flown),
    )
    return replace(told, verdict=_verdict(told))


def _verdict(told: SatelliteFit) -> str:
    if not told.asked:
        return "no frame is asked of it"
    late = f" ({told.late} more wait for a contact after the end)" if told.late else ""
    frames = f"{told.frames_per_orbit:.1f} of {told.asked_per_orbit:.1f} frames an orbit{late}"
    allowance = told.constraints[told.tightest]
    if told.binds is None:
        times = f"{allowance.ratio:,.0f}" if allowance.ratio >= 10 else f"{allowance.ratio:.2g}"
        room = f"which bears {times} times as many" if allowance.ratio >= HEAVIER[0] else "with little to spare"
        return f"yes, {frames}; nearest to its limit is {told.tightest}, {room}"
    if allowance.lift is None:
        return f"no, {frames}; {told.binds} binds, together with others"
    return f"no, {frames}; {told.binds} binds: {allowance.lift} would lift it"


PUT_OFF = {
    Mode.POWER_SAVING: "charge is low",
    Mode.HOT: "the computer is hot",
    Mode.SAFE: "charge is critical",
    Mode.RECOVERY: "charge was critical before",
}


def _notes(asked: Asked, flown: Flown) -> tuple[str, ...]:
    notes = []
    free, battery = flown.free, asked.variant.satellite.bus.battery
    deficit_wh = (free.spent_j + free.lost_j - free.generated_j) / J_PER_WH / asked.orbits
    if deficit_wh > 0:
        spare = battery.initial_state_of_charge - asked.variant.satellite.bus.limits.min_state_of_charge
        orbits = max(spare, 0.0) * battery.capacity_wh / deficit_wh
        notes.append(
            f"the array gives {deficit_wh:.2g} Wh an orbit less than all frames take: "
            f"what the battery holds above its limit lasts {orbits:.1f} orbits"
        )
    for mode, why in PUT_OFF.items():
        if put_off_s := flown.as_is.count.modes_s.get(mode, 0.0):
            notes.append(f"work is put off for {put_off_s / 60 / asked.orbits:.0f} min an orbit because {why}")
    failing = next((one.failed_because for one in asked.needs if one.failed_because), "")
    if failing:
        notes.append(f"frames were set aside when they were tried: {failing}")
    return tuple(notes)


def _memory_mb(card: ModelCard, model: PreparedModel) -> float:
    if model.tried_mb is not None:
        return model.tried_mb
    return card.memory_mb if card.memory_mb is not None else float(measured_mb(card))
