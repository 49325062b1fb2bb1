"""Pictures of mission control for the documents: `python -m tests.page_pictures [RUN_DIR]`.

Without a run's folder, one is flown first. The run is replayed, held at one instant, and photographed by Debian's
Chromium on a desktop and on a phone, light and dark, into `docs/images`.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.page_browser import DESKTOP, PHONE, chromium, opened

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
SCENARIO, STRATEGY = "wildfire-watch", "chips"
AT_S, AT_UTC = 3240, "10:54:00"
"""The instant that is shown: two satellites have passed a station, and one is in contact."""
FOUND_MS = 60_000
"""How long the replay may look for it."""
SETTLED_MS = 1500


def main() -> int:
    """Make all of them."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(sys.argv[1]) if len(sys.argv) > 1 else flown(Path(folder) / "run")
        with replayed(run) as address, chromium() as browser:
            photograph(browser, address)
    return 0


def flown(out: Path) -> Path:
    """The folder of a run of the scenario whose alerts come with their chips."""
    command = [sys.executable, "-m", "sim", "run", SCENARIO, "--strategy", STRATEGY, "--out", str(out)]
    subprocess.run(command, check=True, cwd=ROOT)
    return out


@contextmanager
def replayed(run: Path) -> Iterator[str]:
    """The address of mission control over a finished run."""
    command = [sys.executable, "-m", "sim", "replay", str(run), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as replay:
        assert replay.stdout is not None
        try:
            yield address_in(replay.stdout)
        finally:
            replay.terminate()


def address_in(lines: Any) -> str:
    """What the replay's JSON object, printed over several lines, says of its address."""
    text = ""
    for line in lines:
        text += line
        try:
            return str(json.loads(text)["address"])
        except json.JSONDecodeError:
            continue
    raise SystemExit("the replay did not start")


def photograph(browser: Any, address: str) -> None:
    """Hold the replay at the instant, and take the four pictures."""
    for theme in ("dark", "light"):
        with opened(browser, address, viewport=DESKTOP, color_scheme=theme) as page:
            hold(page)
            page.screenshot(path=IMAGES / f"mission-control-{theme}.png")
        phone = {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}
        with opened(browser, address, color_scheme=theme, **phone) as page:
            hold(page)
            page.screenshot(path=IMAGES / f"mission-control-phone-{theme}.png", full_page=True)


def hold(page: Any) -> None:
    """Stop at the instant, and wait until everything is drawn."""
    if page.get_by_role("button", name="pause").count():
        page.get_by_role("button", name="pause").click()
        page.get_by_role("button", name="play").wait_for()
    slider = page.get_by_role("slider")
    slider.fill(str(AT_S * 1_000_000_000))
    slider.blur()
    page.wait_for_function(f"document.querySelector('.clock').innerText.includes('{AT_UTC}')", timeout=FOUND_MS)
    page.wait_for_timeout(SETTLED_MS)


if __name__ == "__main__":
    sys.exit(main())
