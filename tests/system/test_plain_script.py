"""A run from a script of the user's, without a guard by `__name__`, where frames are drawn in processes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.system.small_mission import CAMERA, ROOT

SCRIPT = """
import sys
from pathlib import Path
from sim.resolve import resolve
from sim.run import run

print("once")
mission, wide, out = sys.argv[1:]
settings = [f"satellite[{index}].instrument={wide}" for index in range(2)]
print(run(resolve(Path(mission), settings=settings), Path(out)).summary["frames"]["exposed"])
"""


def test_a_plain_script_flies(mission: Path, tmp_path: Path) -> None:
    wide, script = tmp_path / "wide.toml", tmp_path / "fly.py"
    wide.write_text(CAMERA.replace("_px = 64", "_px = 300"), "utf-8")
    script.write_text(SCRIPT, "utf-8")
    done = subprocess.run(
        [sys.executable, str(script), str(mission), str(wide), str(tmp_path / "out")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, exposed = done.stdout.splitlines()
    assert first == "once"
    assert int(exposed) > 0
