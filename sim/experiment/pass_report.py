"""The pass report: what each contact of a finished run was planned to carry, and what it carried.

Bytes on the air and frames come from the journal; plan, rates and margin from the scenario that it was flown by.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from groundstation.messages import FramesTaken, ReceptionCounts
from onboard.commands import Transmit
from onboard.comms.packets import ProductKind
from onboard.comms.transfer import FrameAccount
from onboard.events import TransmitGranted
from onboard.mission_time import to_ns, to_s, utc_text
from sim.executive import WORLD
from sim.experiment.link_margin import pass_margin_db
from sim.experiment.passes import Pass, passes_of
from sim.facts import SlotSent, UplinkSent
from sim.planning import orbits_of, sites_of
from sim.scenario import Scenario
from sim.world.channels import N_CHANNELS
from sim.world.frames import Floats
from sim.world.traffic import CENTRE

CHANNEL_NAMES = {kind.virtual_channel: kind.name.lower() for kind in ProductKind} | {
    ProductKind.REPORT.virtual_channel: "housekeeping",
    7: "idle",
}
"""By virtual channel; the spacecraft's reports are beside its housekeeping."""
DECIMALS = 3


@dataclass(slots=True)
class FlownPass:
    """A contact and what went over it. `used_s` is time on the air; `margin_db` is in each slot, (n_slot,)."""

    planned: Pass
    margin_db: Floats | None = None
    granted_s: float = 0.0
    used_s: float = 0.0
    granted_bytes: int = 0
    sent_bytes: int = 0
    frames_sent: int = 0
    frames_lost: int = 0
    account: FrameAccount = field(default_factory=FrameAccount)
    channel_bytes: tuple[int, ...] = (0,) * N_CHANNELS
    uplink_bytes: int = 0
    telecommands_sent: int = 0
    telecommands_lost: int = 0
    received: ReceptionCounts = field(default_factory=ReceptionCounts)


class PassLog:
    """Takes the journal's records in order; `passes` are in order of acquisition.

    `network_ns` is how long what a station heard of a satellite takes to the mission centre, by satellite.
    """

    def __init__(self, planned: Iterable[Pass], network_ns: Mapping[str, int]) -> None:
        self._network_ns = network_ns
        self.passes = [FlownPass(one) for one in planned]
        self._by_satellite: dict[str, list[FlownPass]] = {}
        self._by_link: dict[tuple[str, str], list[FlownPass]] = {}
        for one in self.passes:
            self._by_satellite.setdefault(one.planned.satellite, []).append(one)
            self._by_link.setdefault((one.planned.satellite, one.planned.station), []).append(one)

    def record(self, now_ns: int, node: str, granted: tuple[object, ...], answers: tuple[object, ...]) -> None:
        """Take one record."""
        if node in self._by_satellite:
            for event in granted:
                if isinstance(event, TransmitGranted):
                    self._grant(now_ns, node, event)
            for answer in answers:
                if isinstance(answer, Transmit):
                    self._transmit(now_ns, node, answer)
        elif node == WORLD:
            for fact in answers:
                if isinstance(fact, SlotSent):
                    self._slot(now_ns, fact)
                elif isinstance(fact, UplinkSent):
                    self._uplink(now_ns, fact)
        elif node == CENTRE:
            for answer in answers:
                if isinstance(answer, FramesTaken):
                    self._receive(now_ns, answer)

    def _grant(self, now_ns: int, satellite: str, event: TransmitGranted) -> None:
        one = self._at(now_ns, satellite)
        ends_s = np.append(one.planned.start_s[1:], to_s(one.planned.contact.los_ns))
        if not event.is_rest:
            one.granted_s += float(ends_s[_slot_at(one, now_ns)]) - to_s(now_ns)
        one.granted_bytes += event.granted_bytes

    def _transmit(self, now_ns: int, satellite: str, sent: Transmit) -> None:
        one = self._at(now_ns, satellite)
        one.account += FrameAccount(
            *(sent.payload_bytes, sent.header_bytes, sent.fill_bytes, sent.retransmit_bytes, sent.housekeeping_bytes)
        )

    def _slot(self, now_ns: int, fact: SlotSent) -> None:
        one = self._at(now_ns, fact.satellite)
        one.sent_bytes += fact.sent_bytes
        one.frames_sent += fact.lost_frames + fact.delivered_frames
        one.frames_lost += fact.lost_frames
        if fact.sent_bytes:
            one.used_s += 8.0 * fact.sent_bytes / float(one.planned.rate_bps[_slot_at(one, now_ns)])
        told = fact.channel_bytes
        one.channel_bytes = tuple(a + b for a, b in zip(one.channel_bytes, told, strict=True))

    def _uplink(self, now_ns: int, fact: UplinkSent) -> None:
        one = self._at(now_ns, fact.satellite)
        one.uplink_bytes += fact.sent_bytes
        one.telecommands_sent += 1
        one.telecommands_lost += fact.lost

    def _receive(self, now_ns: int, taken: FramesTaken) -> None:
        # The last frames of a contact come when it is over.
        own = self._by_link[taken.spacecraft, taken.station]
        _begun(own, now_ns - self._network_ns[taken.spacecraft]).received += taken.counts

    def _at(self, now_ns: int, satellite: str) -> FlownPass:
        """The contact at an instant: a satellite has one at a time."""
        one = _begun(self._by_satellite[satellite], now_ns)
        assert one.planned.contact.aos_ns <= now_ns < one.planned.contact.los_ns, "traffic outside a contact"
        return one


def _begun(passes: list[FlownPass], now_ns: int) -> FlownPass:
    """The last that has begun."""
    return passes[bisect_right(passes, now_ns, key=lambda each: each.planned.contact.aos_ns) - 1]


def flown_passes(
    scenario: Scenario, records: Iterable[tuple[int, str, tuple[object, ...], tuple[object, ...]]]
) -> list[FlownPass]:
    """The contacts of a run in order of acquisition, from its scenario and its journal's records."""
    orbits, sites = orbits_of(scenario), sites_of(scenario)
    network_ns = {satellite.name: to_ns(satellite.radio.station_latency_s) for satellite in scenario.satellite}
    log = PassLog(passes_of(scenario, orbits), network_ns)
    for record in records:
        log.record(*record)
    for one in log.passes:
        one.margin_db = pass_margin_db(one.planned, scenario, orbits, sites)
    return log.passes


def pass_report(scenario: Scenario, flown: Sequence[FlownPass]) -> dict[str, Any]:
    """The report as `--json` prints it: `passes` in order of acquisition, and their `total`."""
    return {"passes": [_row(scenario, one) for one in flown], "total": _carried(flown)}


def _row(scenario: Scenario, one: FlownPass) -> dict[str, Any]:
    planned = one.planned
    linked = planned.rate_bps[planned.rate_bps > 0]
    return {
        "satellite": planned.satellite,
        "station": planned.station,
        "aos_utc": utc_text(scenario.start_utc, planned.contact.aos_ns),
        "los_utc": utc_text(scenario.start_utc, planned.contact.los_ns),
        "max_elevation_deg": round(planned.contact.max_elevation_deg, DECIMALS),
        "rate_bps": {
            "least": int(linked.min()) if linked.size else 0,
            "mean": round(planned.mean_rate_bps),
            "most": int(planned.rate_bps.max()),
        },
        "margin_db": _margin(one.margin_db),
        **_carried([one]),
    }


def _carried(flown: Sequence[FlownPass]) -> dict[str, Any]:
    account = sum((one.account for one in flown), start=FrameAccount())
    granted_bytes, sent_bytes = (sum(getattr(one, name) for one in flown) for name in ("granted_bytes", "sent_bytes"))
    channels = [sum(one.channel_bytes[channel] for one in flown) for channel in range(N_CHANNELS)]
    return {
        "planned_s": round(sum(one.planned.duration_s for one in flown), DECIMALS),
        "granted_s": round(sum(one.granted_s for one in flown), DECIMALS),
        "used_s": round(sum(one.used_s for one in flown), DECIMALS),
        "planned_bytes": sum(one.planned.volume_bytes for one in flown),
        "granted_bytes": granted_bytes,
        "sent_bytes": sent_bytes,
        "bytes": {
            "payload": account.payload,
            "headers": account.headers,
            "fill": account.fill,
            "retransmit": account.retransmit,
            "housekeeping": account.housekeeping,
            "idle": granted_bytes - sent_bytes,
        },
        "channel_bytes": {name: channels[channel] for channel, name in sorted(CHANNEL_NAMES.items())},
        "frames": {
            "sent": sum(one.frames_sent for one in flown),
            "lost": sum(one.frames_lost for one in flown),
        },
        "received": asdict(sum((one.received for one in flown), start=ReceptionCounts())),
        "uplink": {
            "bytes": sum(one.uplink_bytes for one in flown),
            "sent": sum(one.telecommands_sent for one in flown),
            "lost": sum(one.telecommands_lost for one in flown),
        },
    }


def _margin(margin_db: Floats | None) -> dict[str, float] | None:
    if margin_db is None or np.isnan(margin_db).all():
        return None
    return {
        "least": round(float(np.nanmin(margin_db)), DECIMALS),
        "mean": round(float(np.nanmean(margin_db)), DECIMALS),
    }


def _slot_at(one: FlownPass, now_ns: int) -> int:
    return int(np.searchsorted(one.planned.start_s, to_s(now_ns), side="right")) - 1
