"""Satellites and computers that flew: OroraTech's Xavier NX, and BUPT-1 at work.

Both are checks of our data files rather than of our formulas. The Xavier NX's throughput is derived from this very
figure, and what is not published of BUPT-1 was chosen so that it behaves as in flight (sample_data/buses/BUPT-1.md).
"""

from onboard.commands import JobKind, StartJob
from onboard.mission_time import to_ns, to_s
from sim.data import sample_path
from sim.equipment.device import Device
from sim.equipment.records import read_record
from sim.experiment.anchors.row import Row, within
from sim.planning import orbits_of
from sim.resolve import resolve, scenario_path
from sim.world.loads import USES
from sim.world.plant import Plant
from sim.world.processor import job_duration_ns

ORORATECH = "arXiv 2605.06273: 8 tiles of 224 x 224 in FP16"
TILES, TILE_PX, MACS_PER_PX = 8, 224, 10_000
DERIVED = "10,000 multiply-accumulates a pixel; the device file's throughput is derived from this figure"

BUPT_1 = "arXiv 2401.03435"
CHOSEN = "what is not published was chosen so that it behaves as in flight (sample_data/buses/BUPT-1.md)"
COMPUTING_W, COMPUTING_S = 9.0, 36_000.0
TRANSMITTING_W = 0.65
"""Mean over the passes of `skysift run bupt-1`."""
SURFACE_ABOVE_C = 30.0
SURFACE_AT_MOST_ABOVE_C = 15.0
"""Assumed: a paper that says 'over 30' does not mean over 45."""


def rows() -> list[Row]:
    """Inference time, energy and heat."""
    return [_xavier_nx(), *_bupt_1()]


def _xavier_nx() -> Row:
    device = read_record(Device, sample_path("devices", "jetson-xavier-nx.toml"))
    job = StartJob(1, JobKind.INFERENCE, 1, TILES * TILE_PX**2 * MACS_PER_PX, 0)
    ours_ms = 1e3 * to_s(job_duration_ns(device.power_modes["15W"], job))
    name, reference_ms = "OroraTech: 8 tiles on a Xavier NX", 65.34
    return Row(name, reference_ms, ours_ms, within(0.05, reference_ms), "ms", ORORATECH, assumed=DERIVED)


def _bupt_1() -> list[Row]:
    scenario = resolve(scenario_path("bupt-1"))
    until_ns = to_ns(COMPUTING_S)
    plant = Plant(scenario.satellite, orbits_of(scenario), scenario.world_tick_s, until_ns)
    plant.draw(0, "computer", 0, until_ns, COMPUTING_W - scenario.satellite[0].device.setting.idle_w)
    plant.draw(0, "radio", 0, until_ns, TRANSMITTING_W)
    while plant.next_tick_ns is not None:
        plant.step()
    spent_j = plant.spent_j[:, 0]
    share = float(spent_j[USES.index("computer")] / spent_j.sum())
    surface_c = float(plant.computer_temperature_k[0]) - 273.15
    return [
        # 30 to 40 %.
        Row("BUPT-1: computing's share of energy", 0.35, share, 0.05, "", BUPT_1, assumed=CHOSEN),
        Row(
            "BUPT-1: surface after 10 h at 9 W, over",
            SURFACE_ABOVE_C,
            surface_c,
            SURFACE_AT_MOST_ABOVE_C,
            "°C",
            BUPT_1,
            is_floor=True,
            assumed=CHOSEN,
        ),
    ]
