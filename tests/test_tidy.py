"""The house rules that a machine can hold: import directions, no circles, purity, small modules and functions."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("onboard", "groundstation", "sim")
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
    if "sample_data" not in path.parts
}
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}

INTERFACE_CONTROL = {
    "onboard.mission_time",
    "onboard.errors",
    "onboard.wire",
    "onboard.process",
    "onboard.storage",
    "onboard.sequences",
    "onboard.comms.packets",
    "onboard.comms.parameters",
    "onboard.comms.dictionary",
    "onboard.comms.frames",
    "onboard.comms.frame_checks",
    "onboard.comms.runs",
    "onboard.comms.reports",
    "onboard.comms.housekeeping",
    "onboard.comms.event_reports",
    "onboard.comms.health_reports",
    "onboard.comms.records",
    "onboard.comms.telecommands",
    "onboard.comms.telecommand_catalogue",
    "onboard.comms.telecommand_packets",
    "onboard.comms.tc_frames",
    "onboard.comms.security",
    "onboard.payload.products",
    "onboard.payload.detections",
    "onboard.payload.varints",
}
"""What the spacecraft publishes and the ground is built against: the link, its security, and the ports and tools that
both ends of it are made with."""

SHELLS = {
    "sim.api": "looks whether a name is a file where its user is",
    "onboard.curve": "reads certificates, and answers who knocks at a socket",
    "onboard.process": "the socket of a participant's own process",
    "onboard.shell": "the worker that really does the payload computer's jobs",
    "onboard.sqlite_store": "durable storage is a database file",
    "onboard.comms.keys": "reads key files",
    "onboard.payload.card_layout": "reads the model's card",
    "onboard.payload.inference_cache": "keeps detections in files",
    "onboard.payload.model_trial": "unpacks a model's folder",
    "onboard.payload.models": "reads the model's folder",
    "onboard.model_damage": "alters a copy of a model's file",
    "onboard.payload.session": "reads the model's file",
    "onboard.payload.weights": "reads the model's file, as memory is loaded from it",
    "onboard.payload.imagery": "mass memory is a folder of files",
    "groundstation.database": "the archive is a database file",
    "groundstation.web.live": "speaks to browsers",
    "groundstation.web.piped": "hears the run through a pipe, in a thread of its own",
    "groundstation.web.server": "serves at a socket",
    "groundstation.sinks": "delivers events to files and web addresses, in threads of its own",
    "sim.cache": "keeps drawn frames in files",
    "sim.configuration": "draws the keys of a run",
    "sim.model_upload": "reads a model's files",
    "sim.mission_control.mission": "reads the cards of models that may go up",
    "sim.mission_control.process": "starts the page's server and speaks to it",
    "sim.mission_control.replay": "plays a journal by the wall clock",
    "sim.mission_control.steering": "holds virtual time to the wall clock, and hears what people want",
    "sim.radiation.guarding": "reads a model's file",
    "sim.modelling.external": "looks at weights beside a model's file",
    "sim.modelling.graph": "reads a model's file",
    "sim.modelling.inspection": "reads a model's file in a child process",
    "sim.modelling.prepare": "puts an inferred card beside a bare graph",
    "sim.modelling.sandbox": "starts child processes with limits for files of unknown origin",
    "sim.modelling.speed": "measures processor time",
    "sim.modelling.wrong_card": "finds the line of a card's key",
    "sim.pace": "holds virtual time to the wall clock",
    "sim.nodes": "starts processes and speaks to them",
    "sim.run_directory": "writes files of a run whole or not at all",
    "sim.resume": "takes up a run's folder, and waits until its former archive is let go of",
    "sim.run": "reads the wall clock for `wall_s`, writes the run's files",
    "sim.journal": "writes the journal",
    "groundstation.web.page.land": "looks where the map lies",
    "groundstation.web.page.mounting": "reads the page's style",
    "sim.scratch": "makes and locks a folder, removes abandoned ones",
    "sim.observers": "writes what it saw",
    "sim.live": "draws for a person, now and then",
    "sim.data": "finds the sample data",
    "sim.equipment.records": "reads the small files of the world",
    "sim.experiment.exam.fire_pictures": "reads real pictures",
    "sim.experiment.exam.fire_plan": "reads the frozen plan",
    "sim.experiment.exam.raft_pictures": "reads real pictures",
    "sim.experiment.exam.raft_plan": "reads the frozen plan",
    "sim.experiment.exam.raft_survey": "draws seas in worker processes",
    "sim.experiment.alerts": "writes the alerts",
    "sim.experiment.compare": "writes the comparison",
    "sim.experiment.report.gather": "reads a run's folder",
    "sim.experiment.report.page": "writes the report",
    "sim.experiment.exam.flight": "reads the folders of runs",
    "sim.experiment.exam.radiation": "keeps flown legs in folders",
    "sim.experiment.flights": "flies in worker processes",
    "sim.scenes.renderer": "draws in worker processes",
    "sim.scenes.picture_files": "reads pictures",
    "sim.scenes.images_toml": "reads what describes a folder of pictures",
    "sim.scenes.products.capella": "reads a product's metadata",
    "sim.scenes.products.finding": "looks what lies in a folder",
    "sim.scenes.products.landsat_c2": "reads a product's metadata",
    "sim.scenes.products.rasters": "reads rasters",
    "sim.scenes.products.sentinel2_safe": "looks what lies in a product's folder",
    "sim.scenes.land": "reads the map",
    "sim.swarm.campaign": "flies in worker processes",
    "sim.swarm.case": "writes a case",
    "sim.workers": "starts worker processes, and ends them",
}
"""Modules that touch the host, and what for. Everything else is core."""

IMPURE_MODULES = {
    "asyncio",
    "concurrent",
    "multiprocessing",
    "random",
    "socket",
    "subprocess",
    "threading",
    "time",
    "zmq",
}
IMPURE_CALLS = {
    *("connect", "glob", "is_file", "memmap", "open", "read_bytes", "read_text", "tofile", "write_bytes", "write_text"),
    *("now", "seed", "today", "urandom", "utcnow"),
}
MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 60


def imported(tree: ast.Module) -> set[str]:
    """Full names of what a module imports, anywhere in it; `from a import b` may mean a.b."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            names.add(str(node.module))
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_imports(name: str) -> set[str]:
    """The project's modules that a module imports."""
    return imported(TREES[name]) & MODULES.keys() - {name}


def package(name: str) -> str:
    return name.split(".")[0]


def is_shell(name: str) -> bool:
    return name in SHELLS or name.endswith("__main__") or name.startswith(("sim.commands.", "sim.experiment.bench."))


@pytest.mark.parametrize("name", MODULES)
def test_imports_go_one_way(name: str) -> None:
    allowed = {"onboard": {"onboard"}, "groundstation": {"onboard", "groundstation"}, "sim": set(PACKAGES)}
    assert {package(target) for target in imported(TREES[name])} & set(PACKAGES) <= allowed[package(name)]


@pytest.mark.parametrize("name", [name for name in MODULES if package(name) == "groundstation"])
def test_the_ground_knows_only_the_published_interface(name: str) -> None:
    flight = {target for target in own_imports(name) if package(target) == "onboard"}
    assert flight - {"onboard", "onboard.comms", "onboard.payload"} <= INTERFACE_CONTROL


def test_no_module_imports_itself_through_others() -> None:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join((*path, name))
        if name not in done:
            for target in sorted(own_imports(name)):
                visit(target, (*path, name))
            done.add(name)

    for name in MODULES:
        visit(name, ())


def impurities(name: str) -> set[str]:
    """What of the host a module touches."""
    modules = {target.split(".")[0] for target in imported(TREES[name])} & IMPURE_MODULES
    calls = [node.func for node in ast.walk(TREES[name]) if isinstance(node, ast.Call)]
    named = {call.attr if isinstance(call, ast.Attribute) else getattr(call, "id", "") for call in calls}
    return modules | named & IMPURE_CALLS


@pytest.mark.parametrize("name", [name for name in MODULES if not is_shell(name)])
def test_core_modules_touch_neither_clock_nor_host(name: str) -> None:
    assert not impurities(name)


@pytest.mark.parametrize("name", MODULES)
def test_chance_is_seeded(name: str) -> None:
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute) and node.value.attr == "random":
            assert node.attr in {"Generator", "default_rng"}, ast.unparse(node)
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
            assert node.args, "a generator without a seed"


@pytest.mark.parametrize("name", MODULES)
def test_modules_and_functions_are_small(name: str) -> None:
    assert len(MODULES[name].read_text(encoding="utf-8").splitlines()) <= MAX_MODULE_LINES
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < MAX_FUNCTION_LINES, node.name


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("__init__")])
def test_package_files_are_empty(name: str) -> None:
    assert not TREES[name].body


@pytest.mark.parametrize("name", sorted(SHELLS))
def test_every_exception_is_still_needed(name: str) -> None:
    assert impurities(name)


def test_the_ground_never_loads_what_only_flies() -> None:
    script = "import sys, groundstation.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert {"groundstation.centre", *INTERFACE_CONTROL} <= set(loaded)
    assert not {"onnxruntime", "cv2", "imagecodecs", "sim", "onboard.computer", "onboard.shell"} & set(loaded)


def test_the_satellite_never_loads_the_world() -> None:
    script = "import sys, onboard.__main__; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout.split()
    assert "onboard.computer" in loaded
    assert not {"sim", "groundstation", "pydantic", "scipy", "numba", "imagecodecs"} & set(loaded)
