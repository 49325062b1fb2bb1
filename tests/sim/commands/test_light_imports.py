"""Who serves no pages loads no page server: 0.8 s of import, and 60 MB of memory in every process of a run."""

import subprocess
import sys

import pytest

from tests.system.small_mission import ROOT

SERVERS = {"nicegui", "fastapi", "starlette", "uvicorn"}
IMPORTERS = {
    "the command line": "import sim.cli",
    "a satellite": "import onboard.__main__",
    "the ground": "import groundstation.__main__",
    "a command": "import sys, sim.cli; sys.argv = ['skysift', 'scenario', 'list', '--json']; sim.cli.main()",
}


@pytest.mark.parametrize("who", IMPORTERS)
def test_pages_are_served_by_their_own_process(who: str) -> None:
    script = f"{IMPORTERS[who]}\nimport sys\nprint(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not SERVERS & set(done.stderr.split())
