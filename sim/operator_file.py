"""What an operator wants of a run, as JSON lines: one object a line, each an order to one satellite at a virtual time.

    {"at_s": 120, "satellite": "ember-1", "command": "set_strategy", "name": "lossless"}

The words and the keys beside them are those of the catalogue of telecommands, with times in seconds. In place of those
that only machines can write stand `capture_over`, with the edges of an area, and `upload_model`, with a model's name.
`fault`, `clear_fault` and `fail_accelerator` are no telecommands but faults that the emulator injects and ends; they
may have a `station` in place of a satellite.

What was ordered in a run, from a file or while it flew, is in its journal line by line: the folder of a run stands for
its orders.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from onboard.comms.records import Field, Form, Group, Several, Text, Whole
from onboard.comms.telecommand_catalogue import AREA_FIELDS, BY_WORD, encode
from onboard.comms.telecommands import MAX_UPLOAD_ID, Area, SetStrategy, SetThreshold, Telecommand
from onboard.errors import InputError
from onboard.mission_time import to_ns
from onboard.strategy import STRATEGIES
from sim.blame import suggestion
from sim.data import model_names, sample_path
from sim.equipment.records import text_of
from sim.facts import FaultCleared, FaultInjected, OperatorOrdered
from sim.faults.active import FaultDue
from sim.faults.orders import FAULT_FIELDS, FAULT_WORDS, fault_due
from sim.journal import read_records
from sim.run_directory import JOURNAL
from sim.scenario import Scenario

MAX_LINES = 10_000
CAPTURE_OVER, UPLOAD_MODEL = "capture_over", "upload_model"
MACHINE_WORDS = ("capture_at", "begin_model_upload", "load_model_part")
"""Of the catalogue: what becomes of an area, and of a model."""
DEFAULTS: dict[str, object] = {"codec": "lossless", "thumbnail_factor": 1}


@dataclass(frozen=True, slots=True)
class CaptureOver:
    """Expose frames over an area the next time it comes into view: flight dynamics find out when."""

    area: Area


@dataclass(frozen=True, slots=True)
class UploadModel:
    """Send a model up in parts and activate it; `path` is of its folder or its bare graph."""

    upload_id: int
    path: Path
    task: str


Wish = Telecommand | CaptureOver | UploadModel | FaultDue


@dataclass(frozen=True, slots=True)
class OperatorOrder:
    """A line of the file: what it means, and how it reads. A fault may strike a station in the satellite's place."""

    at_ns: int
    satellite: str
    wish: Wish
    line: str = ""


_HEAD = ("at_s", "satellite", "command")
_MODEL = Field("model", Text(4096), "a model's name, folder or ONNX file")
_UPLOAD_ID = Field("upload_id", Whole(MAX_UPLOAD_ID, low=1), "the upload's number")
FIELDS: dict[str, tuple[Field, ...]] = {
    **{word: entry.fields for word, entry in BY_WORD.items() if word not in MACHINE_WORDS},
    CAPTURE_OVER: AREA_FIELDS,
    UPLOAD_MODEL: (_MODEL, _UPLOAD_ID),
    **FAULT_FIELDS,
}
"""The fields that a line may give beside when and to whom, by word."""


def read_operator_file(path: Path, scenario: Scenario) -> tuple[OperatorOrder, ...]:
    """The orders of a file in order of time, those of one time in order of lines; of a run where it names its folder.

    Raises InputError that names the file, the line, the key, the value and the rule.
    """
    lines = list(_lines_of_run(path / JOURNAL)) if path.is_dir() else text_of(path).splitlines()
    if len(lines) > MAX_LINES:
        raise InputError(path, f"has {len(lines)} lines, and may have {MAX_LINES}")
    orders: list[OperatorOrder] = []
    upload_ids: list[tuple[str, int]] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            order = order_of(line, scenario, f"{path}, line {number}", path.parent, len(upload_ids) + 1)
            orders.append(order)
            if isinstance(order.wish, UploadModel):
                upload = (order.satellite, order.wish.upload_id)
                if upload in upload_ids:
                    rule = f"{order.satellite} has an upload of this number already"
                    raise InputError(f"{path}, line {number}", rule, key="upload_id", value=order.wish.upload_id)
                upload_ids.append(upload)
    return tuple(sorted(orders, key=lambda one: one.at_ns))


def order_of(text: str, scenario: Scenario, source: str, folder: Path, next_upload_id: int) -> OperatorOrder:
    """The order in one line. A model's path may be relative to a folder. Raises InputError that names the source."""
    return _Line(source, folder, scenario, text).order(next_upload_id)


def _lines_of_run(journal: Path) -> Iterator[str]:
    try:
        for _, _, _, answers in read_records(journal):
            for fact in answers:
                if isinstance(fact, OperatorOrdered | FaultInjected | FaultCleared) and fact.line:
                    yield fact.line
    except FileNotFoundError:
        raise InputError(journal.parent, f"is a folder that holds no run: there is no {JOURNAL}") from None


class _Line:
    """One line, taken apart."""

    def __init__(self, source: str, folder: Path, scenario: Scenario, text: str) -> None:
        self._folder = folder
        self._source = source
        self._scenario = scenario
        self._table = self._parsed(text)

    def order(self, next_upload_id: int) -> OperatorOrder:
        is_fault = self._table.get("command") in FAULT_WORDS
        for key in _HEAD:
            if key not in self._table and not (is_fault and key == "satellite"):
                raise InputError(self._source, "is missing", key=key)
        if (word := self._table["command"]) in FAULT_WORDS:
            return self._fault(str(word))
        at_ns = self._time("at_s", self._table["at_s"])
        if not 0 <= at_ns <= to_ns(self._scenario.duration_s):
            raise self._error("at_s", f"must lie in the run: 0 to {self._scenario.duration_s:g}")
        satellite = self._known("satellite", [one.name for one in self._scenario.satellite])
        word = self._known("command", FIELDS)
        wish = self._wish(word, next_upload_id)
        return OperatorOrder(at_ns, satellite, wish, json.dumps(self._table | self._told(wish)))

    def _told(self, wish: Wish) -> dict[str, object]:
        """What a line leaves open that must be the same when it is given again, wherever from."""
        if not isinstance(wish, UploadModel):
            return {}
        name = self._table["model"]
        is_shipped = wish.path == sample_path("models", name)
        return {"model": name if is_shipped else str(wish.path.absolute()), "upload_id": wish.upload_id}

    def _wish(self, word: str, next_upload_id: int) -> Wish:
        known = {key_of(field): field for field in FIELDS[word]}
        for key in self._table:
            if key not in known and key not in _HEAD:
                rule = f"unknown key; {suggestion(key, known)}" if known else f"unknown key; {word} takes none"
                raise InputError(self._source, rule, key=key)
        defaults = {**DEFAULTS, "upload_id": next_upload_id} if word == UPLOAD_MODEL else DEFAULTS
        values = dict(self._values(known, self._table, "", defaults))
        if word == UPLOAD_MODEL:
            return UploadModel(values["upload_id"], self._model(values["model"]), self._scenario.task)
        if word == CAPTURE_OVER:
            return self._over(Area(**values))
        return self._checked(BY_WORD[word].command_type(**values))

    def _values(
        self, known: Mapping[str, Field], table: Mapping[str, Any], place: str, defaults: Mapping[str, object]
    ) -> Iterator[tuple[str, Any]]:
        for key, field in known.items():
            value = table.get(key, defaults.get(key))
            if value is None:
                raise InputError(self._source, f"is missing; it must be {rule_of(field)}", key=f"{place}{key}")
            yield field.name, self._value(field, field.form, value, f"{place}{key}")

    def _value(self, field: Field, form: Form, value: Any, place: str) -> Any:
        if isinstance(form, Several):
            if not isinstance(value, list):
                raise InputError(self._source, f"must be {rule_of(field)}", key=place, value=value)
            value = tuple(self._value(field, form.form, one, f"{place}[{n}]") for n, one in enumerate(value))
        elif isinstance(form, Group):
            value = self._group(form, value, place)
        elif field.name.endswith("_ns"):
            value = self._time(place, value)
        try:
            form.write(value)
        except ValueError:
            raise InputError(self._source, f"must be {rule_of(field)}", key=place, value=value) from None
        return value

    def _group(self, form: Group, value: Any, place: str) -> Any:
        known = {key_of(one): one for one in form.fields}
        if not isinstance(value, dict) or value.keys() - known.keys():
            raise InputError(self._source, f"must be a table of {', '.join(known)}", key=place, value=value)
        return form.record_type(**dict(self._values(known, value, f"{place}.", {})))

    def _over(self, area: Area) -> CaptureOver:
        if area.south_deg > area.north_deg:
            raise self._error("south_deg", f"must not lie north of north_deg = {area.north_deg:g}")
        return CaptureOver(area)

    def _fault(self, word: str) -> OperatorOrder:
        due = fault_due(word, self._table, self._scenario, self._source)
        line = json.dumps(self._table)
        return OperatorOrder(to_ns(due.fault.at_s), due.fault.target, replace(due, line=line), line)

    def _checked(self, command: Telecommand) -> Telecommand:
        match command:
            case SetStrategy():
                self._known("name", STRATEGIES)
            case SetThreshold():
                self._known("task", [self._scenario.task])
        try:
            encode(command)
        except ValueError as error:
            raise InputError(self._source, str(error), key="command", value=self._table["command"]) from None
        return command

    def _model(self, name: str) -> Path:
        candidates = (sample_path("models", name), self._folder / name, Path(name))
        found = next((candidate for candidate in candidates if candidate.exists()), None)
        if found is None:
            rule = f"no such file or folder, nor a name in models; {suggestion(name, model_names())}"
            raise self._error("model", rule)
        return found

    def _known(self, key: str, names: Any) -> str:
        value = self._table[key]
        if not isinstance(value, str) or value not in names:
            raise self._error(key, f"not known here; {suggestion(str(value), names)}")
        return value

    def _time(self, place: str, value: Any) -> int:
        if type(value) not in (int, float) or abs(value) > 1e9:
            raise InputError(self._source, "must be a number of seconds", key=place, value=value)
        return to_ns(value)

    def _error(self, key: str, rule: str) -> InputError:
        return InputError(self._source, rule, key=key, value=self._table[key])

    def _parsed(self, text: str) -> dict[str, Any]:
        try:
            table = json.loads(text, object_pairs_hook=self._table_of, parse_constant=self._refuse_constant)
        except json.JSONDecodeError as error:
            raise InputError(self._source, f"is not JSON: {error.msg} at column {error.colno}") from None
        except RecursionError:
            raise InputError(self._source, "is nested too deeply") from None
        if not isinstance(table, dict):
            raise InputError(self._source, "must be an object, as {...}")
        return table

    def _table_of(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        table = dict(pairs)
        if len(table) < len(pairs):
            keys = [key for key, _ in pairs]
            raise InputError(self._source, "is given twice", key=next(key for key in keys if keys.count(key) > 1))
        return table

    def _refuse_constant(self, word: str) -> None:
        raise InputError(self._source, f"{word} is no number")


def key_of(field: Field) -> str:
    """A field's key in the file: times are in seconds."""
    return field.name.removesuffix("_ns") + "_s" if field.name.endswith("_ns") else field.name


def rule_of(field: Field) -> str:
    """A field's rule as the file's user reads it."""
    match field.form:
        case Several(Group(_, fields), most, least):
            return f"a list of {least} to {most} tables of {', '.join(map(key_of, fields))}"
        case _:
            return "a number of seconds from 0" if field.name.endswith("_ns") else field.form.rule
