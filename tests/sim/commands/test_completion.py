"""A shell's Tab: commands, options and the names of what is in the sample data. Nothing is installed into a home."""

import os
import subprocess
import sys

import pytest

from tests.system.small_mission import ROOT

TYPED = {
    "skysift mod": {"model"},
    "skysift model ch": {"check"},
    "skysift run wild": {"wildfire-watch"},
    "skysift run wildfire-watch --strat": {"--strategy"},
    "skysift run wildfire-watch --strategy det": {"detections"},
    "skysift fit wildfire-watch --bus 6u": {"6u-cubesat"},
    "skysift fit wildfire-watch --device raspberry": {"raspberry-pi-4"},
    "skysift passes sea": {"sea-rescue"},
}


def complete(typed: str) -> set[str]:
    """What bash is offered for the last word."""
    environment = {
        "COMP_WORDS": typed,
        "COMP_CWORD": str(len(typed.split()) - 1),
        "_SKYSIFT_COMPLETE": "complete_bash",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-m", "sim"], env={**os.environ, **environment}, capture_output=True, text=True
    )
    assert done.stderr == ""
    return set(done.stdout.split())


@pytest.mark.parametrize("typed", TYPED)
def test_tab_completes(typed: str) -> None:
    assert complete(typed) == TYPED[typed]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_shown_for_every_shell(shell: str) -> None:
    command = [sys.executable, "-m", "sim", "--show-completion", shell]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "_SKYSIFT_COMPLETE" in done.stdout
