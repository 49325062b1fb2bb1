"""Where the outline of the land lies: in the sample data, beside the packages or, installed, inside `sim`."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_PLACES = (_ROOT / "sample_data", _ROOT / "sim" / "sample_data")


def land_file() -> Path:
    """Land at 1:110 million as GeoJSON, polygons of [longitude, latitude] in degrees."""
    paths = [place / "map" / "land-110m.geojson" for place in _PLACES]
    return next((path for path in paths if path.is_file()), paths[0])
