"""A local model as the telecommands that bring it into flight: its parts, each for one TC frame, and its activation."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from groundstation.archive import FlownModel
from onboard.comms.telecommand_packets import COMMAND_OVERHEAD_BYTES
from onboard.comms.telecommands import MAX_PART_BYTES, ActivateModel, BeginModelUpload, LoadModelPart, Telecommand
from onboard.errors import InputError
from onboard.payload.model_archive import pack
from onboard.payload.models import load_card
from sim.equipment.device import Device
from sim.modelling.prepare import prepare
from sim.operator_file import UploadModel

_PART_HEAD_BYTES = 13
"""Version, kind, upload, offset and length: two octets, and varints of five, four and two."""


@dataclass(frozen=True, slots=True)
class ModelUpload:
    """A model on its way up: telecommands in the order in which they are to be executed, and what the ground knows."""

    telecommands: tuple[Telecommand, ...]
    model: FlownModel


def part_bytes_in(most_packet_bytes: int) -> int:
    """The longest part that a packet of that many bytes holds."""
    return min(MAX_PART_BYTES, most_packet_bytes - COMMAND_OVERHEAD_BYTES - _PART_HEAD_BYTES)


def prepare_upload(
    upload: UploadModel, most_packet_bytes: int, scratch: Path, device: Device | None = None
) -> ModelUpload:
    """What sends a model up; `scratch` takes the card of a bare graph.

    Raises InputError where the model could never pass its trial on board, as far as its card tells.
    """
    model = prepare(upload.path, upload.task, scratch, device)
    with model.named_as_given():
        card = load_card(model.folder)
        if card.task != upload.task:
            rule = f"the scenario flies {upload.task}, and no other task's model can take its place"
            raise InputError(card.card_path, rule, key="model.task", value=card.task)
        if card.head == "custom":
            rule = "a custom head is a program, and no upload carries one"
            raise InputError(card.card_path, rule, key="output.head", value=card.head)
        if card.macs_per_px is None:
            rule = "is missing: the spacecraft admits a model's work by it"
            raise InputError(card.card_path, rule, key="cost.macs_per_px")
        try:
            archive = pack(card.card_path.read_bytes(), card.path.read_bytes())
        except ValueError as error:
            raise InputError(model.path, f"cannot be sent up: {error}") from None
    telecommands = cut(upload.upload_id, upload.task, archive, part_bytes_in(most_packet_bytes))
    return ModelUpload(telecommands, FlownModel(card.task, card.name, card.sha256, card.classes))


def cut(upload_id: int, task: str, archive: bytes, most_part_bytes: int) -> tuple[Telecommand, ...]:
    """An archive as telecommands, its parts of at most that many bytes."""
    assert most_part_bytes > 0
    parts = -(-len(archive) // most_part_bytes)
    begin = BeginModelUpload(upload_id, task, len(archive), sha256(archive).digest(), parts)
    size = begin.part_bytes
    loads = (LoadModelPart(upload_id, at, archive[at : at + size]) for at in range(0, len(archive), size))
    return (begin, *loads, ActivateModel(upload_id))
