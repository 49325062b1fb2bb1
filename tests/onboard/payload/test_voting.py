"""One answer out of several."""

from onboard.payload.detections import Detection
from onboard.payload.voting import agreed, majority


def at(x: int, y: int, confidence: float = 0.8, kind: int = 0) -> Detection:
    return Detection(x, y, x + 3, y + 3, kind, confidence, 3)


CLEAN = (at(10, 10), at(40, 20))


def test_two_equal_lists_decide_whatever_the_third_says() -> None:
    for odd in (None, (), (at(0, 0),), tuple(at(x, x) for x in range(0, 60, 5))):
        for place in range(3):
            answers = [CLEAN, CLEAN]
            answers.insert(place, odd)
            assert majority(answers) is CLEAN


def test_where_no_two_are_equal_what_two_found_at_one_place_counts() -> None:
    answers = (at(10, 10, 0.8), at(50, 50)), (at(11, 10, 0.7),), (at(40, 20), at(50, 51))
    assert majority(answers) == (at(10, 10, 0.8), at(50, 50))
    assert majority([None, (at(10, 10),), (at(40, 20), at(12, 12))]) == (at(10, 10),)
    assert majority([(at(0, 0),), (at(10, 10), at(1, 0)), (at(10, 11),)]) == (at(0, 0), at(10, 10))


def test_neighbours_in_one_list_stay_two() -> None:
    cells = (at(10, 10), at(13, 10), at(10, 13))
    assert majority([cells, (*cells, at(50, 50)), (*cells, at(0, 40))]) == cells


def test_one_answer_is_better_than_none() -> None:
    assert majority([None, None, CLEAN]) is CLEAN
    assert majority([None, None, None]) is None
    assert agreed([None, CLEAN]) is CLEAN
    assert agreed([CLEAN, None]) is CLEAN
    assert agreed([None, None]) is None


def test_models_agree_by_position_whatever_they_call_it() -> None:
    assert agreed([CLEAN, (at(44, 22, kind=1), at(90, 90))]) == (at(40, 20),)
    assert agreed([CLEAN, (at(46, 20),)]) == (), "three pixels apart"
