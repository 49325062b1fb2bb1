"""Bad payload computers: one line that names the file, the key, the value and the rule; exit code 2."""

from pathlib import Path

import pytest

from tests.system.small_mission import SCENARIO, Refused

MODE = "idle_w = 1\nactive_w = 5\nthroughput_gmac_s = 1\nencode_mb_s = 1"
DEVICE = f"""
name = "own"
memory_mb = 100
default_power_mode = "on"
throttling = [{{ above_k = 350, below_k = 340, throughput_share = 0.5 }}]

[power_modes.on]
{MODE}
"""

STEP = "{ above_k = 350, below_k = 340, throughput_share = 0.5 }"
EDITS = {
    "no power mode": (f"[power_modes.on]\n{MODE}", "power_modes = {}", "power_modes: must hold at least 1"),
    "power modes missing": (f"[power_modes.on]\n{MODE}", "", "power_modes: is missing"),
    "default that is none": ('"on"\nthr', '"off"\nthr', "default_power_mode must be one of: on"),
    "zero throughput": (
        "throughput_gmac_s = 1",
        "throughput_gmac_s = 0",
        "throughput_gmac_s = 0: must be greater than 0",
    ),
    "no memory": ("memory_mb = 100", "memory_mb = 0", "memory_mb = 0: must be greater than 0"),
    "active below idle": ("idle_w = 1", "idle_w = 9", "power_modes.on: active_w must not be below idle_w"),
    "above its peak": (MODE, f"{MODE}\npeak_gmac_s = 0.5", "throughput_gmac_s must not be above peak_gmac_s"),
    "start without time": (MODE, f"{MODE}\nstart_up_j = 5", "start_up_j needs start_up_s above 0"),
    "limits crossed": ("below_k = 340", "below_k = 360", "throttling: below_k = 360 must be below above_k = 350"),
    "limits out of order": (
        *(STEP, f"{STEP}, {{ above_k = 345, below_k = 341, throughput_share = 0.4 }}"),
        "throttling: steps must be in order of temperature, the coolest first",
    ),
    "shares out of order": (
        *(STEP, f"{STEP}, {{ above_k = 360, below_k = 350, throughput_share = 0.6 }}"),
        "throttling: a hotter step must leave a smaller throughput_share",
    ),
    "no share": (
        "throughput_share = 0.5",
        "throughput_share = 0",
        "throttling[0].throughput_share = 0: must be greater",
    ),
    "no accelerator": ('name = "own"', 'name = "own"\naccelerators = 0', "accelerators = 0: must be greater than or"),
}
"""What is replaced in a good device, by what, and what the message says."""


@pytest.mark.parametrize("case", EDITS)
def test_device_file(refused: Refused, desk: Path, case: str) -> None:
    old, new, told = EDITS[case]
    assert DEVICE.count(old) == 1
    (desk / "own.toml").write_text(DEVICE.replace(old, new), "utf-8")
    line = refused("run", "small.toml", "--device", "own.toml", "--json")
    assert line.startswith("own.toml: ")
    assert told in line


FLOWN = {
    "no such accelerator": (
        "failed = [{ accelerator = 2, at_s = 5 }]",
        "device.failed: accelerator = 2 must be 1 to 1",
    ),
    "failure before the start": (
        "failed = [{ accelerator = 1, at_s = -5 }]",
        "failed[0].at_s = -5: must be greater than",
    ),
    "no such eclipse mode": (
        'eclipse_power_mode = "12W"',
        "eclipse_power_mode = '12W': no such power mode; did you mean",
    ),
    "sleep": ("sleep_after_s = -1", "sleep_after_s = -1: must be greater than or equal to 0"),
}


@pytest.mark.parametrize("case", FLOWN)
def test_device_in_a_scenario(refused: Refused, desk: Path, case: str) -> None:
    setting, told = FLOWN[case]
    text = SCENARIO.replace('power_mode = "15W"', f'power_mode = "15W", {setting}', 1)
    (desk / "edited.toml").write_text(text, "utf-8")
    line = refused("run", "edited.toml", "--json")
    assert line.startswith("edited.toml: satellite[0].device.")
    assert told in line
