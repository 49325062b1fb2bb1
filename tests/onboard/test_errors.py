"""An error of the user's is the same in another process."""

import pickle
from pathlib import Path

import pytest

from onboard.errors import InputError
from sim.modelling.sandbox import TooMuchMemory

ERRORS = (
    InputError(Path("a.toml"), "must be above 0", key="seed", value=-1),
    TooMuchMemory("a.onnx", 4096, "takes more than 4,096 bytes"),
)


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_an_input_error_is_pickled_with_what_it_tells(error: InputError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert vars(again) == vars(error)
    assert (str(again), again.args) == (str(error), error.args)
