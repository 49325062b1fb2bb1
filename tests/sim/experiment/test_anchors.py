"""Published figures: every row agrees, and a row can disagree."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.experiment.anchors import cote, every, kodan, paseos
from sim.experiment.anchors.row import Row


@pytest.fixture(scope="module")
def told() -> list[Row]:
    return every.rows()


@pytest.fixture(scope="module")
def rows(told: list[Row]) -> dict[str, Row]:
    return {row.name: row for row in told}


def test_all_figures_agree(rows: dict[str, Row]) -> None:
    assert [row.name for row in rows.values() if not row.ok] == []


def test_no_figure_is_told_twice_or_left_out(told: list[Row], rows: dict[str, Row]) -> None:
    assert len(rows) == len(told)
    assert sum(name.startswith("cote: ") for name in rows) == 12
    assert sum(name.startswith("PASEOS: ") for name in rows) == 6
    assert sum(name.startswith(("Kodan: ", "ORION: ", "LeoDOS: ")) for name in rows) == 7


@pytest.mark.parametrize(
    ("name", "reference", "tolerance"),
    [
        ("cote: frames", 1785.0, 17.85),
        ("cote: acquisition", 2506.0, 3.0),
        ("cote: last buffer", 793_124_834.0, 4.0 * 24_319_041),
        ("PASEOS: period", 5730.1, 1.0),
        ("PASEOS: lowest charge", 0.873, 0.02),
        ("PASEOS: lowest temperature", 253.2, 3.0),
        ("Kodan: value density, all tiles sent", 0.48, 0.03),
        ("Kodan: rise with a filter that never errs", 1.0 / 0.48 - 1.0, 0.05),
        ("ORION: bytes saved, detection lists", 0.974, 0.026),
        ("LeoDOS: a wildfire alert on the air", 1000.0, 250.0),
    ],
)
def test_references_are_the_published_ones(rows: dict[str, Row], name: str, reference: float, tolerance: float) -> None:
    assert (rows[name].reference, rows[name].tolerance) == pytest.approx((reference, tolerance))


def test_a_row_disagrees_beyond_its_tolerance() -> None:
    row = Row("length", 10.0, 10.9, 1.0, "m", "a ruler")
    assert row.ok
    assert not replace(row, ours=11.1).ok
    assert not replace(row, ours=8.9).ok
    assert not replace(row, ours=float("nan")).ok
    assert replace(row, ours=9.1).ok
    assert not replace(row, ours=9.1, is_floor=True).ok
    assert replace(row, ours=9.1, is_ceiling=True).ok
    assert not replace(row, is_ceiling=True).ok
    assert not replace(row, ours=8.9, is_ceiling=True).ok


def test_rows_are_json(rows: dict[str, Row]) -> None:
    table = json.loads(json.dumps([every.as_table(row) for row in rows.values()], allow_nan=False))
    assert all({"name", "reference", "ours", "tolerance", "ok"} <= row.keys() for row in table)


def test_what_is_assumed_is_in_the_row(rows: dict[str, Row]) -> None:
    for name, row in rows.items():
        if not name.startswith(("cote: ", "PASEOS: ")):
            assert row.assumed, name


def test_bytes_saved_stand_beside_recall(rows: dict[str, Row]) -> None:
    lists, chips = (rows[f"ORION: bytes saved, {what}"] for what in ("detection lists", "lists with chips"))
    assert lists.ours > chips.ours > 0.99
    assert all(re.search(r"recall 0\.[89]\d \(\d+ of \d+ targets\)", row.beside) for row in (lists, chips))
    assert rows["LeoDOS: payload of a wildfire alert"].ours <= 256


def test_a_filter_that_errs_raises_less() -> None:
    """Tiles that are held for clear without being it take the link from those that are."""
    is_clear = [number % 25 < 12 for number in range(kodan.POOL_TILES)]
    lets_pass = [clear or number % 25 == 24 for number, clear in enumerate(is_clear)]
    grants_ns, tiles_s = kodan._flight()
    best, worse = (kodan._fly(grants_ns, tiles_s, is_clear, kept) for kept in (is_clear, lets_pass))
    assert worse.density == pytest.approx(best.density * 12 / 13, rel=0.01)
    assert worse.link_bytes == best.link_bytes


def test_an_orbit_elsewhere_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Figures come from the inputs: another station and another radiator give others."""
    monkeypatch.setattr(cote, "ICELAND", replace(cote.ICELAND, latitude_deg=60.0))
    monkeypatch.setattr(paseos, "EMISSIVE_M2", 0.6)
    wrong = {row.name for row in (*cote.rows(), *paseos.rows()) if not row.ok}
    assert {"cote: acquisition", "cote: last buffer", "PASEOS: lowest temperature"} <= wrong
    assert "PASEOS: lowest charge" not in wrong


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=40))
def test_a_buffer_is_never_negative_and_loses_nothing(steps: list[tuple[int, int]]) -> None:
    captured, drainable = np.cumsum(np.array(steps, dtype=np.float64), axis=0).T
    waiting = cote.buffered(captured, drainable)
    left, expected = 0.0, []
    for taken, drained in steps:
        left = max(left + taken - drained, 0.0)
        expected.append(left)
    assert waiting.tolist() == expected
