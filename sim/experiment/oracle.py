"""The earliest instant at which anybody could have delivered a result: what a latency is to be judged against."""

from bisect import bisect_right

from sim.facts import ContactPlanned


class Oracle:
    """Knows every contact, transmits at the speed of light and without any length of its own."""

    def __init__(self, contacts: list[ContactPlanned]) -> None:
        self._contacts: dict[str, list[ContactPlanned]] = {}
        for contact in sorted(contacts, key=lambda contact: contact.aos_ns):
            self._contacts.setdefault(contact.satellite, []).append(contact)
        # A satellite uses one station at a time: its contacts end in the order they begin.
        self._ends_ns = {name: [one.los_ns for one in mine] for name, mine in self._contacts.items()}

    def delivery_ns(self, satellite: str, ready_ns: int) -> int | None:
        """The first instant of the first contact from `ready_ns` on, plus the shortest light time in that contact.

        None where no contact is left. The plan counts: an oracle does not know that a radio will be off.
        """
        place = bisect_right(self._ends_ns.get(satellite, []), ready_ns)
        if place == len(self._contacts.get(satellite, [])):
            return None
        contact = self._contacts[satellite][place]
        return max(contact.aos_ns, ready_ns) + contact.light_ns
