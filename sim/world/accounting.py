"""What the world states of its plant at the end of a run: accounts of energy and heat, and the battery's wear."""

from sim.facts import BatteryWorn, EnergyAccounted, HeatAccounted
from sim.world.loads import USES
from sim.world.plant import Floats, Plant

Account = EnergyAccounted | HeatAccounted | BatteryWorn


def accounts(plant: Plant, satellite: int, name: str) -> tuple[Account, ...]:
    """The accounts of one satellite, in joules to 1e-6."""

    def joules(values: Floats) -> float:
        return round(float(values[satellite]), 6)

    def by_node(temperature_k: Floats) -> tuple[tuple[str, float], ...]:
        return tuple((node, round(float(temperature_k[row, satellite]), 3)) for row, node in plant.nodes_of(satellite))

    worn = plant.wear(satellite)
    return (
        EnergyAccounted(
            satellite=name,
            generated_j=joules(plant.generated_j),
            stored_j=joules(plant.stored_j),
            lost_j=joules(plant.lost_j),
            curtailed_j=joules(plant.curtailed_j),
            unserved_j=joules(plant.unserved_j),
            spent_j=tuple((use, joules(spent_j)) for use, spent_j in zip(USES, plant.spent_j, strict=True)),
        ),
        HeatAccounted(
            satellite=name,
            warmed_j=joules(plant.warmed_j),
            stored_j=joules(plant.heat_stored_j),
            emitted_j=joules(plant.emitted_j),
            temperature_min_k=by_node(plant.temperature_min_k),
            temperature_max_k=by_node(plant.temperature_max_k),
        ),
        BatteryWorn(
            satellite=name,
            cycles=worn.cycles,
            depth_of_discharge=round(worn.depth_max, 6),
            cycle_life=round(worn.cycle_life or 0.0, 1),
        ),
    )
