"""What a scenario's countermeasures make of a spacecraft: its configuration, and the bits that are there to strike."""

from onboard.config import Safeguards
from onboard.mission_time import to_ns
from onboard.payload.memory_upsets import ECC_CAPACITY_SHARE
from onboard.payload.models import ModelCard, load_card
from onboard.payload.weights import weight_spans
from sim.resolve import named_folder
from sim.scenario import Scenario


def weight_bits(card: ModelCard) -> int:
    """Bits of a model's weights."""
    return 8 * sum(end - start for start, end in weight_spans(card.path.read_bytes()))


def safeguards_of(scenario: Scenario, card: ModelCard) -> Safeguards:
    """What is loaded into every satellite. Raises InputError where the second model is none."""
    radiation = scenario.radiation
    if radiation is None:
        return Safeguards()
    second = named_folder(radiation.second_model) if radiation.second_model else None
    cards = (card, load_card(second)) if second else (card,)
    copies = {"none": 1, "tmr": 3, "diverse": 1}[radiation.voting]
    return Safeguards(
        scrub_ns=to_ns(radiation.scrubbing_s) if radiation.scrubbing_s else 0,
        weight_bytes=copies * sum(one.path.stat().st_size for one in cards),
        voting=radiation.voting,
        second_model_path=str(second.resolve()) if second else "",
        most_detections=radiation.most_detections if radiation.plausibility else 0,
        ecc=radiation.ecc,
    )


def usable_bytes(scenario: Scenario, memory_bytes: int) -> int:
    """What error correction leaves of a memory."""
    has_ecc = scenario.radiation is not None and scenario.radiation.ecc
    return int(memory_bytes * ECC_CAPACITY_SHARE) if has_ecc else memory_bytes
