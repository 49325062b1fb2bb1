"""Commands about models: model check, model init, model list."""

import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from onboard.errors import InputError
from onboard.payload.inference import InferenceEngine
from onboard.payload.models import load_card
from sim.commands import common
from sim.commands.common import tables
from sim.data import sample_names, sample_path
from sim.modelling.draft import CardDraft
from sim.modelling.prepare import is_bare, prepare
from sim.modelling.study import study

DEFAULT_TASK = "wildfire"
BITS_PER_BYTE = 8

model_app = typer.Typer(no_args_is_help=True, help="Check models, list them, write a card to start from.")

ModelPath = Annotated[Path, typer.Argument(metavar="MODEL", help="An ONNX file, or a folder with a card.")]
Task = Annotated[str, typer.Option(help="What the model looks for.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(model_app, name="model")


@model_app.command("check")
def check(
    model: ModelPath,
    scenario: Annotated[str, typer.Option(help="Whose uplink would carry the file.")] = "wildfire-watch",
    task: Task = DEFAULT_TASK,
    as_json: common.AsJson = False,
) -> int:
    """Read, count and try a model; say what it is, what it costs, and how long its upload takes.

    Example: skysift model check sample_data/models/wildfire-swir
    """
    told = checked(model, task, common.load(scenario).satellite[0].radio.uplink_rate_bps)
    if as_json:
        common.print_json(told)
        return 0
    table = Table(show_header=False)
    for key, value in told.items():
        table.add_row(key, _shown(value))
    tables.print(table)
    return 0


def checked(model: Path, task: str, uplink_rate_bps: float) -> dict[str, Any]:
    """What `model check` prints. Raises InputError where the model cannot fly."""
    graph = model if is_bare(model) else model / "model.onnx"
    studied = study(graph, task=task, custom=not is_bare(model))
    with tempfile.TemporaryDirectory(prefix="skysift-") as scratch:
        prepared = prepare(model, task, Path(scratch))
        card = load_card(prepared.folder)
        InferenceEngine(card)
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
        "memory_bytes": studied.work.memory_bytes,
        "parameters": facts.parameters,
        "opset": facts.opset,
        "operators": dict(facts.operators),
        "file_bytes": facts.total_bytes,
        "upload_s": facts.total_bytes * BITS_PER_BYTE / uplink_rate_bps,
        "sha256": facts.sha256,
        "advice": list(prepared.notes),
    }


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
    draft: CardDraft = study(model, task=task).draft
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(model.read_bytes())
    (folder / "card.toml").write_text(draft.as_toml(), encoding="utf-8")
    if as_json:
        common.print_json({"folder": str(folder), "card": draft.as_table(), "advice": list(draft.warnings)})
    else:
        tables.print(f"Wrote {folder / 'card.toml'}: read it, above all what is marked assumed", soft_wrap=True)
    return 0


@model_app.command("list")
def list_models(as_json: common.AsJson = False) -> int:
    """List the models of the sample data."""
    cards = [load_card(sample_path("models", name)) for name in sample_names("models", "") if _is_model(name)]
    if as_json:
        common.print_json(
            [{"name": card.name, "task": card.task, "head": card.head, "sha256": card.sha256} for card in cards]
        )
    else:
        for card in cards:
            tables.print(f"{card.name:16} {card.task:10} {card.head:14} {card.description}", soft_wrap=True)
    return 0


def _is_model(name: str) -> bool:
    return (sample_path("models", name) / "card.toml").is_file()


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(str(item) for item in value[:8]) + ("\n..." if len(value) > 8 else "")
    if isinstance(value, dict):
        return ", ".join(f"{key} {count}" for key, count in value.items())
    return f"{value:,.1f}" if isinstance(value, float) else str(value)
