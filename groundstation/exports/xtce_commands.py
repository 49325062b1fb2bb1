"""Telecommands in XTCE: a MetaCommand for each row of the catalogue, from the primary header to the check.

The arguments of commands whose fields are all of one width are typed. XTCE has no form for variable-length numbers
(varints), so those of other commands are one binary argument, and its description tells what is in it.
"""

from xml.etree.ElementTree import Element, SubElement

from onboard.comms.dictionary import GROUND_REPORT, TELECOMMAND, TELECOMMAND_PACKET, Layout
from onboard.comms.packets import MIN_PACKET_BYTES
from onboard.comms.parameters import write
from onboard.comms.records import Choice, Field, Octets
from onboard.comms.telecommand_catalogue import CATALOGUE, VERSION, Entry

Argument = tuple[str, str]
"""Its name and its type's."""

_WHOLE_NUMBERS = (
    ("sequence_control", 16, "sequence flags 11, then the sequence count of 14 bits"),
    ("packet_data_length", 16, "octets after the primary header, less one"),
    ("sequence", 32, "the telecommand's number, of which the sequence count is the lowest 14 bits"),
    ("check", 16, "CRC-16 (polynomial 0x1021, first all ones) of all octets before it"),
)
_HEADER: tuple[Argument, ...] = (("sequence_control",) * 2, ("packet_data_length",) * 2)
_SEQUENCE: Argument = ("sequence", "sequence")
_CHECK: Argument = ("check", "check")


def add_commands(root: Element) -> None:
    """Put the catalogue into a SpaceSystem element."""
    commanding = SubElement(root, "CommandMetaData")
    types = SubElement(commanding, "ArgumentTypeSet")
    commands = SubElement(commanding, "MetaCommandSet")
    for name, bits, about in _WHOLE_NUMBERS:
        _add_integer(SubElement(types, "IntegerArgumentType", _named(name, about) | {"signed": "false"}), bits)
    _add_rest_type(types, TELECOMMAND_PACKET)
    _add_rest_type(types, GROUND_REPORT)
    for entry in CATALOGUE:
        _add_telecommand(types, commands, entry)
    command = SubElement(commands, "MetaCommand", _named(GROUND_REPORT.name, GROUND_REPORT.about))
    report = (GROUND_REPORT.rest, GROUND_REPORT.rest)
    _add_packet(command, (_identification(GROUND_REPORT), *_HEADER, report))


def is_simple(entry: Entry) -> bool:
    """Whether all fields of a telecommand have one width."""
    return all(_bits(field) for field in entry.fields)


def _bits(field: Field) -> int:
    """Width of a field; 0 where it depends on the value."""
    match field.form:
        case Choice():
            return 8
        case Octets(most, least) if most == least:
            return 8 * most
        case _:
            return 0


def _add_telecommand(types: Element, commands: Element, entry: Entry) -> None:
    command = SubElement(commands, "MetaCommand", _named(entry.word, str(entry.command_type.__doc__)))
    arguments = [(field.name, f"{entry.word}_{field.name}") for field in entry.fields]
    if is_simple(entry):
        for field, (_, type_name) in zip(entry.fields, arguments, strict=True):
            _add_type(types, type_name, field)
    else:
        arguments = [(TELECOMMAND_PACKET.rest, TELECOMMAND_PACKET.rest)]
        told = "; ".join(f"{field.name} ({field.about}): {field.form.rule}" for field in entry.fields)
        SubElement(command, "LongDescription").text = f"In the arguments, in this order: {told}."
    code = bytes([VERSION, entry.code])
    _add_packet(command, (_identification(TELECOMMAND_PACKET), *_HEADER, _SEQUENCE, code, *arguments, _CHECK))


def _identification(layout: Layout) -> bytes:
    """Version, type, secondary header flag and APID: a header's first two octets."""
    assert layout.base is not None
    not_among_them = {"sequence_count": 0, "packet_data_length": 0}
    values = {"packet_type": TELECOMMAND, "secondary_header": False, "apid": layout.apid, **not_among_them}
    return write(layout.base.parameters, values)[:2]


def _add_packet(command: Element, parts: tuple[Argument | bytes, ...]) -> None:
    """A command's arguments and container; bytes are the same in every such packet."""
    arguments = SubElement(command, "ArgumentList")
    entries = SubElement(SubElement(command, "CommandContainer", {"name": command.attrib["name"]}), "EntryList")
    for part in parts:
        if isinstance(part, bytes):
            fixed = {"binaryValue": part.hex().upper(), "sizeInBits": str(8 * len(part))}
            SubElement(entries, "FixedValueEntry", fixed)
        else:
            SubElement(arguments, "Argument", {"name": part[0], "argumentTypeRef": part[1]})
            SubElement(entries, "ArgumentRefEntry", {"argumentRef": part[0]})


def _add_type(types: Element, name: str, field: Field) -> None:
    named = _named(name, field.about)
    if isinstance(field.form, Choice):
        element = SubElement(types, "EnumeratedArgumentType", named)
        _add_integer(element, _bits(field))
        listed = SubElement(element, "EnumerationList")
        for number, word in enumerate(field.form.words):
            SubElement(listed, "Enumeration", {"value": str(number), "label": word})
    else:
        SubElement(_add_binary(types, named), "FixedValue").text = str(_bits(field))


def _add_rest_type(types: Element, layout: Layout) -> None:
    dynamic = SubElement(_add_binary(types, _named(layout.rest, "what the packet's length leaves")), "DynamicValue")
    SubElement(dynamic, "ArgumentInstanceRef", {"argumentRef": "packet_data_length"})
    others = 8 * (MIN_PACKET_BYTES - layout.fixed_bytes)
    SubElement(dynamic, "LinearAdjustment", {"slope": "8", "intercept": str(others)})


def _add_binary(types: Element, named: dict[str, str]) -> Element:
    element = SubElement(types, "BinaryArgumentType", named)
    SubElement(element, "UnitSet")
    return SubElement(SubElement(element, "BinaryDataEncoding"), "SizeInBits")


def _add_integer(element: Element, bits: int) -> None:
    SubElement(element, "UnitSet")
    SubElement(element, "IntegerDataEncoding", {"sizeInBits": str(bits), "encoding": "unsigned"})


def _named(name: str, about: str) -> dict[str, str]:
    return {"name": name, "shortDescription": about}
