"""Where the sample data lies: inside the installed package, or beside it in a checkout."""

from pathlib import Path

from onboard.errors import InputError
from sim.blame import suggestion

_PACKAGE = Path(__file__).resolve().parent
SAMPLE_DATA = next(
    (root for root in (_PACKAGE / "sample_data", _PACKAGE.parent / "sample_data") if root.is_dir()),
    _PACKAGE / "sample_data",
)


def sample_path(*parts: str) -> Path:
    """A path inside the sample data."""
    return SAMPLE_DATA.joinpath(*parts)


def sample_names(room: str, suffix: str = ".toml") -> list[str]:
    """Names that a scenario can refer to in one room of the sample data, sorted."""
    return sorted(path.name.removesuffix(suffix) for path in sample_path(room).glob(f"*{suffix}"))


def model_names() -> list[str]:
    """Names of the models in the sample data, sorted."""
    return [name for name in sample_names("models", "") if sample_path("models", name, "card.toml").is_file()]


def find(room: str, name: str, beside: Path, *, source: str | Path, key: str, suffix: str = ".toml") -> Path:
    """The file a scenario means by `name`: a path beside it, or a name in the sample data.

    Raises InputError that names the nearest, or lists what there is.
    """
    candidates = [beside / name, beside / f"{name}{suffix}", sample_path(room, f"{name}{suffix}")]
    for candidate in candidates:
        if candidate.is_file():
            return candidate
    rule = f"no such file, nor a name in {room}; {suggestion(name, sample_names(room, suffix))}"
    raise InputError(source, rule, key=key, value=name)
