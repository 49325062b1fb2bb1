"""The swarm finds bugs that are planted: each within a hundred seeds, and by the checker that is there for it."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from groundstation.archive import Archive
from groundstation.centre import MissionCentre
from groundstation.messages import FramesReceived, ProductArchived
from groundstation.station import Station
from onboard import judgement
from onboard.comms.downlink import Downlink
from onboard.comms.outbox import Outbox
from onboard.modes import Mode
from onboard.payload.frame_store import FrameStore
from onboard.sequences import DurableCounter
from sim.swarm.drawing import draw_case
from sim.swarm.flight import fly_case
from sim.world.disk import SimulatedDisk
from sim.world.energy import Energy

MOST_SEEDS = 100
Plant = Callable[[pytest.MonkeyPatch], None]


def around(owner: Any, name: str, instead: Callable[..., Any]) -> Plant:
    """Put `instead`, which is handed the original first, in place of a function."""

    def plant(monkeypatch: pytest.MonkeyPatch) -> None:
        original = getattr(owner, name)
        monkeypatch.setattr(owner, name, lambda *args, **kwargs: instead(original, *args, **kwargs))

    return plant


def leak_a_byte(original: Any, outbox: Outbox, product_id: int) -> Any:
    outbox.held_bytes += 1
    return original(outbox, product_id)


def count_back(original: Any, counter: DurableCounter, count: int = 1) -> int:
    first: int = original(counter, count)
    if first % 50 == 49:
        counter._next -= 1
    return first


def reserve_in_vain(_original: Any, counter: DurableCounter, count: int) -> None:
    """The end of the block is kept nowhere: after a reboot its numbers come again."""
    counter._end = counter._next + max(count, counter._block)


def lose_acknowledgements(original: Any, downlink: Downlink, now_ns: int, report: bytes) -> Any:
    return () if any(product_id % 3 == 0 for product_id in downlink._transfers) else original(downlink, now_ns, report)


def overlook_frames(original: Any, store: FrameStore) -> Any:
    return (frame for frame in original(store) if frame.frame_id % 5)


def archive_nothing(original: Any, archive: Archive, product: Any) -> None:
    if product.product_id % 4 != 3:
        original(archive, product)


def tell_twice(original: Any, *args: Any) -> Iterator[object]:
    for answer in original(*args):
        yield answer
        if isinstance(answer, ProductArchived):
            yield answer


def drop_a_part(original: Any, station: Station, now_ns: int, inbox: tuple[object, ...]) -> Any:
    fewer = (replace(one, parts=one.parts[1:]) if isinstance(one, FramesReceived) else one for one in inbox)
    return original(station, now_ns, tuple(fewer))


def lose_joules(original: Any, energy: Energy, *args: Any) -> Any:
    step = original(energy, *args)
    return replace(step, battery_heat_j=0.9 * step.battery_heat_j)


def never_return(original: Any, mode: Mode, raised: Any) -> Any:
    return original(mode, raised) if mode is Mode.NOMINAL else mode


BUGS: dict[str, tuple[Plant, str]] = {
    "an account leaks": (around(Outbox, "remove", leak_a_byte), "its account says"),
    "a nonce comes twice": (around(DurableCounter, "next", count_back), "uses the nonce"),
    "a nonce comes twice after a reboot": (around(DurableCounter, "_reserve", reserve_in_vain), "uses the nonce"),
    "an acknowledgement is lost": (around(Downlink, "apply_report", lose_acknowledgements), "still holds products"),
    "a frame is forgotten": (around(FrameStore, "waiting", overlook_frames), "forgot frame"),
    "a product is not committed": (around(Archive, "add_product", archive_nothing), "are not in the archive"),
    "a product is archived twice": (around(MissionCentre, "_store", tell_twice), "archived twice"),
    "a station loses a frame": (around(Station, "advance", drop_a_part), "frames and forwarded"),
    "joules vanish": (around(Energy, "step", lose_joules), "energy account is off"),
    "storage is not synchronised": (around(SimulatedDisk, "sync", lambda *_: None), "mote"),
    "a mode is never left": (around(judgement, "next_mode", never_return), "reason"),
}


NEEDED = {"storage is not synchronised": "process_killed"}
"""Only a fault shows these: to be quick, seeds without it are passed over here, and counted."""


@pytest.mark.parametrize("bug", BUGS)
def test_the_swarm_finds(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plant, words = BUGS[bug]
    plant(monkeypatch)
    cases = map(draw_case, range(MOST_SEEDS))
    showing = (case for case in cases if bug not in NEEDED or NEEDED[bug] in {fault["kind"] for fault in case.faults})
    outcome = next(one for one in map(fly_case, showing) if not one.is_sound)
    assert words in outcome.found
