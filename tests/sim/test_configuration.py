"""What a scenario says reaches those who are built from it."""

from pathlib import Path

import pytest

from onboard.errors import InputError
from onboard.mission_time import to_ns
from onboard.payload.models import ModelCard, load_card
from sim.configuration import centre_config, keys_of, spacecraft_config
from sim.resolve import model_folder, resolve
from sim.scenario import Scenario
from sim.world.slots import slot_ns, uplink_slot_bytes
from tests.system.small_mission import write_small_mission

NAMES = ("lark-1", "lark-2")


def scenario(tmp_path: Path, more: str = "") -> Scenario:
    path = write_small_mission(tmp_path)
    path.write_text(path.read_text("utf-8") + more, "utf-8")
    return resolve(path)


def card_of(one: Scenario) -> ModelCard:
    return load_card(model_folder(one))


def key_files(folder: Path) -> str:
    folder.mkdir(mode=0o700)
    for name in NAMES:
        for key_id in (1, 2):
            file = folder / f"{name}.{key_id}.key"
            file.write_text(f"{name[-1]}{key_id}" * 32)
            file.chmod(0o600)
    return f'\n[security]\nkeys = "{folder}"\n'


def test_emulated_keys_are_each_spacecrafts_own_and_equal_in_equal_runs(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    keys = keys_of(one)
    assert keys == keys_of(one)
    everyone = [key for name in NAMES for key in keys[name].values()]
    assert len(set(everyone)) == len(everyone)
    assert keys != keys_of(one.model_copy(update={"seed": 2}))


def test_key_files_give_every_run_keys_of_its_own(tmp_path: Path) -> None:
    """Two runs of one scenario may differ in their orders or pictures: they must share no (key, IV) pair."""
    one = scenario(tmp_path, key_files(tmp_path / "keys"))
    first, second = keys_of(one), keys_of(one)
    assert {tuple(keys) for keys in first.values()} == {(1, 2)}
    used = [key for run in (first, second) for keys in run.values() for key in keys.values()]
    assert len(set(used)) == len(used)
    assert not {bytes.fromhex(f"{name[-1]}{key_id}" * 32) for name in NAMES for key_id in (1, 2)} & set(used)


def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    one = scenario(tmp_path, key_files(tmp_path / "keys"))
    (tmp_path / "keys" / "lark-2.1.key").chmod(0o644)
    with pytest.raises(InputError, match="readable"):
        keys_of(one)


def test_a_clear_link_has_no_keys(tmp_path: Path) -> None:
    one = scenario(tmp_path, "\n[security]\nencryption = false\n")
    assert keys_of(one) == {"lark-1": {}, "lark-2": {}}
    centre = centre_config(one, card_of(one), keys_of(one), tmp_path / "archive.sqlite")
    assert [link.keys for link in centre.spacecraft] == [(), ()]


def test_both_ends_of_a_link_are_told_the_same_of_it(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    card, keys = card_of(one), keys_of(one)
    centre = centre_config(one, card, keys, tmp_path / "archive.sqlite")
    assert (centre.task, centre.model, centre.model_sha256) == ("wildfire", card.name, card.sha256)
    for index, link in enumerate(centre.spacecraft):
        craft = spacecraft_config(one, index, card, keys[link.name], tmp_path, is_durable=True)
        assert (craft.name, craft.spacecraft_id) == (link.name, link.spacecraft_id)
        assert (craft.frame_length_bytes, craft.link_keys) == (link.frame_length_bytes, link.keys)
        radio = one.satellite[index].radio
        assert (link.report_bytes, link.slot_ns) == (uplink_slot_bytes(radio), slot_ns(radio))
        assert link.network_ns == to_ns(0.2)
    assert centre.spacecraft[0].spacecraft_id != centre.spacecraft[1].spacecraft_id


def test_storage_lies_on_the_disk_only_where_a_process_may_start_again(tmp_path: Path) -> None:
    one = scenario(tmp_path)
    paths = [
        spacecraft_config(one, index, card_of(one), {}, tmp_path, is_durable=is_durable).store_path
        for is_durable in (False, True)
        for index in (0, 1)
    ]
    assert paths[:2] == ["", ""]
    assert len(set(paths[2:])) == 2


def test_lifetimes_and_events_rules_are_the_scenarios(tmp_path: Path) -> None:
    one = scenario(
        tmp_path,
        "\n[lifetimes]\nalert_s = 60\nimage_s = 0.5\n"
        "\n[ground]\nsightings = 3\nconfidence = 0.9\n"
        'sinks = [{ name = "people", kind = "file", target = "out.jsonl" }]\n',
    )
    craft = spacecraft_config(one, 0, card_of(one), {}, tmp_path, is_durable=False)
    assert craft.lifetime_ns == (("alert", to_ns(60)), ("image", to_ns(0.5)))
    centre = centre_config(one, card_of(one), keys_of(one), tmp_path / "archive.sqlite")
    assert (centre.rule.sightings, centre.rule.confidence) == (3, 0.9)
    assert [sink.name for sink in centre.sinks] == ["people"]
