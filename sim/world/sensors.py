"""What a spacecraft's sensors tell of the plant's truth: rounded to their steps."""

from collections.abc import Iterator, Sequence

from onboard.events import HousekeepingSampled
from sim.world.loads import UNITS, Bools
from sim.world.plant import Plant


def sampled(plant: Plant, memory_errors: Sequence[int]) -> Iterator[HousekeepingSampled]:
    """A sample of every satellite; `memory_errors` since the start, (n_sat,)."""
    charge, sunlit = plant.state_of_charge, plant.sunlit
    computer_k, battery_k = plant.computer_temperature_k, plant.battery_temperature_k
    array_w, heater_w = plant.array_power_w, plant.heater_power_w
    for index in range(len(charge)):
        yield HousekeepingSampled(
            state_of_charge=round(float(charge[index]), 3),
            computer_temperature_k=round(float(computer_k[index]), 1),
            sunlit=bool(sunlit[index]),
            battery_temperature_k=round(float(battery_k[index]), 1),
            array_power_w=round(float(array_w[index]), 1),
            heater_power_w=round(float(heater_w[index]), 1),
            overcurrent=_units(plant.overcurrent[:, index]),
            unfed=_units(~plant.is_fed[:, index]),
            memory_errors=memory_errors[index],
        )


def _units(are_so: Bools) -> tuple[str, ...]:
    """Names of units, (n_unit,), of which something is true."""
    return tuple(unit for unit, is_so in zip(UNITS, are_so, strict=True) if is_so)
