"""What GDAL knows of a picture beyond its numbers: where on Earth it lies, what its bands are, what they mean.

Without the extra `eo` pictures are read all the same, and lie somewhere only where they are in WGS 84 coordinates.
"""

from dataclasses import replace
from pathlib import Path

from sim.scenes.picture import Piece
from sim.scenes.picture_files import PictureFile
from sim.scenes.products.band_names import bands_described
from sim.scenes.products.rasters import facts_of, is_installed

SUFFIXES = (".tif", ".tiff", ".jp2")


def enriched(path: Path, file: PictureFile) -> PictureFile:
    """A picture's file with what GDAL tells of it, where that is installed. Raises InputError."""
    if path.suffix.lower() not in SUFFIXES or not is_installed():
        return file
    facts = facts_of(path)
    n_bands, height, width = file.values.shape
    # Of a stack of pages GDAL sees the first one only.
    if (facts.grid.height_px, facts.grid.width_px, len(facts.descriptions)) != (height, width, n_bands):
        return file
    is_scaled = any(scale != 1.0 for scale in facts.scales)
    return replace(
        file,
        bands=file.bands or bands_described(facts.descriptions),
        scale=facts.scales if is_scaled else None,
        offset=facts.offsets if is_scaled else None,
        nodata=facts.nodata if file.nodata is None else file.nodata,
        gsd_m=file.gsd_m or facts.gsd_m,
        footprint_deg=file.footprint_deg or facts.grid.footprint_deg(Piece(0, 0, height, width)),
        n_control_points=facts.n_control_points,
    )
