"""Bytes of a model's file are altered in a copy, and its hash tells."""

from pathlib import Path

import pytest

from onboard.model_damage import altered_copy, sha256_of


@pytest.mark.parametrize("n_bytes", [1, 7, 100, 5000])
def test_so_many_bytes_differ_and_the_original_stays(n_bytes: int, tmp_path: Path) -> None:
    model = tmp_path / "model.onnx"
    model.write_bytes(bytes(range(100)))
    before = sha256_of(model)
    altered = altered_copy(model, tmp_path / "models", n_bytes)
    pairs = zip(model.read_bytes(), altered.read_bytes(), strict=True)
    assert sum(one != other for one, other in pairs) == min(n_bytes, 100)
    assert sha256_of(model) == before != sha256_of(altered)
