"""A station forwards what it hears, and radiates what is not too old."""

from groundstation.messages import (
    ForwardFrames,
    FramesReceived,
    Radiate,
    StationConfig,
    TelecommandsQueued,
    UplinkGranted,
)
from groundstation.station import Station

SAT, OTHER, LATER = "ember-1", "ember-2", 1000


def station() -> Station:
    return Station(StationConfig("Troll"))


def test_what_is_received_is_forwarded() -> None:
    assert station().advance(0, (FramesReceived(SAT, (b"abc",)),)) == (ForwardFrames(SAT, (b"abc",)),)


def test_the_newest_order_takes_the_place_of_what_waits() -> None:
    troll = station()
    troll.advance(1, (TelecommandsQueued(SAT, (b"old", b"older"), LATER), TelecommandsQueued(SAT, (b"new",), LATER)))
    assert troll.advance(2, (UplinkGranted(OTHER, 100),)) == ()
    assert troll.advance(2, (UplinkGranted(SAT, 100),)) == (Radiate(SAT, (b"new",)),)
    assert troll.advance(3, (UplinkGranted(SAT, 100),)) == ()


def test_as_many_frames_as_a_grant_holds_and_the_others_in_the_next() -> None:
    troll = station()
    troll.advance(1, (TelecommandsQueued(SAT, (b"12", b"345", b"6"), LATER),))
    assert troll.advance(2, (UplinkGranted(SAT, 1),)) == (), "too little for the first, and order is kept"
    assert troll.advance(2, (UplinkGranted(SAT, 5),)) == (Radiate(SAT, (b"12", b"345")),)
    assert troll.advance(3, (UplinkGranted(SAT, 5),)) == (Radiate(SAT, (b"6",)),)


def test_what_is_too_old_is_not_sent_any_more() -> None:
    troll = station()
    for at_ns in (LATER, LATER + 1):
        troll.advance(1, (TelecommandsQueued(SAT, (b"1",), LATER),))
        assert bool(troll.advance(at_ns, (UplinkGranted(SAT, 5),))) == (at_ns == LATER)
    assert troll.advance(LATER + 2, (UplinkGranted(SAT, 5),)) == ()


def test_spacecraft_have_nothing_to_do_with_each_other() -> None:
    troll = station()
    troll.advance(1, (TelecommandsQueued(SAT, (b"1",), LATER), TelecommandsQueued(OTHER, (b"2",), LATER)))
    assert troll.advance(2, (UplinkGranted(OTHER, 5), UplinkGranted(SAT, 5))) == (
        Radiate(OTHER, (b"2",)),
        Radiate(SAT, (b"1",)),
    )
