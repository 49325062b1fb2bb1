"""Plans that cannot be flown are refused before anything is."""

from pathlib import Path

import numpy as np
import pytest
import tifffile

from onboard.errors import InputError
from sim.planning import plan
from sim.resolve import resolve, scenario_path


def test_a_file_of_fires_of_another_year_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "fires.csv"
    path.write_text("latitude,longitude,acq_date,acq_time,frp\n9.0,22.0,2001-06-01,1030,40.0\n")
    watch = resolve(scenario_path("wildfire-watch"), settings=(f"scene.firms_csv={path}", "duration_s=900"))
    with pytest.raises(InputError, match=r"fires\.csv: scene\.firms_csv: none of its fires burns during the run"):
        plan(watch)


@pytest.mark.parametrize("looks", [1, 2])
def test_pictures_take_one_look_and_it_is_said(looks: int, tmp_path: Path) -> None:
    picture = np.arange(4 * 64 * 64, dtype=np.uint16).reshape(4, 64, 64)
    tifffile.imwrite(tmp_path / "a.tif", picture, photometric="minisblack")
    (tmp_path / "images.toml").write_text('bands = ["red", "nir", "swir1", "swir2"]\n', "utf-8")
    settings = [f"scene={{source='images',images='{tmp_path}'}}", "duration_s=1500"]
    settings += [f"satellite.{n}.instrument.looks_per_scene={looks}" for n in range(3)]
    planned = plan(resolve(scenario_path("wildfire-watch"), settings=settings))
    assert len(planned.exposures) == 1
    said = "each picture is exposed once: looks_per_scene is left out" in planned.notes
    assert said == (looks > 1)
