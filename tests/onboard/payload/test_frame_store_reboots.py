"""Mass memory's catalogue under power cuts at any write."""

from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.payload.frame_store import FrameState, FrameStore, StoredFrame
from tests.onboard.payload.test_frame_store import frame, waiting, wanted
from tests.power_cut import FailingDisk, PowerCut

Snapshot = tuple[dict[int, StoredFrame], list[int], list[int], tuple[int, int, int]]


def snapshot(frames: FrameStore) -> Snapshot:
    """What a reboot has to find; work does not survive it."""
    held = {number: stored for number in range(300) if (stored := frames.get(number))}
    in_turn = sorted(held.values(), key=lambda each: each.place)
    return (
        held,
        [each.frame.frame_id for each in in_turn if each.state is FrameState.WAITING],
        [each.frame.frame_id for each in in_turn if each.is_wanted],
        (frames.waiting_bytes, frames.retained_bytes, frames.evicted_bytes),
    )


class Camera:
    """Fills and works off mass memory, rebooting from its disk when the power fails, and closes the account."""

    def __init__(self) -> None:
        self.disk = FailingDisk()
        self.frames = FrameStore(100, self.disk)
        self.synced = snapshot(self.frames)
        self.in_work: set[int] = set()
        self.exposed = 0

    def reboot(self) -> None:
        self.frames = FrameStore(100, self.disk)
        self.in_work = set()
        assert snapshot(self.frames) == self.synced
        assert waiting(self.frames) == self.synced[1]
        assert wanted(self.frames) == self.synced[2]

    def expose(self, size: int, value: float) -> None:
        self.exposed += 1
        before = self.frames.stored_bytes
        evicted_before = self.frames.evicted_bytes
        gone = self.frames.admit(newcomer := frame(self.exposed, size), value)
        if newcomer in [each.frame for each in gone]:
            assert (len(gone), self.frames.stored_bytes) == (1, before)
            return
        gone_bytes = sum(each.frame.captured_bytes for each in gone)
        assert self.frames.stored_bytes == before + size - gone_bytes
        assert self.frames.evicted_bytes == evicted_before + gone_bytes
        assert all(each.state is FrameState.KEPT or each.value < value for each in gone)
        assert not any(each.is_wanted or each.frame.frame_id in self.in_work for each in gone)

    def do(self, what: str, pick: int, value: float) -> None:
        held = sorted(snapshot(self.frames)[0])
        chosen = held[pick % len(held)] if held else 0
        if what == "expose":
            self.expose(1 + pick, value)
        elif what == "crash":
            self.disk.crash()
            self.reboot()
        elif what == "sync":
            self.disk.sync()
            self.synced = snapshot(self.frames)
        elif what == "want":
            assert self.frames.want(chosen) is (chosen in self.frames)
        elif what == "begin" and chosen and chosen not in self.in_work:
            self.frames.begin_work(chosen)
            self.in_work.add(chosen)
        elif what in {"lose", "keep", "serve"} and self.in_work:
            done = min(self.in_work)
            if what == "lose":
                self.frames.put_back(done)
            elif what == "keep":
                self.frames.keep(done, value)
            else:
                self.frames.serve(done)
            self.in_work.remove(done)
        elif what == "release" and chosen and chosen not in self.in_work:
            self.frames.release(chosen)


actions = st.sampled_from(
    [*["expose"] * 6, *["begin"] * 3, *["keep"] * 3, "lose", "serve", "want", "release", "sync", "sync", "crash"]
)
steps = st.lists(st.tuples(actions, st.integers(0, 50), st.sampled_from([0.0, 0.5, 1.0])), max_size=100)


@settings(max_examples=200, deadline=None)
@given(steps, st.lists(st.integers(0, 40), max_size=10))
def test_accounts_close_and_a_reboot_finds_the_last_sync(made: list[tuple[str, int, float]], cuts: list[int]) -> None:
    camera = Camera()
    for what, pick, value in made:
        if cuts and camera.disk.operations_left > 100:
            camera.disk.operations_left = cuts.pop()
        try:
            camera.do(what, pick, value)
        except PowerCut:
            camera.reboot()
        frames = camera.frames
        held = snapshot(frames)[0].values()
        assert frames.stored_bytes == sum(each.frame.captured_bytes for each in held) <= 100
        expected = [each for each in held if each.frame.frame_id not in camera.in_work]
        expected.sort(key=lambda each: each.place)
        assert waiting(frames) == [each.frame.frame_id for each in expected if each.state is FrameState.WAITING]
        assert wanted(frames) == [each.frame.frame_id for each in expected if each.is_wanted]
