"""Names for a graph's classes, and which of them are nothing that anyone looks for."""

import re

from sim.modelling.conventions import COCO_NAMES, Convention
from sim.modelling.detection_lists import LAST_COCO_LABEL
from sim.modelling.draft import Entry
from sim.modelling.head_match import HeadMatch
from sim.modelling.metadata import Hints

BACKGROUND = "background"
NO_OBJECT = "no object"
_NOTHING = re.compile(
    r"_*(back ?ground|bg|nothing|none|null|empty|clear|clear sky|cloud ?free|negative|normal|others?|void"
    r"|unlabell?ed|unclassified|unknown|ignored?|invalid|no ?data|fill|n/?a|no ?objects?|false alarm|false positive)_*"
)
_DENIAL = re.compile(r"(without|non|not|no) ?(?P<what>.+)")


def class_names(hints: Hints, match: HeadMatch, family: Convention) -> Entry:
    """The classes of a card: out of metadata, out of what is usual for the head, or numbered."""
    names, count = list(hints.names), match.class_count
    if match.first_label:
        return _labelled(names)
    if match.head == "ssd" and count is not None and len(names) == count + 1:
        names = names[1:]
    if names and count in (None, len(names)):
        return Entry(_unique(names), "metadata names")
    if match.head == "detr" and not match.logits and count == len(names) + 1:
        return Entry(_unique([*names, NO_OBJECT]), "metadata names, and one that a softmax adds")
    if match.head == "yunet":
        return Entry(["face"], "YuNet finds faces", assumed=True)
    if family.coco and count in (None, len(COCO_NAMES)):
        told = "80 classes are those of COCO" if count else "the graph does not tell its classes: those of COCO"
        return Entry(list(COCO_NAMES), told, assumed=True)
    if count is None:
        return Entry(["class0"], "the graph does not tell its classes", assumed=True)
    told = f"metadata names {len(names)} classes, the outputs have {count}" if names else "the graph names no classes"
    numbered = [f"class{index}" for index in range(count)]
    if match.head == "segmentation" and count > 1 and match.exclusive:
        return Entry([BACKGROUND, *numbered[1:]], f"{told}; the first is usually the background", assumed=True)
    return Entry(numbered, told, assumed=True)


def _labelled(names: list[str]) -> Entry:
    """Classes of a graph whose labels count from 1."""
    if names:
        listed = names if is_nothing(names[0], names) else [BACKGROUND, *names]
        return Entry(_unique(listed), "metadata names; labels count from 1")
    numbered = [f"class{index}" for index in range(1, LAST_COCO_LABEL + 1)]
    told = f"labels count from 1, and the graph does not tell how far: those of COCO go to {LAST_COCO_LABEL}"
    return Entry([BACKGROUND, *numbered], told, assumed=True)


def ignored(names: list[str]) -> list[str]:
    """Those of the classes that are no find; none where that would be all."""
    nothing = [name for name in names if is_nothing(name, names)]
    return nothing if len(nothing) < len(names) else []


def is_nothing(name: str, names: list[str]) -> bool:
    """Whether a class says that nothing is there: by its name, or because it denies one of the others."""
    told = _plain(name)
    if _NOTHING.fullmatch(told):
        return True
    denial = _DENIAL.fullmatch(told)
    if denial is None:
        return False
    others = [_plain(other) for other in names if other != name]
    return any(denial["what"] == other or (len(names) == 2 and denial["what"] in other) for other in others)


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[-_\s]+", " ", name).lower().split())


def _unique(names: list[str]) -> list[str]:
    """Different names: a card must tell classes apart."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name} {seen[name]}")
    return result
