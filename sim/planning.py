"""What follows from a scenario before anything flies: orbits, contacts, what the cameras will see and when."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from onboard.errors import InputError
from onboard.mission_time import to_ns, utc_text
from onboard.payload.footprints import locate
from sim.equipment.device import Device
from sim.scenario import Orbit, Scenario
from sim.scene_settings import PICTURED
from sim.scenes.earth.firms import check_some_burn, read_fire_points
from sim.scenes.image_folder import Picture, read_image_folder
from sim.scenes.land import the_land
from sim.scenes.sar_source import IMPLANTED, ImplantedSea
from sim.scenes.source import PictureFolder, PlantedTargets, SarSea, SceneSource, SyntheticWildfire
from sim.scenes.spectra import BANDS
from sim.world.access import Sites, Station, Window, contact_windows
from sim.world.broadcasts import BroadcastSlot, broadcast_slots
from sim.world.camera import Exposure, plan_exposures
from sim.world.elements import CircularOrbit, Elements, TwoLineElements
from sim.world.ephemeris import Ephemeris
from sim.world.link import Contact, allocate
from sim.world.looks import with_looks
from sim.world.orbit import Orbits
from sim.world.overpass import Place, first_overpasses

SEARCH_AHEAD_DAYS = 10
"""How far to look for the next overpass where a run would expose nothing."""


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """Exposures are in order of time. `notes` tell what was inferred of the user's pictures."""

    orbits: Orbits
    sites: Sites
    contacts: tuple[Contact, ...]
    broadcasts: tuple[BroadcastSlot, ...]
    source: SceneSource
    exposures: tuple[Exposure, ...]
    unexposed: int
    notes: tuple[str, ...]


def smallest_device(scenario: Scenario) -> Device:
    """The payload computer with the least memory: the model flies on every satellite."""
    return min((satellite.device for satellite in scenario.satellite), key=lambda device: device.memory_mb)


def orbits_of(scenario: Scenario) -> Orbits:
    """The scenario's satellites, propagated from its start."""
    elements = [_elements(satellite.orbit) for satellite in scenario.satellite]
    return Orbits(elements, scenario.start_utc, source=scenario.name)


def sites_of(scenario: Scenario) -> Sites:
    """The scenario's stations, for look angles."""
    return Sites.of(_stations(scenario))


def contacts_of(scenario: Scenario, orbits: Orbits) -> tuple[Contact, ...]:
    """Who uses which antenna when."""
    return _allocated(scenario, windows_of(scenario, orbits))


def windows_of(scenario: Scenario, orbits: Orbits) -> list[Window]:
    """Who is in sight of whom when, field terminals included."""
    least_deg = [site.min_elevation_deg for site in scenario.station]
    return contact_windows(Ephemeris(orbits, 0.0, scenario.duration_s), _stations(scenario), least_deg)


def plan(scenario: Scenario) -> FlightPlan:
    """The plan of a run. Raises InputError where no frame would ever be exposed."""
    orbits = orbits_of(scenario)
    pictures = _pictures(scenario)
    if scenario.scene.placement == "overpass":
        source, exposures = _at_overpasses(scenario, orbits, pictures)
    else:
        source, exposures = _under_track(scenario, orbits, pictures)
    windows, sites = windows_of(scenario, orbits), sites_of(scenario)
    contacts = _allocated(scenario, windows)
    return FlightPlan(
        orbits=orbits,
        sites=sites,
        contacts=contacts,
        broadcasts=tuple(broadcast_slots(scenario, windows, contacts, orbits, sites)),
        source=source,
        exposures=exposures,
        unexposed=max(0, len(pictures) - len(exposures)) if pictures else 0,
        notes=_notes(scenario, pictures),
    )


def _under_track(
    scenario: Scenario, orbits: Orbits, pictures: tuple[Picture, ...]
) -> tuple[SceneSource, tuple[Exposure, ...]]:
    land = the_land()
    source = _source(scenario, pictures)

    def shown(until_s: float) -> tuple[Exposure, ...]:
        planned = plan_exposures(scenario.satellite, orbits, land, to_ns(until_s))
        if isinstance(source, PictureFolder):  # each picture is exposed once
            return tuple(exposure for exposure in planned if source.shows(exposure))
        return with_looks(scenario.satellite, planned, orbits, to_ns(until_s))

    if exposures := shown(scenario.duration_s):
        return source, exposures
    raise _nothing_exposed(scenario, next(iter(shown(SEARCH_AHEAD_DAYS * 86400.0)), None))


def _source(scenario: Scenario, pictures: tuple[Picture, ...]) -> SceneSource:
    instruments = tuple(satellite.instrument for satellite in scenario.satellite)
    names = tuple(satellite.name for satellite in scenario.satellite)
    if scenario.scene.source == "images":
        return PictureFolder.deal(pictures, instruments)
    if scenario.scene.source == IMPLANTED:
        return ImplantedSea.dealt_to(pictures, instruments, scenario.seed, scenario.scene.rafts_per_1000_km2)
    if scenario.scene.source == "targets":
        return PlantedTargets(instruments, names, scenario.seed)
    _check_drawn(scenario)
    scene, start_s = scenario.scene, scenario.start_utc.timestamp()
    if scene.source == "sar-sea":
        return SarSea(instruments, scenario.seed, start_s, scene.rafts_per_1000_km2, scene.ships_per_1000_km2)
    return SyntheticWildfire(
        instruments, scenario.seed, start_s, scene.land_fires_per_1000_km2, scene.firms_csv, _firms_sha256(scenario)
    )


def _firms_sha256(scenario: Scenario) -> str:
    """What a file of fire points holds; raises InputError where it is none, or nothing in it burns during the run."""
    if not scenario.scene.firms_csv:
        return ""
    path, start_s = Path(scenario.scene.firms_csv), scenario.start_utc.timestamp()
    points = read_fire_points(path)
    check_some_burn(path, points, start_s, start_s + scenario.duration_s)
    return hashlib.sha256(repr(points).encode()).hexdigest()


def _check_drawn(scenario: Scenario) -> None:
    """A drawn scene shows what one kind of instrument sees, and would be wrong pixels for any other."""
    for satellite in scenario.satellite:
        instrument, source = satellite.instrument, scenario.scene.source
        is_radar = instrument.kind == "sar" and len(instrument.bands) == 1
        if not (is_radar if source == "sar-sea" else instrument.bands == BANDS):
            seen = "what a radar of one band sees" if source == "sar-sea" else f"the bands {', '.join(BANDS)}"
            rule = f'draws {seen}, and {satellite.name} has {instrument.name}: fly pictures, source = "images"'
            raise InputError(scenario.name, rule, key="scene.source", value=source)


def _at_overpasses(
    scenario: Scenario, orbits: Orbits, pictures: tuple[Picture, ...]
) -> tuple[SceneSource, tuple[Exposure, ...]]:
    places = [_place(picture, scenario) for picture in pictures]
    found = first_overpasses(places, scenario.satellite, orbits, scenario.duration_s)
    if not found:
        later = first_overpasses(places, scenario.satellite, orbits, SEARCH_AHEAD_DAYS * 86400.0)
        raise _nothing_exposed(scenario, min(later.values(), key=lambda exposure: exposure.at_ns, default=None))
    shown: list[list[int]] = [[] for _ in scenario.satellite]
    exposures = []
    for index, exposure in sorted(found.items(), key=lambda item: (item[1].at_ns, item[1].satellite, item[0])):
        shown[exposure.satellite].append(index)
        exposures.append(replace(exposure, frame_id=len(shown[exposure.satellite])))
    source = PictureFolder(pictures, tuple(tuple(places) for places in shown), at_their_place=True)
    return source, tuple(exposures)


def _place(picture: Picture, scenario: Scenario) -> Place:
    if picture.footprint_deg is None:
        raise InputError(
            Path(scenario.scene.images) / picture.name,
            'has no coordinates, or in a map projection that only the extra eo reads; "under-track" needs none',
            key="scene.placement",
            value="overpass",
        )
    _, height_px, width_px = picture.shape
    latitude_deg, longitude_deg = locate(picture.footprint_deg, width_px, height_px, width_px / 2, height_px / 2)
    fitting = frozenset(
        index
        for index, satellite in enumerate(scenario.satellite)
        if set(picture.bands) & set(satellite.instrument.bands)
    )
    return Place(float(latitude_deg), float(longitude_deg), picture.gsd_m, fitting)


def _notes(scenario: Scenario, pictures: tuple[Picture, ...]) -> tuple[str, ...]:
    told = [f"{picture.name}: {note}" for picture in pictures for note in (*picture.notes, *picture.surrogate)]
    if pictures and any(satellite.instrument.looks_per_scene > 1 for satellite in scenario.satellite):
        told.append("each picture is exposed once: looks_per_scene is left out")
    return tuple(told)


def _pictures(scenario: Scenario) -> tuple[Picture, ...]:
    scene = scenario.scene
    if scene.source not in PICTURED:
        return ()
    instruments = [satellite.instrument for satellite in scenario.satellite]
    pictures = read_image_folder(Path(scene.images), instruments)
    wanted = {band for instrument in instruments for band in instrument.bands}
    held = {band for picture in pictures for band in picture.bands}
    if not wanted & held:
        rule = f"no picture has a band of an instrument that flies: {', '.join(sorted(wanted))}"
        raise InputError(scene.images, f"{rule}; they have {', '.join(sorted(held))}")
    return pictures


def _nothing_exposed(scenario: Scenario, later: Exposure | None) -> InputError:
    if later is None:
        rule = f"no frame is ever exposed, nor would one be within {SEARCH_AHEAD_DAYS} days of the start"
    else:
        name = scenario.satellite[later.satellite].name
        when = utc_text(scenario.start_utc, later.at_ns)
        rule = f"no frame is ever exposed; the next overpass is {name}'s at {when}"
    return InputError(scenario.name, rule, key="duration_s", value=scenario.duration_s)


def _allocated(scenario: Scenario, windows: Sequence[Window]) -> tuple[Contact, ...]:
    return allocate([window for window in windows if _is_usable(scenario, window)])


def _is_usable(scenario: Scenario, window: Window) -> bool:
    """An antenna that cannot receive a satellite is not kept busy by it, and a terminal takes no antenna's time."""
    radio, station = scenario.satellite[window.satellite_index].radio, scenario.station[window.station_index]
    return station.kind == "station" and radio.is_heard_by(station.antenna)


def _elements(orbit: Orbit) -> Elements:
    if orbit.tle is not None:
        return TwoLineElements(*orbit.tle)
    if orbit.omm is not None:
        return orbit.omm
    assert orbit.altitude_km is not None
    assert orbit.inclination_deg is not None
    return CircularOrbit(orbit.altitude_km, orbit.inclination_deg, orbit.mean_anomaly_deg, orbit.ltan_h, orbit.raan_deg)


def _stations(scenario: Scenario) -> list[Station]:
    return [
        Station(station.name, station.latitude_deg, station.longitude_deg, station.altitude_m, station.horizon_mask_deg)
        for station in scenario.station
    ]
