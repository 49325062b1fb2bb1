"""A finished run's folder, read: what its archive holds, and what its scenario says of the mission."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from groundstation.alerts import OF_LISTS, Alert, archived_alerts, ground_alerts, read_list
from groundstation.archive import Archive, FlownModel, ProductEntry
from groundstation.chips import ArchivedChip, archived_chips
from groundstation.exports import czml
from groundstation.exports.mission import Mission, Site, Window
from groundstation.publishing import ReportedEvent, reported_events, rule_of
from onboard.comms.packets import ProductKind
from onboard.errors import InputError
from onboard.mission_time import to_ns
from onboard.payload.models import load_card
from onboard.payload.products import DetectionList, ImageProduct, decode_image
from sim.experiment.passes import passes_of
from sim.planning import orbits_of
from sim.resolve import model_folder, resolve
from sim.scenario import Scenario


class FinishedRun:
    """A run's folder, read: what its archive holds, and what its scenario says of the mission."""

    def __init__(self, directory: Path, archive: Archive) -> None:
        self.directory, self.archive = directory, archive

    @cached_property
    def alerts(self) -> list[Alert]:
        """By spacecraft and product; those found on the ground in images after those that came as lists."""
        return [*archived_alerts(self.archive), *ground_alerts(self.archive)]

    @cached_property
    def events(self) -> list[ReportedEvent]:
        """By the rule that the run went by."""
        return reported_events(self.archive, rule_of(self.archive))

    @cached_property
    def mission(self) -> Mission:
        """Without the plan of passes, which takes a second."""
        return self._mission(())

    @cached_property
    def mission_with_passes(self) -> Mission:
        """With the plan of passes that the scenario's orbits give."""
        planned = passes_of(self._scenario, orbits_of(self._scenario))
        windows = (
            Window(
                one.satellite,
                one.station,
                one.contact.aos_ns,
                one.contact.los_ns,
                one.contact.max_elevation_deg,
                one.volume_bytes,
            )
            for one in planned
        )
        return self._mission(tuple(windows))

    def chips(self) -> Iterator[ArchivedChip]:
        """Crops round detections, by spacecraft and product."""
        return archived_chips(self.archive)

    def footprints(self) -> Iterator[czml.Footprint]:
        """What the ground knows of frames: of each the first product that came and can be read."""
        seen: set[tuple[str, int]] = set()
        for entry in sorted(self.archive.product_list(), key=lambda entry: entry.archived_ns):
            frame = entry.spacecraft, entry.frame_id
            if frame not in seen and (shown := self._shown(entry)):
                seen.add(frame)
                yield entry.spacecraft, shown, entry.archived_ns

    def _shown(self, entry: ProductEntry) -> DetectionList | ImageProduct | None:
        if entry.kind is ProductKind.REPORT:
            return None
        product = self.archive.product(entry.spacecraft, entry.product_id)
        assert product is not None
        if entry.kind in OF_LISTS:
            return read_list(product.payload, product.archived_ns, product.clock_offset_ns)
        return _read_image(product.payload)

    @cached_property
    def _scenario(self) -> Scenario:
        return resolve(self.directory / "scenario.toml")

    def _mission(self, windows: tuple[Window, ...]) -> Mission:
        scenario = self._scenario
        return Mission(
            name=scenario.name,
            description=scenario.description,
            epoch=scenario.start_utc,
            end_ns=to_ns(scenario.duration_s),
            instruments={satellite.name: satellite.instrument.name for satellite in scenario.satellite},
            sites=tuple(
                Site(one.name, one.latitude_deg, one.longitude_deg, one.altitude_m) for one in scenario.station
            ),
            windows=windows,
            models=self.archive.models() or _models_of(scenario),
        )


def _models_of(scenario: Scenario) -> dict[tuple[bytes, str], FlownModel]:
    """The scenario's model, for a run whose archive does not know it; nothing where its folder is gone."""
    try:
        card = load_card(model_folder(scenario))
    except InputError:
        return {}
    return {(bytes.fromhex(card.sha256[:8]), card.task): FlownModel(card.task, card.name, card.sha256, card.classes)}


def _read_image(payload: bytes) -> ImageProduct | None:
    try:
        return decode_image(payload)
    except ValueError:
        return None
