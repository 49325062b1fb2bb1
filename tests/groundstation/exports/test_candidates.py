"""What a model on the ground has yet to judge is not called a detection in what is exported."""

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from groundstation.archive import Archive, ArchivedProduct
from groundstation.exports import stac
from onboard.comms.packets import ProductKind
from onboard.mission_time import NS_PER_S
from tests.groundstation.lists_for_tests import MISSION, MODEL, a_list, chips_bytes


def item_of(folder: Path, *, awaits_verdict: bool) -> tuple[dict[str, Any], dict[str, bytes]]:
    payload = chips_bytes(a_list(7, 0.5, (500, 500, 502, 501)), awaits_verdict=awaits_verdict)
    with closing(Archive(folder / "archive.sqlite")) as archive:
        archive.add_model(MODEL)
        archive.add_product(ArchivedProduct("lark-1", 1, ProductKind.CHIP, 7, 1000 * NS_PER_S, payload))
        written = dict(stac.catalogue(archive, MISSION))
    return json.loads(written["lark-1/lark-1-000007/lark-1-000007.json"]), written


@pytest.mark.parametrize(("awaits_verdict", "name"), [(True, "candidates"), (False, "detections")])
def test_a_list_is_named_by_what_it_is(awaits_verdict: bool, name: str, tmp_path: Path) -> None:
    item, written = item_of(tmp_path, awaits_verdict=awaits_verdict)
    assert f"lark-1/lark-1-000007/{name}.geojson" in written
    assert item["assets"][name]["title"] == name.capitalize()
    lists = {key: value for key, value in item["properties"].items() if key.startswith("skysift:")}
    assert lists[f"skysift:{name}"] == 1
    assert {"skysift:candidates", "skysift:detections"} & lists.keys() == {f"skysift:{name}"}
