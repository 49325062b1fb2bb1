"""The command that turns a finished run into standard formats: export."""

import errno
import json
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from groundstation.archive import Archive
from groundstation.exports import cap, chips, czml, geojson, pcap, stac, xtce
from groundstation.exports.tables import tables as csv_tables
from onboard.errors import InputError
from sim.blame import suggestion
from sim.commands import common
from sim.commands.common import human_bytes, tables
from sim.experiment.finished_run import FinishedRun
from sim.run_directory import ARCHIVE

RunDirectory = Annotated[Path, typer.Argument(metavar="RUN_DIR", help="The folder that a run left.")]
FormatName = Annotated[
    str, typer.Option("--format", metavar="FORMAT", help="One of: geojson, chips, stac, cap, czml, csv, pcap, xtce.")
]
OutOfExport = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Where the files go; RUN_DIR/exports without it.")
]

_Box = tuple[str, int, str, int, int, int, int]
"""Satellite, frame, task and box: alerts that have these in common are shown by one chip."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export")(export)


def export(
    run_dir: RunDirectory, format_name: FormatName, out: OutOfExport = None, as_json: common.AsJson = False
) -> int:
    """Write a finished run in a standard format.

    Example: skysift export runs/wildfire-watch-detections-seed1 --format stac
    """
    if format_name not in FORMATS:
        raise InputError("command line", suggestion(format_name, FORMATS), key="--format", value=format_name)
    if not (run_dir / ARCHIVE).is_file():
        raise InputError(run_dir, f"holds no finished run: {ARCHIVE} is not there")
    directory = out or run_dir / "exports"
    with closing(Archive(run_dir / ARCHIVE, read_only=True)) as archive:
        written = [
            _write(directory / name, content) for name, content in FORMATS[format_name](FinishedRun(run_dir, archive))
        ]
    if as_json:
        files = [str(path.relative_to(directory)) for path, _ in written]
        common.print_json({"format": format_name, "directory": str(directory), "files": files})
    else:
        n_bytes = sum(size for _, size in written)
        noun = "file" if len(written) == 1 else "files"
        tables.print(f"{len(written)} {noun}, {human_bytes(n_bytes)}, in {directory}", soft_wrap=True)
    return 0


def _write(path: Path, content: bytes) -> tuple[Path, int]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise
        raise InputError(error.filename or path, f"cannot be written: {error.strerror}", key="--out") from None
    return path, len(content)


def _geojson(run: FinishedRun) -> stac.Files:
    # What the run itself wrote says more: the picture's file, and the parts of the latency.
    own = run.directory / "exports" / "alerts.geojson"
    written = own.read_bytes() if own.is_file() else _indented(geojson.alert_collection(run.alerts, run.mission))
    path_of: dict[_Box, str] = {}
    for chip in run.chips():
        found, box = chip.alert.found, chip.alert.detection
        path = f"chips/{chip.name}.png"
        path_of[chip.alert.spacecraft, found.frame_id, found.task, box.x0, box.y0, box.x1, box.y1] = path
        yield path, chips.picture(chip)
    yield own.name, _with_chips(written, path_of, own) if path_of else written
    yield "events.geojson", _indented(geojson.event_collection(run.events, run.mission))


def _with_chips(written: bytes, path_of: Mapping[_Box, str], source: Path) -> bytes:
    """Alerts, each with the `chip` that shows its box where there is one."""
    try:
        collection = json.loads(written)
        for properties in (feature["properties"] for feature in collection["features"]):
            box = properties["satellite"], properties["frame_id"], properties["task"], *properties["box_px"]
            if path := path_of.get(box):
                properties["chip"] = path
    except (ValueError, TypeError, KeyError):
        raise InputError(
            source, "holds no alerts as a run writes them; without it they come from the archive"
        ) from None
    return _indented(collection)


def _chips(run: FinishedRun) -> stac.Files:
    return ((f"chips/{name}", content) for name, content in chips.files(run.chips(), run.events, run.mission))


def _stac(run: FinishedRun) -> stac.Files:
    return ((f"stac/{name}", content) for name, content in stac.catalogue(run.archive, run.mission))


def _cap(run: FinishedRun) -> stac.Files:
    return ((f"cap/{name}", content) for name, content in cap.messages(run.events, run.mission))


def _czml(run: FinishedRun) -> stac.Files:
    packets = czml.document(run.mission_with_passes, run.footprints(), run.alerts, run.events)
    yield "mission.czml", _indented(packets)


def _csv(run: FinishedRun) -> stac.Files:
    found = csv_tables(run.archive, run.mission_with_passes, run.alerts, run.events)
    return ((f"csv/{name}", content) for name, content in found)


def _pcap(run: FinishedRun) -> stac.Files:
    yield "packets.pcap", pcap.capture(run.archive.packets(), run.mission.epoch, tuple(run.mission.instruments))


def _xtce(run: FinishedRun) -> stac.Files:
    yield "xtce.xml", xtce.document(run.mission.epoch)


def _indented(document: object) -> bytes:
    return json.dumps(document, indent=1).encode() + b"\n"


FORMATS: dict[str, Callable[[FinishedRun], stac.Files]] = {
    "geojson": _geojson,
    "chips": _chips,
    "stac": _stac,
    "cap": _cap,
    "czml": _czml,
    "csv": _csv,
    "pcap": _pcap,
    "xtce": _xtce,
}
"""Writers by name: each gives files, as a path below the folder and what is to be in it."""
