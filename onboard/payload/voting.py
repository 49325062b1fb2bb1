"""One answer out of several runs of a network, or of several networks, on the same frame."""

from collections.abc import Sequence

from onboard.payload.detections import Detection, reading_order

Found = tuple[Detection, ...]

AGREEMENT_PX = 2
"""How far apart boxes of one thing may be: two networks draw its edge by a pixel or two otherwise (assumed)."""


def majority(answers: Sequence[Found | None]) -> Found | None:
    """What most runs found; None is a run without an answer.

    Two lists that are equal decide. Where no two are, whatever two runs found at one place counts, as the first of
    them saw it; where only one run has an answer, that. None where none has.
    """
    valid = [answer for answer in answers if answer is not None]
    for number, answer in enumerate(valid):
        if answer in valid[number + 1 :]:
            return answer
    if len(valid) <= 1:
        return valid[0] if valid else None
    counted: Found = ()
    for number, answer in enumerate(valid[:-1]):
        seconded = both(answer, tuple(found for later in valid[number + 1 :] for found in later))
        # Only what an earlier run has told is told twice: neighbours in one list are two things.
        counted += tuple(one for one in seconded if not any(_is_one(one, other) for other in counted))
    return tuple(sorted(counted, key=reading_order))


def agreed(answers: Sequence[Found | None]) -> Found | None:
    """What the first model found and the second holds for something too; where one gives no answer, the other's.

    Their classes are not compared: a threshold test knows one.
    """
    first, second = answers
    if first is None or second is None:
        return second if first is None else first
    return both(first, second, same_class=False)


def both(first: Found, second: Found, *, same_class: bool = True) -> Found:
    """Those of the first near which the second has one."""
    return tuple(one for one in first if any(_is_one(one, other, same_class=same_class) for other in second))


def _is_one(one: Detection, other: Detection, *, same_class: bool = True) -> bool:
    """Whether boxes overlap, or are no farther apart than `AGREEMENT_PX`."""
    return (
        (one.class_index == other.class_index or not same_class)
        and one.x0 <= other.x1 + AGREEMENT_PX
        and other.x0 <= one.x1 + AGREEMENT_PX
        and one.y0 <= other.y1 + AGREEMENT_PX
        and other.y0 <= one.y1 + AGREEMENT_PX
    )
