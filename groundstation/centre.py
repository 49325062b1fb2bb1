"""The mission centre: frames from any station in, products into the archive, and only then reports up."""

from pathlib import Path

from groundstation.archive import Archive, ArchivedProduct
from groundstation.deframer import Deframer
from groundstation.messages import CentreConfig, FramesForwarded, ProductArchived, SendTelecommand, SpacecraftLink
from groundstation.reassembly import Reassembly, ReceivedProduct
from onboard.comms import housekeeping
from onboard.comms.packets import HOUSEKEEPING_APID, Packet, ProductKind, parse_segment
from onboard.mission_time import NEVER_NS
from onboard.payload import products


class _Reception:
    """One spacecraft's receiving end."""

    def __init__(self, link: SpacecraftLink) -> None:
        self.link = link
        self.deframer = Deframer(link.spacecraft_id, link.frame_length_bytes)
        self.reassembly = Reassembly()
        self.awaits_report = False


class MissionCentre:
    """Merges what stations forward. A product is acknowledged only after the archive's commit."""

    def __init__(self, config: CentreConfig) -> None:
        self.deadline_ns = NEVER_NS
        self._archive = Archive(Path(config.archive_path))
        self._receptions = {link.name: _Reception(link) for link in config.spacecraft}
        for name, reception in self._receptions.items():
            for product_id in self._archive.known_ids(name):
                reception.reassembly.archived(product_id)

    def advance(self, now_ns: int, inbox: tuple[object, ...]) -> tuple[object, ...]:
        """Take frames in, archive what is whole, commit, acknowledge."""
        out: list[object] = []
        for event in inbox:
            assert isinstance(event, FramesForwarded), f"unknown event {event!r}"
            out += self._receive(now_ns, event)
        return tuple(out)

    def close(self) -> None:
        """Let go of the archive."""
        self._archive.close()

    def _receive(self, now_ns: int, event: FramesForwarded) -> list[object]:
        reception = self._receptions[event.spacecraft]
        length = reception.link.frame_length_bytes
        whole: list[ReceivedProduct] = []
        for at in range(0, len(event.frames), length):
            for packet in reception.deframer.push(event.frames[at : at + length]):
                whole += self._take(now_ns, event.spacecraft, reception, packet)
        archived = [self._store(now_ns, event.spacecraft, product) for product in whole]
        if archived:
            self._archive.commit()
        for product in archived:
            reception.reassembly.archived(product.product_id)
        if not reception.awaits_report:
            return list(archived)
        report = reception.reassembly.report(reception.link.report_bytes)
        return [*archived, SendTelecommand(event.station, event.spacecraft, report)]

    def _take(self, now_ns: int, spacecraft: str, reception: _Reception, packet: Packet) -> list[ReceivedProduct]:
        reception.reassembly.hear(packet.time_ns, now_ns)
        if packet.apid == HOUSEKEEPING_APID:
            self._read_housekeeping(now_ns, spacecraft, reception, packet.data)
            return []
        segment = parse_segment(packet)
        product = None if segment is None else reception.reassembly.push(segment)
        return [] if product is None else [product]

    def _read_housekeeping(self, now_ns: int, spacecraft: str, reception: _Reception, data: bytes) -> None:
        sample = housekeeping.decode(data)
        if sample is None:
            return
        # A spacecraft with an empty outbox has nothing to learn from a report.
        reception.awaits_report = sample.outbox_products > 0
        row = (
            sample.met_ns,
            sample.state_of_charge,
            sample.computer_temperature_k,
            sample.mode,
            sample.sunlit,
            sample.frames_waiting,
            sample.outbox_products,
            sample.outbox_bytes,
        )
        self._archive.add_housekeeping(spacecraft, now_ns, row)

    def _store(self, now_ns: int, spacecraft: str, product: ReceivedProduct) -> ProductArchived:
        frame_id = _frame_id(product)
        self._archive.add_product(
            ArchivedProduct(spacecraft, product.product_id, product.kind, frame_id, now_ns, product.payload)
        )
        return ProductArchived(spacecraft, product.product_id, frame_id, len(product.payload))


def _frame_id(product: ReceivedProduct) -> int:
    if product.kind is ProductKind.ALERT:
        return products.decode(product.payload).frame_id
    return products.image_frame_id(product.payload)
