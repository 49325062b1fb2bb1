"""How much stronger than needed a downlink is in a pass, where the radio states a budget."""

import numpy as np

from sim.equipment.antenna import Antenna
from sim.equipment.radio import Radio
from sim.experiment.passes import Pass
from sim.scenario import Scenario
from sim.world.access import LookAngles, Sites
from sim.world.carrier import Air
from sim.world.frames import Floats
from sim.world.link_budget import over_rate_db
from sim.world.modulation import NO_LINK, adaptive_choice, needed_es_n0_db
from sim.world.orbit import Orbits
from sim.world.slots import downlink_c_n0_db_hz, path, slot_edges_ns


def pass_margin_db(one: Pass, scenario: Scenario, orbits: Orbits, sites: Sites) -> Floats | None:
    """The margin in each slot of a pass (n_slot,), NaN without a link; None for a radio without a budget."""
    contact = one.contact
    radio, antenna = scenario.satellite[contact.satellite].radio, scenario.station[contact.station].antenna
    edges_ns = slot_edges_ns(radio, contact.aos_ns, contact.los_ns)
    way = path(contact.satellite, contact.station, edges_ns, scenario, orbits, sites)
    margin_db = downlink_margin_db(radio, antenna, way.look, way.air)
    return None if margin_db is None else np.where(one.rate_bps > 0, margin_db, np.nan)


def downlink_margin_db(radio: Radio, antenna: Antenna | None, look: LookAngles, air: Air) -> Floats | None:
    """Eb/N0, or Es/N0, above what is needed at the rate in use, in the slots between instants: (n,) from (n + 1,).

    A rate by Shannon's bound leaves just the margin that the radio keeps in hand.
    """
    down = radio.downlink
    if down is None:
        return None
    assert antenna is not None
    c_n0 = downlink_c_n0_db_hz(down, antenna, look, air)
    if radio.downlink_rate_bps is not None:
        assert down.required_eb_n0_db is not None
        return over_rate_db(c_n0, radio.downlink_rate_bps) - down.required_eb_n0_db
    if down.symbol_rate_bd is None:
        return np.full(c_n0.shape, down.margin_db)
    es_n0_db = over_rate_db(c_n0, down.symbol_rate_bd)
    choice = adaptive_choice(es_n0_db, down.margin_db, down.hysteresis_db)
    return np.where(choice == NO_LINK, np.nan, es_n0_db - needed_es_n0_db(choice))
