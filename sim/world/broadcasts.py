"""Broadcasts to field terminals: whoever is in sight hears, nobody answers, and a contact with a station goes first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sim.scenario import Scenario
from sim.world.access import Sites, Window
from sim.world.link import Contact
from sim.world.orbit import Orbits
from sim.world.radio import volume_bytes
from sim.world.slots import heard, path, slot_edges_ns

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Listener:
    """A terminal that hears a broadcast slot, with the light's travel and its own frame error rate."""

    station: int
    delay_ns: int
    error_rate: float


@dataclass(frozen=True, slots=True)
class BroadcastSlot:
    """One grant of a broadcast, at the rate that the worst placed of its listeners bears."""

    satellite: int
    start_ns: int
    end_ns: int
    rate_bps: int
    down_bytes: int
    listeners: tuple[Listener, ...]


def has_terminals(scenario: Scenario) -> bool:
    """Whether anybody listens to broadcasts."""
    return any(station.kind == "field-terminal" for station in scenario.station)


def broadcast_slots(
    scenario: Scenario, windows: Sequence[Window], contacts: Sequence[Contact], orbits: Orbits, sites: Sites
) -> Iterator[BroadcastSlot]:
    """Slots in which terminals are in sight throughout and the satellite talks to no station, by satellite and time."""
    for satellite, flown in enumerate(scenario.satellite):
        audible = [
            window
            for window in windows
            if window.satellite_index == satellite
            and scenario.station[window.station_index].kind == "field-terminal"
            and flown.radio.is_heard_by(scenario.station[window.station_index].antenna)
        ]
        busy = sorted((one.aos_ns, one.los_ns) for one in contacts if one.satellite == satellite)
        for start_ns, end_ns in _without(_joined((one.aos_ns, one.los_ns) for one in audible), busy):
            yield from _slots_of(satellite, audible, start_ns, end_ns, scenario, orbits, sites)


def _slots_of(
    satellite: int,
    audible: list[Window],
    start_ns: int,
    end_ns: int,
    scenario: Scenario,
    orbits: Orbits,
    sites: Sites,
) -> Iterator[BroadcastSlot]:
    edges_ns = slot_edges_ns(scenario.satellite[satellite].radio, start_ns, end_ns)
    stations = sorted(
        {window.station_index for window in audible if window.aos_ns < end_ns and window.los_ns > start_ns}
    )
    ways = {station: path(satellite, station, edges_ns, scenario, orbits, sites) for station in stations}
    told = {station: heard(way, edges_ns, scenario, satellite, station) for station, way in ways.items()}
    for place, (begin_ns, until_ns) in enumerate(zip(edges_ns[:-1].tolist(), edges_ns[1:].tolist(), strict=True)):
        in_sight = sorted({one.station_index for one in audible if one.aos_ns <= begin_ns and until_ns <= one.los_ns})
        hearing = [station for station in in_sight if told[station][0][place] > 0]
        if not hearing:
            continue
        rate_bps = min(int(told[station][0][place]) for station in hearing)
        listeners = tuple(
            Listener(station, int(ways[station].delays_ns[place]), float(told[station][1][place]))
            for station in hearing
        )
        n_bytes = volume_bytes(rate_bps, until_ns - begin_ns)
        yield BroadcastSlot(satellite, begin_ns, until_ns, rate_bps, n_bytes, listeners)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """Spans that overlap or touch as one, ascending."""
    joined: list[Span] = []
    for start_ns, end_ns in sorted(spans):
        if joined and start_ns <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end_ns))
        else:
            joined.append((start_ns, end_ns))
    return joined


def _without(spans: Iterable[Span], busy: Sequence[Span]) -> Iterator[Span]:
    """What is left of spans beside busy ones, both ascending."""
    for start_ns, end_ns in spans:
        for busy_from_ns, busy_to_ns in busy:
            if busy_from_ns < end_ns and busy_to_ns > start_ns:
                if start_ns < busy_from_ns:
                    yield start_ns, busy_from_ns
                start_ns = busy_to_ns
        if start_ns < end_ns:
            yield start_ns, end_ns
