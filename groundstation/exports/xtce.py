"""The link as a machine-readable database, made from the data dictionary: XTCE 1.2 (OMG formal/18-10-04).

Telemetry containers inherit as the dictionary's layouts do, and are told apart by APID; the root is `CCSDSPacket`.
Every parameter has a type of its own, of the same name. Times are absolute: the mission's epoch is their reference.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from groundstation.exports.xtce_commands import add_commands
from onboard.comms.dictionary import SPACE_PACKET, TELEMETRY, Layout
from onboard.comms.packets import MIN_PACKET_BYTES
from onboard.comms.parameters import (
    Code,
    Constant,
    Flag,
    Measurement,
    Octets,
    Parameter,
    TimeCode,
)

NAMESPACE = "http://www.omg.org/spec/XTCE/20180204"
SCHEMA_URL = "https://www.omg.org/spec/XTCE/20180204/SpaceSystem.xsd"
ROOT_CONTAINER = "CCSDSPacket"
"""As readers of CCSDS packets expect it."""
SYSTEM_NAME = "skysift"
_FRACTION_BITS = 24


def document(epoch: datetime) -> bytes:
    """The XTCE file of a mission whose elapsed time counts from `epoch`."""
    root = Element(
        "SpaceSystem",
        {
            "name": SYSTEM_NAME,
            "shortDescription": "Packets of the space link, from the data dictionary onboard.comms.dictionary",
            "xmlns": NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{NAMESPACE} {SCHEMA_URL}",
        },
    )
    SubElement(root, "Header", {"validationStatus": "Working", "version": "1"})
    telemetry = SubElement(root, "TelemetryMetaData")
    parameters = list(_parameters())
    types = SubElement(telemetry, "ParameterTypeSet")
    for parameter in parameters:
        _add_type(types, parameter, epoch)
    for layout in TELEMETRY:
        if layout.rest:
            _add_rest_type(types, layout)
    declared = SubElement(telemetry, "ParameterSet")
    for name, about in _declared(parameters):
        SubElement(declared, "Parameter", {"name": name, "parameterTypeRef": name, "shortDescription": about})
    containers = SubElement(telemetry, "ContainerSet")
    for layout in TELEMETRY:
        _add_container(containers, layout)
    add_commands(root)
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def container_name(layout: Layout) -> str:
    """What the file calls a layout."""
    return ROOT_CONTAINER if layout is SPACE_PACKET else layout.name


def _parameters() -> Iterator[Parameter]:
    for layout in TELEMETRY:
        yield from layout.parameters


def _declared(parameters: list[Parameter]) -> Iterator[tuple[str, str]]:
    for parameter in parameters:
        yield parameter.name, parameter.about
    for layout in TELEMETRY:
        if layout.rest:
            yield layout.rest, "the packet's other octets"


def _add_type(types: Element, parameter: Parameter, epoch: datetime) -> None:
    name = {"name": parameter.name}
    match parameter.type:
        case TimeCode():
            element = SubElement(types, "AbsoluteTimeParameterType", name)
            scale = {"units": "seconds", "scale": repr(2.0**-_FRACTION_BITS)}
            _add_integer(SubElement(element, "Encoding", scale), parameter)
            reference = SubElement(element, "ReferenceTime")
            SubElement(reference, "Epoch").text = epoch.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case Octets(octets):
            element = SubElement(types, "BinaryParameterType", name)
            SubElement(element, "UnitSet")
            size = SubElement(SubElement(element, "BinaryDataEncoding"), "SizeInBits")
            SubElement(size, "FixedValue").text = str(8 * octets)
        case Flag():
            element = SubElement(
                types, "BooleanParameterType", name | {"oneStringValue": "yes", "zeroStringValue": "no"}
            )
            SubElement(element, "UnitSet")
            _add_integer(element, parameter)
        case Code(words=words):
            element = SubElement(types, "EnumeratedParameterType", name)
            SubElement(element, "UnitSet")
            _add_integer(element, parameter)
            listed = SubElement(element, "EnumerationList")
            for number, word in words:
                SubElement(listed, "Enumeration", {"value": str(number), "label": word})
        case Measurement() as measured:
            element = SubElement(types, "FloatParameterType", name | {"sizeInBits": "64"})
            _add_unit(element, parameter.unit)
            calibrator = SubElement(_add_integer(element, parameter), "DefaultCalibrator")
            polynomial = SubElement(calibrator, "PolynomialCalibrator")
            SubElement(polynomial, "Term", {"coefficient": repr(1 / measured.steps), "exponent": "1"})
            SubElement(element, "ValidRange", {"minInclusive": "0", "maxInclusive": repr(measured.most)})
        case whole:
            element = SubElement(
                types, "IntegerParameterType", name | {"signed": "false", "sizeInBits": str(whole.bits)}
            )
            _add_unit(element, parameter.unit)
            _add_integer(element, parameter)
            if isinstance(whole, Constant):
                only = str(whole.number)
                SubElement(element, "ValidRange", {"minInclusive": only, "maxInclusive": only})


def _add_unit(element: Element, unit: str) -> None:
    units = SubElement(element, "UnitSet")
    if unit:
        SubElement(units, "Unit").text = unit


def _add_integer(element: Element, parameter: Parameter) -> Element:
    return SubElement(element, "IntegerDataEncoding", {"sizeInBits": str(parameter.type.bits), "encoding": "unsigned"})


def _add_rest_type(types: Element, layout: Layout) -> None:
    """Octets to the packet's end: what the length field tells, less those before them."""
    element = SubElement(types, "BinaryParameterType", {"name": layout.rest})
    SubElement(element, "UnitSet")
    size = SubElement(SubElement(element, "BinaryDataEncoding"), "SizeInBits")
    dynamic = SubElement(size, "DynamicValue")
    SubElement(dynamic, "ParameterInstanceRef", {"parameterRef": "packet_data_length"})
    others = 8 * (MIN_PACKET_BYTES - layout.fixed_bytes)
    SubElement(dynamic, "LinearAdjustment", {"slope": "8", "intercept": str(others)})


def _add_container(containers: Element, layout: Layout) -> None:
    is_abstract = layout.apid is None
    named = {"name": container_name(layout), "shortDescription": layout.about}
    element = SubElement(containers, "SequenceContainer", named | ({"abstract": "true"} if is_abstract else {}))
    entries = SubElement(element, "EntryList")
    for parameter in layout.parameters:
        SubElement(entries, "ParameterRefEntry", {"parameterRef": parameter.name})
    if layout.rest:
        SubElement(entries, "ParameterRefEntry", {"parameterRef": layout.rest})
    if layout.base is None:
        return
    base = SubElement(element, "BaseContainer", {"containerRef": container_name(layout.base)})
    comparisons = SubElement(SubElement(base, "RestrictionCriteria"), "ComparisonList")
    for name, operator, raw in _criteria(layout):
        of_raw = {
            "parameterRef": name,
            "comparisonOperator": operator,
            "value": str(raw),
            "useCalibratedValue": "false",
        }
        SubElement(comparisons, "Comparison", of_raw)


def _criteria(layout: Layout) -> list[tuple[str, str, int]]:
    """What tells a layout from others of its base."""
    if layout.apid is not None:
        return [("apid", "==", layout.apid)]
    if layout.base is SPACE_PACKET:
        return [("secondary_header", "==", 1)]
    apids = sorted(other.apid for other in TELEMETRY if other.base is layout and other.apid is not None)
    assert apids == list(range(apids[0], apids[-1] + 1)), "another layout may lie between"
    return [("apid", ">=", apids[0]), ("apid", "<=", apids[-1])]
