"""Drafts a card for a bare graph: what the graph shows, what its metadata says, and what is common for its head."""

import re

from onboard.errors import InputError
from onboard.payload.card_layout import BAND_NAMES
from sim.modelling.class_names import class_names, ignored
from sim.modelling.conventions import BANDS_BY_COUNT, CONVENTIONS, RGB, Convention
from sim.modelling.draft import CardDraft, Entry
from sim.modelling.facts import GraphFacts
from sim.modelling.head_match import HeadMatch
from sim.modelling.head_rules import match_head
from sim.modelling.macs import Work
from sim.modelling.metadata import printable
from sim.modelling.near_misses import advice, finds_more_than_boxes
from sim.modelling.normalisation import normalisation
from sim.modelling.signature import Signature, lies_in, signature
from sim.modelling.trial import Trial, usual_tile_px

_PIXEL_HEADS = ("segmentation", "heatmap")
_WHOLE_TILE_HEADS = ("classifier", "custom")
_RADAR = re.compile(r"sigma|sar\b|backscatter", re.IGNORECASE)
_OPTICAL = re.compile(r"refl|optic|toa|boa", re.IGNORECASE)
_POLARISATIONS = {"vv", "vh", "hh", "hv"}
FALSE_COLOUR = {"red": "swir2", "green": "nir", "blue": "red"}
_OVERLAP_SHARE = 0.25
"""Of a tile, that neighbours share. Measured with face detectors: one and a half objects keep a box still."""
_MAX_NAME_LENGTH = 60


def infer_card(
    facts: GraphFacts,
    *,
    task: str,
    trial: Trial | None = None,
    work: Work | None = None,
    custom: bool = False,
) -> CardDraft:
    """A card for the graph, each value with its reason.

    A `trial` run tells lengths and decoded boxes that the graph leaves open, `work` adds cost and stride, and
    `custom` skips the search for a head: the author's own function will decode. Raises InputError where no head
    reads the graph's outputs, or no names exist for its bands.
    """
    sig = signature(facts, trial)
    match = _custom(sig) if custom else _match(facts, sig)
    family = CONVENTIONS[match.convention or match.head]
    entries = {
        **_model_entries(facts, task),
        **_input_entries(facts, sig, match, family, work),
        **_output_entries(facts, match, family),
    }
    if work and work.macs:
        told = f"counted at {_size(work.tile_px)}"
        told += ": operations on single numbers, as nothing else is in the graph" if work.is_pointwise else ""
        told += f", without {', '.join(work.uncounted)}" if work.uncounted else ""
        entries["cost.macs_per_px"] = Entry(round(work.macs_per_px, 3), told)
    return CardDraft(entries, _warnings(facts, match))


def _match(facts: GraphFacts, sig: Signature) -> HeadMatch:
    match = match_head(sig)
    if match is None or finds_more_than_boxes(sig, match):
        shapes = ", ".join(f"{out.name} {_shape(out.shape)}" for out in sig.outputs[:6])
        raise InputError(facts.path, f"no head reads its outputs ({printable(shapes, 200)}): {advice(sig)}")
    return match


def _custom(sig: Signature) -> HeadMatch:
    return HeadMatch("custom", tuple(out.name for out in sig.outputs), None, "as asked for")


def _shape(lengths: tuple[int | None, ...]) -> str:
    return "x".join("?" if length is None else str(length) for length in lengths) or "scalar"


def _size(tile_px: tuple[int, int]) -> str:
    return f"{tile_px[0]} x {tile_px[1]} px"


def _model_entries(facts: GraphFacts, task: str) -> dict[str, Entry]:
    stem = facts.path.parent.name if facts.path.stem == "model" else facts.path.stem
    name = re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-")[:_MAX_NAME_LENGTH] or "model"
    licence, description = facts.hints.licence, facts.hints.description
    made_by = f"Made by {facts.producer}" if facts.producer else ""
    return {
        "model.name": Entry(name, "the file's name"),
        "model.version": Entry("1", "the first card", assumed=True),
        "model.task": Entry(task, "as asked for"),
        "model.licence": Entry(licence, "metadata") if licence else Entry("unknown", "the graph does not say", True),
        "model.description": Entry(description or made_by, "metadata" if description else "the graph's producer"),
    }


def _input_entries(
    facts: GraphFacts, sig: Signature, match: HeadMatch, family: Convention, work: Work | None
) -> dict[str, Entry]:
    scale, offset = normalisation(facts, family)
    stride = _stride(facts, match, family, work)
    bands = _bands(facts, family)
    entries = {
        "input.name": Entry(facts.image.name, "the graph's input"),
        "input.layout": Entry(facts.layout, facts.channel_reason),
        "input.bands": bands,
        "input.units": _units(facts, bands.value),
        "input.scale": scale,
        "input.offset": offset,
        "input.tile_px": _tile(facts, sig),
        "input.overlap_px": _overlap(sig.tile_px, stride.value, family),
        "input.stride_px": stride,
        "input.fit": Entry("tile", 'small targets need native resolution; "letterbox" shrinks the whole frame', True),
    }
    if set(bands.value) == set(RGB):
        reason = "used where a camera lacks one of the colours: the false colour of fire maps"
        entries["input.false_colour"] = Entry(dict(FALSE_COLOUR), reason, assumed=True)
    if family.grey:
        pad = round(family.grey * scale.value + offset.value, 6)
        entries["input.pad"] = Entry(pad, "only letterbox uses it: the grey of YOLO", assumed=True)
    return entries


def _tile(facts: GraphFacts, sig: Signature) -> Entry:
    height, width = sig.tile_px
    value = height if height == width else [height, width]
    if None not in facts.fixed_px:
        return Entry(value, "the graph takes this size only")
    if facts.hints.image_px == sig.tile_px:
        return Entry(value, "metadata imgsz; the graph takes any size")
    if sig.tile_px != usual_tile_px(facts):
        return Entry(value, "the graph says any size, and runs on this one", assumed=True)
    return Entry(value, "the graph takes any size", assumed=True)


def _bands(facts: GraphFacts, family: Convention) -> Entry:
    count, told = facts.channels, facts.hints.bands
    if len(told) == count == len(set(told)) and set(told) <= set(BAND_NAMES):
        return Entry(list(told), "metadata bands")
    if len(named := _bands_named(facts.image.name)) == count:
        return Entry(named, f"the input is called {facts.image.name}", assumed=True)
    if count == len(RGB):
        whose = f"the colour order of {family.source}" if family.source else "the usual order of colours"
        return Entry(list(family.colours), whose, assumed=True)
    if count == 1 and _RADAR.search(facts.image.name):
        return Entry(["vv"], f"the input is called {facts.image.name}", assumed=True)
    if count == 2 and _OPTICAL.search(facts.image.name):
        return Entry(["red", "nir"], f"the input is called {facts.image.name}: the bands of vegetation", assumed=True)
    if count in BANDS_BY_COUNT:
        bands, reason = BANDS_BY_COUNT[count]
        return Entry(list(bands), reason, assumed=True)
    if count > len(BAND_NAMES):
        rule = f"takes {count} bands, and only {len(BAND_NAMES)} have names"
        raise InputError(facts.path, f"{rule}: {', '.join(BAND_NAMES)}; reduce them in front of the graph")
    return Entry(list(BAND_NAMES[:count]), f"{count} bands, and nothing tells which", assumed=True)


def _bands_named(name: str) -> list[str]:
    """Bands whose names are the words of an input's name, as in `red_nir`."""
    words = re.split(r"[^a-z0-9]+", name.lower())
    return words if set(words) <= set(BAND_NAMES) and len(words) == len(set(words)) else []


def _is_radar(facts: GraphFacts, bands: list[str]) -> bool:
    return facts.channels <= 2 and (bool(_POLARISATIONS & set(bands)) or bool(_RADAR.search(facts.image.name)))


def _units(facts: GraphFacts, bands: list[str]) -> Entry:
    return Entry("sigma0" if _is_radar(facts, bands) else "reflectance", "follows from the bands", assumed=True)


def _stride(facts: GraphFacts, match: HeadMatch, family: Convention, work: Work | None) -> Entry:
    if match.head in _WHOLE_TILE_HEADS:
        return Entry(1, "each tile is judged as a whole")
    if facts.hints.stride_px:
        return Entry(facts.hints.stride_px, "metadata stride")
    if work:
        return Entry(work.stride_px, "the deepest layer")
    if family.stride_px:
        return Entry(family.stride_px, f"that of {family.source}", assumed=True)
    return Entry(1, "nothing tells of layers that shrink the image", assumed=True)


def _overlap(tile_px: tuple[int, int], stride_px: int, family: Convention) -> Entry:
    if not family.overlap:
        return Entry(0, "a class of the tile, so that tiles need not share pixels", assumed=True)
    share = int(min(tile_px) * _OVERLAP_SHARE)
    overlap = min(-(-share // stride_px) * stride_px, min(tile_px) // 2)
    return Entry(
        overlap, "a quarter of the tile; what is up to two thirds of it looks the same in every tile", assumed=True
    )


def _output_entries(facts: GraphFacts, match: HeadMatch, family: Convention) -> dict[str, Entry]:
    classes = class_names(facts.hints, match, family)
    entries = {
        "output.head": Entry(match.head, match.reason, match.assumed),
        "output.outputs": Entry(list(match.outputs), "the graph's outputs as the head wants them"),
        "output.classes": classes,
        "output.ignore": Entry(ignored(classes.value), "by its name nothing to look for", assumed=True),
        "output.threshold": Entry(family.threshold, _default_of(family), assumed=True),
    }
    if not entries["output.ignore"].value:
        del entries["output.ignore"]
    if match.head in _PIXEL_HEADS:
        entries["output.min_pixels"] = Entry(1, "a single pixel may be a target", assumed=True)
    if family.max_iou is not None:
        entries["output.max_iou"] = Entry(family.max_iou, _default_of(family), assumed=True)
    if match.head == "custom":
        entries["output.entry"] = Entry("package.module:function", "name your own function", assumed=True)
    else:
        entries["output.activation"] = _activation(match)
    return entries


def _default_of(family: Convention) -> str:
    return f"the default of {family.source}" if family.source else "one half"


def _activation(match: HeadMatch) -> Entry:
    """What the head has to apply to class scores; several classes of one thing exclude each other."""
    if match.activation:
        return Entry(match.activation, match.reason, match.assumed)
    several = match.head in ("segmentation", "classifier") and match.class_count != 1
    exclusive = match.head in ("ssd", "fastestdet") or (several and match.exclusive)
    function = "softmax" if exclusive else "sigmoid"
    if match.logits is not None:
        told = "scores come from a layer without activation" if match.logits else "the graph activates its scores"
        return Entry(function if match.logits else "none", told, assumed=match.logits and exclusive)
    probable = lies_in(match.scores, 0.0, 1.0)
    if probable is None:
        return Entry("none", "exporters put the activation into the graph", assumed=True)
    if probable:
        return Entry("none", "scores of a trial run lie in 0..1")
    return Entry(function, "scores of a trial run leave 0..1", assumed=exclusive)


def _warnings(facts: GraphFacts, match: HeadMatch) -> tuple[str, ...]:
    warnings = []
    if match.assumed:
        warnings.append(f"the head {match.head} is a guess")
    warnings += match.notes
    if facts.batch > 1:
        warnings.append(f"the graph takes {facts.batch} images at a time; one tile fills them all")
    return tuple(warnings)
