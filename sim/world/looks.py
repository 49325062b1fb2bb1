"""Repeated looks: the same ground exposed again some seconds later, by a camera that is turned back to it.

What glints, drifts or is noise is not there a second time, and what burns is. The looks lie evenly about the instant at
which the camera would have exposed the scene once: the first is pitched ahead, the last back. Each is a frame that is
charged as any other; what turning the spacecraft takes is left out (a few degrees in as many seconds, assumed).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

import numpy as np

from onboard.mission_time import to_ns, to_s
from sim.equipment.instrument import Instrument
from sim.scenario import Satellite
from sim.world.camera import AT_ONCE_NS, Exposure, Viewpoint, pixel_rad
from sim.world.environment import sun_zenith_deg
from sim.world.ephemeris import Ephemeris
from sim.world.frames import Floats, dot, geodetic_to_ecef, ground_track_heading_deg
from sim.world.orbit import Orbits
from sim.world.view import camera_axes, meet_ground, sample_distance_m

MARGIN_S = 60.0
"""Of the ephemeris, as `tasking` has it."""


def with_looks(
    satellites: Sequence[Satellite], scenes: Sequence[Exposure], orbits: Orbits, until_ns: int
) -> tuple[Exposure, ...]:
    """Every look at the planned scenes, in order of time, then of satellite; those outside the run are left out.

    Of a satellite without repeated looks that is the plan as it was; another's frames are numbered anew, from 1.
    """
    if all(satellite.instrument.looks_per_scene == 1 for satellite in satellites):
        return tuple(scenes)
    looks: list[Exposure] = []
    for index, satellite in enumerate(satellites):
        own = [scene for scene in scenes if scene.satellite == index]
        if satellite.instrument.looks_per_scene == 1:
            looks += own
            continue
        aimed = [look for look in _looks_of(own, satellite, orbits) if 0 <= look.at_ns < until_ns]
        looks += [replace(look, frame_id=frame_id) for frame_id, look in enumerate(aimed, start=1)]
    return tuple(sorted(looks, key=lambda look: (look.at_ns, look.satellite)))


def _looks_of(scenes: Sequence[Exposure], satellite: Satellite, orbits: Orbits) -> Iterator[Exposure]:
    """All looks of one satellite in order of time: those of a scene end before those of the next begin."""
    count, gap_ns = satellite.instrument.looks_per_scene, to_ns(satellite.instrument.look_gap_s)
    before_ns = (count - 1) * gap_ns // 2
    for day, together in groupby(scenes, key=lambda scene: scene.at_ns // AT_ONCE_NS):
        some = list(together)
        start_s, end_s = to_s(day * AT_ONCE_NS), to_s(some[-1].at_ns)
        ephemeris = Ephemeris(orbits, start_s - to_s(before_ns) - MARGIN_S, end_s + to_s(before_ns) + MARGIN_S)
        by_look = [
            _aimed(some, satellite, ephemeris, [scene.at_ns - before_ns + look * gap_ns for scene in some])
            for look in range(count)
        ]
        yield from (look for of_scene in zip(*by_look, strict=True) for look in of_scene)


def _aimed(
    scenes: Sequence[Exposure], satellite: Satellite, ephemeris: Ephemeris, instants_ns: Sequence[int]
) -> list[Exposure]:
    """The scenes as seen at other instants, rolled and pitched, as `camera_axes` has it, to point at their centres."""
    t_s = np.array([to_s(at_ns) for at_ns in instants_ns])
    latitude_deg = np.array([scene.latitude_deg for scene in scenes])
    longitude_deg = np.array([scene.longitude_deg for scene in scenes])
    eye, velocity = ephemeris.ecef.states(scenes[0].satellite, t_s)
    course_deg = ground_track_heading_deg(eye, velocity)
    ray = geodetic_to_ecef(latitude_deg, longitude_deg, 0.0) - eye
    ray /= np.sqrt(dot(ray, ray))[..., None]
    level = camera_axes(eye, course_deg)
    pitch_deg = np.degrees(np.arcsin(dot(ray, level.ahead)))
    roll_deg = np.degrees(np.arctan2(dot(ray, level.right), dot(ray, level.boresight)))
    gsd_m = _gsd_m(satellite.instrument, eye, ray)
    zenith_deg = sun_zenith_deg(latitude_deg, longitude_deg, ephemeris.epoch, t_s)
    return [
        replace(
            scene,
            at_ns=instants_ns[k],
            heading_deg=float(course_deg[k]),
            sun_zenith_deg=float(zenith_deg[k]),
            gsd_m=float(gsd_m[k]),
            viewpoint=Viewpoint(
                tuple(eye[k].tolist()), float(roll_deg[k]), float(pitch_deg[k]), pixel_rad(satellite.instrument)
            ),
        )
        for k, scene in enumerate(scenes)
    ]


def _gsd_m(instrument: Instrument, eye: Floats, ray: Floats) -> Floats:
    pixel = pixel_rad(instrument)
    if pixel is None:
        return np.full(len(eye), instrument.gsd_m)
    sight = meet_ground(eye, ray)
    return np.asarray(np.sqrt(np.multiply(*sample_distance_m(pixel, sight.range_km, sight.incidence_deg))))
