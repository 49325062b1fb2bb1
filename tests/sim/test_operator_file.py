"""An operator's file: orders that mean what they say, and one line for each mistake."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

from onboard.comms.telecommand_catalogue import encode
from onboard.comms.telecommand_packets import COMMAND_OVERHEAD_BYTES
from onboard.comms.telecommands import (
    ActivateModel,
    Area,
    BeginModelUpload,
    FetchFrame,
    LoadModelPart,
    PlannedPass,
    RotateKey,
    SetPassPlan,
    SetStrategy,
)
from onboard.errors import InputError
from onboard.mission_time import NS_PER_S
from onboard.model_slots import ModelSlots
from onboard.payload.model_archive import unpack
from onboard.storage import MemoryStore
from sim.data import sample_path
from sim.facts import FaultInjected, OperatorOrdered
from sim.journal import Journal
from sim.model_upload import prepare_upload
from sim.operator_file import FIELDS, CaptureOver, UploadModel, read_operator_file
from sim.resolve import resolve
from sim.run_directory import JOURNAL
from tests.models_for_tests import write_model

SCENARIO = resolve(sample_path("scenarios", "wildfire-watch.toml"))
WHO = '"at_s": 1, "satellite": "ember-1", '


def read(tmp_path: Path, *lines: str) -> list[object]:
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    return [one.wish for one in read_operator_file(path, SCENARIO)]


def test_every_word_an_operator_may_write(tmp_path: Path) -> None:
    lines = {
        '{"command": "set_strategy", "name": "lossless"}': SetStrategy("lossless"),
        '{"command": "fetch_frame", "frame_id": 7}': FetchFrame(7, "lossless", 1),
        '{"command": "rotate_key", "direction": "uplink", "key_id": 2}': RotateKey("uplink", 2),
        '{"command": "set_pass_plan", "passes": [{"aos_s": 10.5, "los_s": 20, "rate_bps": 1000}]}': SetPassPlan(
            (PlannedPass(10_500_000_000, 20 * NS_PER_S, 1000),)
        ),
        '{"command": "capture_over", "south_deg": -35, "west_deg": 10, "north_deg": -30, "east_deg": 12.5}': (
            CaptureOver(Area(-35, 10, -30, 12.5))
        ),
        '{"command": "upload_model", "model": "wildfire-swir"}': UploadModel(
            1, sample_path("models", "wildfire-swir"), "wildfire"
        ),
        '{"command": "activate_model", "upload_id": 1}': ActivateModel(1),
    }
    written = [line.replace("{", "{" + WHO, 1) for line in lines]
    assert read(tmp_path, *written) == list(lines.values())
    assert read(tmp_path, '{"command": "set_mode", "mode": "safe", ' + WHO[:-2] + "}")
    for word in ("reset", "roll_back_model"):
        assert len(read(tmp_path, "{" + WHO + f'"command": "{word}"' + "}")) == 1


def test_orders_come_by_time_and_blank_lines_are_none(tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    line = '{"at_s": %s, "satellite": "ember-1", "command": "set_strategy", "name": "%s"}'
    path.write_text("\n".join([line % (9, "raw"), "", line % (2, "lossless"), line % (9, "detections")]), "utf-8")
    orders = read_operator_file(path, SCENARIO)
    assert [one.at_ns for one in orders] == [2 * NS_PER_S, 9 * NS_PER_S, 9 * NS_PER_S]
    assert [one.wish.name for one in orders if isinstance(one.wish, SetStrategy)] == ["lossless", "raw", "detections"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 2: is not JSON: Expecting property name enclosed in double quotes at column 2"),
        ("[1]", "line 2: must be an object"),
        ("[" * 100_000, "line 2: is nested too deeply"),
        ('{"at_s": NaN}', "line 2: NaN is no number"),
        ('{"at_s": 1, "at_s": 2}', "line 2: at_s: is given twice"),
        ('{"satellite": "ember-1"}', "line 2: at_s: is missing"),
        ('{"at_s": "1", "satellite": "ember-1", "command": "reset"}', "at_s = '1': must be a number of seconds"),
        ('{"at_s": -1, "satellite": "ember-1", "command": "reset"}', "at_s = -1: must lie in the run: 0 to"),
        ('{"at_s": 1e99, "satellite": "ember-1", "command": "reset"}', "at_s = 1e+99: must be a number of seconds"),
        ('{"at_s": 1, "satellite": "ember1", "command": "reset"}', "satellite = 'ember1': not known here; did you"),
        ("{" + WHO + '"command": "set_strateg"}', "did you mean set_strategy?"),
        ("{" + WHO + '"command": "load_model_part"}', "command = 'load_model_part': not known here"),
        ("{" + WHO + '"command": "set_strategy"}', "name: is missing; it must be a text of 1 to 32"),
        ("{" + WHO + '"command": "set_strategy", "name": "loss"}', "name = 'loss': not known here; did you mean loss"),
        ("{" + WHO + '"command": "set_strategy", "nam": "raw"}', "nam: unknown key; did you mean name?"),
        ("{" + WHO + '"command": "reset", "now": true}', "now: unknown key; reset takes none"),
        ("{" + WHO + '"command": "fetch_frame", "frame_id": true}', "frame_id = True: must be a whole number from 0"),
        ("{" + WHO + '"command": "fetch_frame", "frame_id": 1, "codec": "png"}', "codec = 'png': must be one of loss"),
        ("{" + WHO + '"command": "set_threshold", "task": "x", "threshold": 0.5}', "task = 'x': not known here"),
        (
            "{" + WHO + '"command": "set_threshold", "task": "wildfire", "threshold": 2}',
            "threshold = 2: must be a number from 0 to 1",
        ),
        ("{" + WHO + '"command": "set_pass_plan", "passes": 5}', "passes = 5: must be a list of 1 to 32 tables of aos"),
        ("{" + WHO + '"command": "set_pass_plan", "passes": [5]}', "passes[0] = 5: must be a table of aos_s, los_s"),
        ("{" + WHO + '"command": "set_pass_plan", "passes": [{"aos_s": 1}]}', "passes[0].los_s: is missing"),
        (
            "{" + WHO + '"command": "set_pass_plan", "passes": [{"aos_s": 5, "los_s": 1, "rate_bps": 1}]}',
            "command = 'set_pass_plan': passes must be in order",
        ),
        (
            "{" + WHO + '"command": "capture_over", "south_deg": 5, "west_deg": 0, "north_deg": 1, "east_deg": 1}',
            "south_deg = 5: must not lie north of north_deg = 1",
        ),
        ("{" + WHO + '"command": "upload_model", "model": "wildfire-swi"}', "did you mean wildfire-swir?"),
        (
            "{" + WHO + '"command": "fail_accelerator", "accelerator": 2}',
            "accelerator = 2: must be 1 to 1, as jetson-orin-nx has",
        ),
    ],
)
def test_a_mistake_is_told_in_one_line(line: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, "", line)
    assert told in str(error.value)
    assert str(tmp_path / "orders.jsonl") in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_or_too_long(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read_operator_file(tmp_path / "none.jsonl", SCENARIO)
    with pytest.raises(InputError, match="may have 10000"):
        read(tmp_path, *[""] * 10_002)


def test_a_satellite_has_one_upload_of_a_number(tmp_path: Path) -> None:
    upload = '"command": "upload_model", "model": "wildfire-swir"'
    first, again, other = (
        f'{{"at_s": 1, "satellite": "{name}", {upload}{number}}}'
        for name, number in (("ember-1", ', "upload_id": 2'), ("ember-1", ""), ("ember-2", ', "upload_id": 2'))
    )
    assert len(read(tmp_path, first, other)) == 2
    with pytest.raises(InputError, match=r"line 2: upload_id = 2: ember-1 has an upload of this number already"):
        read(tmp_path, first, again)


def test_the_file_has_every_word_of_the_catalogue_that_people_write() -> None:
    assert {"set_pass_plan", "set_mode", "reset", "capture_over", "upload_model", "rotate_key"} < FIELDS.keys()


def test_an_order_reads_the_same_when_it_is_given_again(tmp_path: Path) -> None:
    lines = (
        '{"at_s": 5700, "satellite": "ember-1", "command": "fetch_frame", "frame_id": 1}',
        '{"at_s": 1.000000001, "satellite": "ember-1", "command": "upload_model", "model": "wildfire-swir"}',
        "{" + WHO + '"command": "fail_accelerator", "accelerator": 1}',
    )
    path = tmp_path / "orders.jsonl"
    path.write_text("\n".join(lines), "utf-8")
    orders = read_operator_file(path, SCENARIO)
    again = tmp_path / "elsewhere" / "again.jsonl"
    again.parent.mkdir()
    again.write_text("\n".join(order.line for order in orders), "utf-8")
    assert read_operator_file(again, SCENARIO) == orders
    assert orders[1].at_ns == NS_PER_S + 1
    assert json.loads(orders[1].line)["upload_id"] == 1


def test_a_run_stands_for_its_orders(tmp_path: Path) -> None:
    lines = [f'{{"at_s": {at_s}, "satellite": "ember-1", "command": "reset"}}' for at_s in (1, 2, 3)]
    journal = Journal(tmp_path / JOURNAL, {})
    facts = (OperatorOrdered("ember-1", "Reset", 1, line=lines[0]), OperatorOrdered("ember-1", "Reset", 1))
    journal.record(NS_PER_S, "world", (), facts)
    journal.record(2 * NS_PER_S, "world", (), (OperatorOrdered("ember-1", "Reset", 0, "no pass", lines[1]),))
    journal.record(3 * NS_PER_S, "world", (), (FaultInjected("ember-1", "FailAccelerator", lines[2]),))
    journal.close()
    orders = read_operator_file(tmp_path, SCENARIO)
    assert [order.line for order in orders] == lines


@pytest.mark.parametrize("most_packet_bytes", [90, 300, 930])
def test_an_upload_is_cut_for_the_link_and_comes_together_on_board(most_packet_bytes: int, tmp_path: Path) -> None:
    folder = sample_path("models", "ca-cfar")
    begin, *loads, activate = prepare_upload(UploadModel(5, folder, "raft"), most_packet_bytes, tmp_path).telecommands
    slots = ModelSlots(MemoryStore())
    assert isinstance(begin, BeginModelUpload)
    assert slots.begin(begin) is None
    for load in loads:
        assert isinstance(load, LoadModelPart)
        assert len(encode(load)) + COMMAND_OVERHEAD_BYTES <= most_packet_bytes
        assert slots.load(load) is None
    assert activate == ActivateModel(5)
    parts = unpack(slots.archive(begin.sha256))
    assert parts is not None
    assert sha256(parts[1]).digest() == sha256((folder / "model.onnx").read_bytes()).digest()


def test_a_model_that_could_never_pass_is_told_of_before_the_run(tmp_path: Path) -> None:
    folder = write_model(tmp_path / "model")
    with pytest.raises(InputError, match="macs_per_px: is missing"):
        prepare_upload(UploadModel(1, folder, "wildfire"), 930, tmp_path)
    with pytest.raises(InputError, match="no other task's model"):
        prepare_upload(UploadModel(1, folder, "liferaft"), 930, tmp_path)
    with pytest.raises(InputError, match="no such file"):
        prepare_upload(UploadModel(1, tmp_path / "none", "wildfire"), 930, tmp_path)
