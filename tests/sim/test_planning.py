"""Plans that cannot be flown are refused before anything is."""

from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.planning import plan
from sim.resolve import resolve, scenario_path


def test_a_file_of_fires_of_another_year_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fires.csv"
    path.write_text("latitude,longitude,acq_date,acq_time,frp\n9.0,22.0,2001-06-01,1030,40.0\n")
    watch = resolve(scenario_path("wildfire-watch"), settings=(f"scene.firms_csv={path}", "duration_s=900"))
    with pytest.raises(InputError, match=r"fires\.csv: scene\.firms_csv: none of its fires burns during the run"):
        plan(watch)
