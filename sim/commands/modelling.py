"""Commands about models: model check, model bench, model init, model list."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from onboard.errors import InputError
from onboard.payload.models import load_card
from sim.commands import common
from sim.commands.common import notes, tables
from sim.commands.tables import speed_table, stated_table
from sim.data import model_names, sample_path
from sim.modelling.draft import CardDraft
from sim.modelling.graph import whole_file
from sim.modelling.memory import blaming_memory_of, check_memory, sample_devices
from sim.modelling.prepare import graph_of, is_bare, prepare
from sim.modelling.speed import measure, on_devices, usual_frame_px
from sim.modelling.study import study
from sim.modelling.wrong_card import check_activation_and_cost, open_engine
from sim.scenario import Satellite

DEFAULT_SCENARIO = "wildfire-watch"
DEFAULT_TASK = "wildfire"
BITS_PER_BYTE = 8

model_app = typer.Typer(no_args_is_help=True, help="Check, time and list models, write a card to start from.")

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="An ONNX file, or a folder with a card.")]
Task = Annotated[str, typer.Option(help="What the model looks for.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(model_app, name="model")


@model_app.command("check")
def check(
    model: ModelPath,
    scenario: Annotated[str, typer.Option(help="Whose uplink and whose device are meant.")] = DEFAULT_SCENARIO,
    device: Annotated[
        str | None, typer.Option(help="Payload computer to fit; by default the scenario's first.")
    ] = None,
    task: Task = DEFAULT_TASK,
    as_json: common.AsJson = False,
) -> int:
    """Read, count and try a model; say what it is, what it costs, whether it fits, and how long its upload takes.

    Example: skysift model check detector.onnx --device raspberry-pi-4
    """
    told = checked(model, task, common.load(scenario, device=device).satellite[0])
    if as_json:
        common.print_json(told)
        return 0
    table = Table(show_header=False)
    for key, value in told.items():
        table.add_row(key, _shown(value))
    tables.print(table)
    return 0


def checked(path: Path, task: str, satellite: Satellite) -> dict[str, Any]:
    """What `model check` prints. Raises InputError where the model cannot fly on the satellite."""
    device, graph = satellite.device, graph_of(path)
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        model = prepare(path, task, Path(scratch), device)
        with model.named_as_given():
            card = load_card(model.folder)
            with blaming_memory_of(device):
                # A folder's graph is read in a child process first too: it may be damaged, or hostile.
                studied = model.studied or study(graph, task=task, custom=True, tile_px=card.tile_hw)
            tried_mb = studied.trial.memory_mb if model.studied or card.memory_mb is None else None
            need_mb = check_memory(card, device, tried_mb=tried_mb)
            open_engine(card)
            check_activation_and_cost(card, studied)
    facts = studied.facts
    return {
        "ok": True,
        "task": card.task,
        "head": card.head,
        "inputs": [{"name": one.name, "dtype": one.dtype, "shape": list(one.shape)} for one in facts.inputs],
        "outputs": [{"name": one.name, "dtype": one.dtype, "shape": list(one.shape)} for one in facts.outputs],
        "classes": list(card.classes),
        "macs": studied.work.macs,
        "macs_per_px": studied.work.macs_per_px,
        "memory_mb": need_mb,
        "device": device.name,
        "device_memory_mb": device.memory_mb,
        "parameters": facts.parameters,
        "opset": facts.opset,
        "operators": dict(facts.operators),
        "file_bytes": facts.total_bytes,
        "upload_s": facts.total_bytes * BITS_PER_BYTE / satellite.radio.uplink_rate_bps,
        "sha256": facts.sha256,
        "advice": list(model.notes),
    }


@model_app.command("bench")
def bench(
    model: ModelPath,
    frame_px: Annotated[
        int | None, typer.Option(metavar="N", help="Side of the frame; by default whole tiles, about 1024.")
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", help="Frames to time, each beside the bare graph.")] = 5,
    task: Task = DEFAULT_TASK,
    as_json: common.AsJson = False,
) -> int:
    """Time a model on this machine as it flies, one thread, beside onnxruntime alone; and what devices state.

    Example: skysift model bench sample_data/models/wildfire-swir
    """
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch, notes.status("timing the model"):
        prepared = prepare(model, task, Path(scratch))
        with prepared.named_as_given():
            card = load_card(prepared.folder)
            engine = open_engine(card)
            speed = measure(card, engine, usual_frame_px(card) if frame_px is None else frame_px, repeats)
    told, devices = speed.as_table(), on_devices(speed, sample_devices())
    if as_json:
        common.print_json(
            {"model": card.name, "sha256": card.sha256, **told, "devices": devices, "advice": list(prepared.notes)}
        )
        return 0
    tables.print(speed_table(card.name, told))
    tables.print(stated_table(devices))
    for note in prepared.notes:
        notes.print(note, soft_wrap=True)
    return 0


@model_app.command("init")
def init(
    model: ModelPath,
    task: Task = DEFAULT_TASK,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to make; by default one beside the file.")
    ] = None,
    as_json: common.AsJson = False,
) -> int:
    """Write a folder with the model and the card that could be inferred, every value with its reason, for editing.

    Example: skysift model init detector.onnx --task ships
    """
    if not is_bare(model):
        raise InputError(model, "is no .onnx file")
    folder = out or model.with_suffix("")
    if folder.exists():
        raise InputError(folder, "is there already; name another with --out")
    studied = study(model, task=task)
    draft: CardDraft = studied.draft
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(whole_file(studied.facts))
    (folder / "card.toml").write_text(draft.as_toml(), encoding="utf-8")
    if as_json:
        common.print_json({"folder": str(folder), "card": draft.as_table(), "advice": list(draft.warnings)})
    else:
        tables.print(f"Wrote {folder / 'card.toml'}: read it, above all what is marked assumed", soft_wrap=True)
    return 0


@model_app.command("list")
def list_models(as_json: common.AsJson = False) -> int:
    """List the models of the sample data.

    Example: skysift model list
    """
    cards = [load_card(sample_path("models", name)) for name in model_names()]
    if as_json:
        common.print_json(
            [{"name": card.name, "task": card.task, "head": card.head, "sha256": card.sha256} for card in cards]
        )
    else:
        width = max(len(card.name) for card in cards)
        for card in cards:
            tables.print(f"{card.name:{width}} {card.task:10} {card.head:14} {card.description}", soft_wrap=True)
    return 0


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(item) for item in value[:8]) + ("\n..." if len(value) > 8 else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
