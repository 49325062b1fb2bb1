"""Which classes of a card are nothing to look for."""

import pytest

from sim.modelling.class_names import ignored


@pytest.mark.parametrize(
    ("names", "nothing"),
    [
        (["background", "building"], ["background"]),
        (["__background__", "ship"], ["__background__"]),
        (["Clear", "Thick Cloud", "Thin Cloud"], ["Clear"]),
        (["no_fire", "fire"], ["no_fire"]),
        (["wildfire", "nofire"], ["nofire"]),
        (["fire", "Non-Fire", "smoke"], ["Non-Fire"]),
        (["not water", "water"], ["not water"]),
        (["negative", "positive"], ["negative"]),
        # A class that only begins so is a find, as long as it denies no other.
        (["no entry", "stop", "give way"], []),
        (["nodule", "notch"], []),
        (["clear cut", "forest"], []),
        (["land", "sea"], []),
        # Somebody looks for it: there is nothing else.
        (["background"], []),
        (["none", "background"], []),
    ],
)
def test_classes_that_say_nothing_are_ignored(names: list[str], nothing: list[str]) -> None:
    assert ignored(names) == nothing
