"""What mission control costs: the run that it watches, and the process that serves its page."""

import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from sim.experiment.bench.figure import Benchmark, Figure
from sim.mission_control.process import PageServer
from sim.mission_control.steering import UPDATE_S, Steering
from sim.resolve import resolve
from sim.run import RunOptions, run
from sim.scenario import Scenario

SATELLITES = 20
FAST_S, SLOW_S = 300.0, 600.0
PAIRS = 5
SETTLE_S, WATCH_S = 3.0, 10.0
FIGURES = (
    Figure(
        "page_run",
        "x",
        f"CPU time of the run's process, {SATELLITES} satellites at full speed, with the page over without",
        bar=1.1,
        is_ceiling=True,
    ),
    Figure(
        "page_server",
        "%",
        f"of a core: the page's server, {SATELLITES} satellites in real time, one viewer",
        bar=10.0,
        is_ceiling=True,
    ),
    Figure("page_updates", "1/s", "snapshots that the viewer got meanwhile", bar=8.0),
)


def measure(scratch: Path) -> tuple[float, ...]:
    """Runs with and without in turn, of which the least counts: whatever else the machine does only adds. Then one in
    real time that is watched."""
    path = _write_scenario(scratch)
    fast = resolve(path, settings=(f"duration_s={FAST_S}",))
    spent_s: dict[bool, list[float]] = {False: [], True: []}
    for number in range(PAIRS):
        for with_page in (number % 2 == 0, number % 2 == 1):
            spent_s[with_page].append(_cpu_s(fast, scratch / f"{number}-{with_page}", with_page=with_page))
    share, updates = _watch(resolve(path, settings=(f"duration_s={SLOW_S}",)), scratch / "slow")
    return min(spent_s[True]) / min(spent_s[False]), 100.0 * share, updates


BENCHMARK = Benchmark(FIGURES, measure, unfit=lambda: "" if Path("/proc/self/stat").exists() else "needs /proc")


def _cpu_s(scenario: Scenario, out: Path, *, with_page: bool) -> float:
    """Processor time of this process for a run, its threads included and the page's server not."""
    started_s = time.process_time()
    if not with_page:
        run(scenario, out)
        return time.process_time() - started_s
    with _steered(scenario, None) as (steering, _):
        steering.finish(run(scenario, out, _options(steering)))
    return time.process_time() - started_s


@contextmanager
def _steered(scenario: Scenario, factor: float | None) -> Iterator[tuple[Steering, PageServer]]:
    server = PageServer("127.0.0.1", 0, "")
    try:
        server.start()
        yield Steering(scenario, server, factor, lambda _: None), server
    finally:
        server.close()


def _options(steering: Steering) -> RunOptions:
    return RunOptions(pace=steering, inputs=steering.inputs, on_begin=steering.begin, observers=(steering,))


class _Enough(Exception):
    """The run has been watched for long enough."""


@dataclass(slots=True)
class _Ending:
    """Ends a run from inside, at its next record after the viewer is done."""

    is_over: bool = False

    def record(self, *_: object) -> None:
        """Take one record."""
        if self.is_over:
            raise _Enough

    def close(self) -> None:
        """Nothing is open."""


def _watch(scenario: Scenario, out: Path) -> tuple[float, float]:
    """The server's share of a core, and snapshots a second, while a run goes on in real time."""
    told: list[tuple[float, float]] = []
    ending = _Ending()
    with _steered(scenario, 1.0) as (steering, server):
        watching = threading.Thread(target=_view, args=(server, told, ending), daemon=True)
        watching.start()
        with suppress(_Enough):
            run(scenario, out, replace(_options(steering), observers=(steering, ending)))
        watching.join()
    ((share, updates),) = told
    return share, updates


def _view(server: PageServer, told: list[tuple[float, float]], ending: _Ending) -> None:
    """What a browser does: read the page and its tables once, then the live channel."""
    try:
        while not _reads(server.address + "api/mission"):
            time.sleep(0.2)
        _reads(server.address)
        from websockets.sync.client import connect  # every command would load it

        with connect(server.address.replace("http", "ws") + "live", max_size=None) as live:
            until_s = time.monotonic() + SETTLE_S
            while time.monotonic() < until_s:
                live.recv()
            assert server.pid is not None
            started_s, spent_s, count = time.monotonic(), _spent_s(server.pid), 0
            while time.monotonic() < started_s + WATCH_S:
                count += "snapshot" in json.loads(live.recv())
            elapsed_s = time.monotonic() - started_s
            told.append(((_spent_s(server.pid) - spent_s) / elapsed_s, count / elapsed_s))
    finally:
        ending.is_over = True


def _reads(address: str) -> bool:
    """Whether a page is there; one that is being prepared is not yet."""
    try:
        urllib.request.urlopen(address, timeout=120).read()
    except urllib.error.HTTPError:
        return False
    return True


def _spent_s(pid: int) -> float:
    """Processor time of a process so far (proc(5), stat: utime and stime)."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _write_scenario(folder: Path) -> Path:
    """Twenty satellites with a small camera and a model that costs next to nothing: what is left is the run itself."""
    (folder / "camera.toml").write_text(_CAMERA, "utf-8")
    path = folder / "page.toml"
    path.write_text(_SCENARIO, "utf-8")
    return path


_SCENARIO = f"""
name = "page"
start_utc = 2026-06-01T10:00:00Z
duration_s = {FAST_S}
[models]
beacon = "bright-target"
[[constellation]]
name = "lark"
walker = {{ total = {SATELLITES}, planes = 4, phasing = 1, altitude_km = 550, inclination_deg = 97.6, ltan_h = 10.5 }}
bus = "6u-cubesat"
device = {{ name = "jetson-orin-nx", power_mode = "15W" }}
instrument = "camera"
radio = "x-band-small"
[[station]]
network = "ksat"
min_elevation_deg = 5
[scene]
source = "targets"
"""
_CAMERA = """
name = "camera"
kind = "multispectral"
bands = ["pan"]
width_px = 64
height_px = 64
bit_depth = 12
gsd_m = 20.0
gsd_altitude_km = 550.0
scale = [4.884e-4]
offset = [0.0]
interval_s = 20.0
energy_per_frame_j = 3.0
max_sun_zenith_deg = 180.0
needs_land = false
position_error_m = 150.0
"""
assert UPDATE_S == 0.1, "the bar is for ten updates a second"
