"""Jobs on several accelerators: none idles while a job waits, work is conserved, none is lost or done twice."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from onboard.mission_time import NEVER_NS
from sim.world.accelerators import Accelerators, Placed


def begun(count: int, *works_ns: int) -> Accelerators:
    one = Accelerators(count)
    for job_id, work_ns in enumerate(works_ns, 1):
        one.submit(job_id, work_ns)
    one.place()
    return one


def test_the_oldest_job_takes_the_first_of_equals() -> None:
    one = Accelerators(2)
    for job_id in (7, 8, 9):
        one.submit(job_id, 100)
    assert one.place() == (Placed(7, 0, -1), Placed(8, 1, -1))
    assert (one.running, one.waiting, one.deadline_ns) == (2, 1, 100)


def test_the_least_loaded_takes_the_next() -> None:
    one = begun(3, 300, 100, 200)
    for now_ns in (100, 200, 300):
        one.settle(now_ns)
        one.ended()
    one.submit(4, 50)
    assert one.place() == (Placed(4, 1, -1),)
    assert one.busy_ns == [300, 100, 200]


def test_half_the_share_takes_twice_the_time() -> None:
    one = begun(1, 1000)
    one.settle(400)
    one.set_share(0.5)
    assert one.deadline_ns == 400 + 1200
    one.settle(1000)
    one.set_share(1.0)
    assert one.deadline_ns == 1000 + 300


def test_a_job_that_has_ended_stays_ended_when_the_share_changes() -> None:
    one = begun(1, 1000)
    one.settle(1000)
    one.set_share(0.3)
    assert one.deadline_ns == 1000
    assert one.ended() == ((1, 0),)


def test_takeover_begins_anew_and_before_the_others() -> None:
    one = begun(2, 1000, 1000, 1000)
    one.settle(600)
    one.fail(0)
    assert one.place() == ()
    one.settle(1000)
    assert one.ended() == ((2, 1),)
    assert one.place() == (Placed(1, 1, 0),)
    assert one.deadline_ns == 2000
    one.settle(2000)
    assert one.ended() == ((1, 1),)
    assert one.place() == (Placed(3, 1, -1),)


@dataclass
class Story:
    """What happened to jobs."""

    worked_ns: dict[int, float] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)
    ended: list[int] = field(default_factory=list)


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 500),
        st.one_of(
            st.tuples(st.just("submit"), st.integers(1, 1000)),
            st.tuples(st.just("fail"), st.integers(0, 4)),
            st.tuples(st.just("share"), st.sampled_from([1.0, 0.7, 0.4, 0.1])),
        ),
    ),
    max_size=40,
)


def move(one: Accelerators, story: Story, until_ns: int) -> None:
    """Advance to an instant by way of every end, checking what must hold at each."""
    while True:
        now_ns = min(one.deadline_ns, until_ns)
        for progress in one.settle(now_ns):
            assert progress.to_ns >= progress.from_ns
            done_ns = progress.to_ns - progress.from_ns
            story.worked_ns[progress.job_id] = story.worked_ns.get(progress.job_id, 0.0) + done_ns
        story.ended.extend(job_id for job_id, _ in one.ended())
        story.moved |= {placed.job_id for placed in one.place() if placed.left >= 0}
        working = sum(one.works)
        assert one.running <= working
        assert not one.waiting or one.running == working, "an accelerator idles while a job waits"
        if now_ns == until_ns:
            return


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 5), EVENTS)
def test_no_job_is_lost_or_done_twice(count: int, happenings: list[tuple[int, tuple[str, float]]]) -> None:
    one, story = Accelerators(count), Story()
    works_ns: dict[int, int] = {}
    now_ns = 0
    for wait_ns, (kind, value) in happenings:
        now_ns += wait_ns
        move(one, story, now_ns)
        if kind == "submit":
            works_ns[len(works_ns) + 1] = int(value)
            one.submit(len(works_ns), int(value))
        elif kind == "share":
            one.set_share(value)
        elif value < count and one.works[int(value)] and sum(one.works) > 1:
            one.fail(int(value))
        move(one, story, now_ns)
    while one.deadline_ns < NEVER_NS:
        move(one, story, one.deadline_ns)
    assert sorted(story.ended) == sorted(works_ns)
    assert len(set(story.ended)) == len(story.ended)
    for job_id, work_ns in works_ns.items():
        again_ns = story.worked_ns[job_id] - work_ns
        assert abs(again_ns) <= 1e-6 or (again_ns > 0 and job_id in story.moved)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 4), st.lists(st.integers(1, 1000), min_size=1, max_size=30))
def test_balanced_within_one_job(count: int, works_ns: list[int]) -> None:
    one, story = begun(count, *works_ns), Story()
    while one.deadline_ns < NEVER_NS:
        move(one, story, one.deadline_ns)
    assert sum(one.busy_ns) == sum(works_ns)
    assert max(one.busy_ns) - min(one.busy_ns) <= max(works_ns)
