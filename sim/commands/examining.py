"""The command that examines the shipped detectors: exam."""

import json
from collections.abc import Collection, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from onboard.errors import InputError
from sim.blame import suggestion
from sim.commands import common
from sim.commands.common import notes, tables
from sim.data import sample_path

Subject = Annotated[str, typer.Argument(metavar="wildfire|raft|flight|radiation", help="What is examined.")]
Model = Annotated[
    list[Path] | None, typer.Option("--model", metavar="DIR", help="Examine this model's folder, not the shipped ones.")
]
Real = Annotated[
    Path | None, typer.Option("--real", metavar="DIR", help="Real pictures to look at as well: see sample_data/exam.")
]
Write = Annotated[
    bool,
    typer.Option("--write", help="Write what was measured beside each model; radiation: into sample_data/exam."),
]
Legs = Annotated[list[str] | None, typer.Option("--leg", metavar="NAME", help="flight: fly this leg only.")]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="flight, radiation: where its runs go, else runs/exam-SUBJECT; those already there are kept.",
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("exam")(exam)


def exam(
    subject: Subject,
    model: Model = None,
    real: Real = None,
    write: Write = False,
    leg: Legs = None,
    out: Out = None,
    as_json: common.AsJson = False,
) -> int:
    """Examine detectors on held-out drawn scenes, beside the classics; exit code 1 where a bar is missed.

    Example: skysift exam wildfire
    """
    models = [folder.resolve() for folder in model or ()]
    _check_names(models, ())
    _check_options(subject, {"--model": models, "--real": real, "--write": write}, leg or [])
    answer = _answer(subject, models, real, leg or [], out or Path("runs") / f"exam-{subject}")
    if write and subject == "radiation":
        text = json.dumps(answer, indent=1) + "\n"
        sample_path("exam", "radiation.json").write_text(text, "utf-8")
    elif write:
        _write(answer, models)
    if as_json:
        common.print_json(answer)
    elif subject == "radiation":
        _print_radiation(answer)
    elif "models" in answer:
        _print_bars(answer)
    else:
        _print_flights(answer)
    return int(not answer.get("ok", all(bar["ok"] for bar in _bars(answer).values())))


def _answer(subject: str, models: list[Path], real: Path | None, legs: list[str], out: Path) -> dict[str, Any]:
    def tell(line: str) -> None:
        notes.print(line)

    if subject == "flight":
        from sim.experiment.exam.flight import flight_exam

        return flight_exam(out, legs, tell=tell)
    if subject == "radiation":
        from sim.experiment.exam.radiation import radiation_exam

        return radiation_exam(out, tell=tell)
    if subject == "wildfire":
        from sim.experiment.exam.fire_exam import CLASSICS, YARDSTICKS, wildfire_exam

        _check_names(models, (*CLASSICS, *YARDSTICKS))
        return wildfire_exam(models, real=real, tell=tell)
    if subject == "raft":
        from sim.experiment.exam.raft_exam import BASELINE_NAMES, raft_exam

        _check_names(models, BASELINE_NAMES)
        return raft_exam(models, real=real, tell=tell)
    subjects = ("wildfire", "raft", "flight", "radiation")
    raise InputError("command line", f"no such exam; {suggestion(subject, subjects)}", key="SUBJECT", value=subject)


def _check_options(subject: str, of_models: Mapping[str, object], legs: list[str]) -> None:
    """Raise InputError for an option that another exam has."""
    given = [name for name, value in of_models.items() if value]
    if subject == "flight" and given:
        raise InputError("command line", "is for wildfire and raft", key=", ".join(given))
    if subject == "radiation" and (models_given := [name for name in given if name != "--write"]):
        raise InputError("command line", "is for wildfire and raft", key=", ".join(models_given))
    if subject != "flight" and legs:
        raise InputError("command line", "is for flight", key="--leg", value=", ".join(legs))


def _check_names(models: Sequence[Path], taken: Collection[str]) -> None:
    """Figures are told by folders' names: raises InputError for two of one name, and for one of a yardstick."""
    names = [folder.name for folder in models]
    for name in names:
        if names.count(name) > 1:
            rule = "two folders have this name, by which figures are told"
            raise InputError("command line", rule, key="--model", value=name)
        if name in taken:
            rule = "a yardstick of the exam has this name, by which figures are told"
            raise InputError("command line", rule, key="--model", value=name)


def _write(answer: dict[str, Any], models: list[Path]) -> None:
    """What an exam says of each model into its folder, with what all share."""
    from onboard.payload.models import load_card

    shared = {key: value for key, value in answer.items() if key != "models"}
    libraries = {name: version(name) for name in ("numpy", "onnxruntime", "opencv-python-headless")}
    for name, figures in answer.get("models", {}).items():
        folder = next((each for each in models if each.name == name), sample_path("models", name))
        card = load_card(folder)
        report = {"model": card.name, "version": card.version, "sha256": card.sha256, **shared, **figures}
        text = json.dumps(report | {"libraries": libraries}, indent=1) + "\n"
        folder.joinpath("evaluation.json").write_text(text, "utf-8")


def _bars(answer: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """All bars by model and name."""
    examined = answer.get("models", {})
    return {(name, bar["name"]): bar for name, figures in examined.items() for bar in figures["bars"]}


def _print_bars(answer: dict[str, Any]) -> None:
    table = Table(title="What is asked, and what was measured", title_justify="left")
    for title in ("model", "figure", "measured", "", "bar", ""):
        table.add_column(title, justify="right" if title in ("measured", "bar") else "left")
    for (name, what), bar in _bars(answer).items():
        verdict = "ok" if bar["ok"] else "MISSED"
        table.add_row(name, what, f"{bar['value']:g}", bar["rule"], f"{bar['bar']:g}", verdict)
    tables.print(table)


def _print_radiation(answer: dict[str, Any]) -> None:
    table = Table(title="Upsets of weights, and what counters them", title_justify="left")
    for title in ("upsets a day", "countermeasure", "recall", "false alerts a satellite-day", "work, J a day"):
        table.add_column(title, justify="left" if title == "countermeasure" else "right")
    for one in answer["figures"].values():
        rate, way = f"{one['upsets_per_day']:g}", one["way"]
        told = f"{one['recall']:.3f}", f"{one['false_alerts_per_satellite_day']:.1f}", f"{one['work_j_per_day']:.1f}"
        table.add_row(rate, way, *told)
    tables.print(table)


def _print_flights(answer: dict[str, Any]) -> None:
    table = Table("flights", "figure", "measured", title="What was flown, and what it shows", title_justify="left")
    for flights, figures in answer["figures"].items():
        for what, value in figures.items():
            table.add_row(flights, what.replace("_", " "), str(value))
    tables.print(table)
    if answer["not_flown"]:
        notes.print("not flown: " + ", ".join(answer["not_flown"]))
