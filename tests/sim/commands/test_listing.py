"""The command `hot-spots`: what it blames where it has nothing to write."""

from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.commands.listing import hot_spots


@pytest.mark.parametrize(
    ("scenario", "share", "key"),
    [("wildfire-watch", 1.0, r"ground\.unknown_share: .* it lacks 100%"), ("sea-rescue", None, r"scene\.source: ")],
)
def test_what_leaves_no_hot_spots_is_blamed(scenario: str, share: float | None, key: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=key):
        hot_spots(scenario, tmp_path / "hot.geojson", unknown_share=share)
    assert not list(tmp_path.iterdir())
