"""Which satellite products lie in a folder, by what lies in them, and their frames."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

from onboard.errors import InputError
from sim.scenes.images_toml import Described, read_description
from sim.scenes.picture import Cameras, Picture
from sim.scenes.products import band_files, capella, landsat_c2, sentinel2_safe
from sim.scenes.products.product import Product, pictures_of
from sim.scenes.products.rasters import require

ARCHIVES = (".zip", ".tar", ".gz", ".tgz")
"""As products are downloaded."""
_FOLDERS = (sentinel2_safe, landsat_c2)
_OF_PICTURES = ("bands", "offset", "nodata", "scale")


class Found(NamedTuple):
    """Frames of the products, and the files of the folder that are none of them."""

    pictures: tuple[Picture, ...]
    others: tuple[Path, ...]


def find_products(folder: Path, described: Described, cameras: Cameras) -> Found:
    """Sentinel-2 and Landsat folders, here or one below; Capella images and sets of band files here.

    A folder below may have an `images.toml` of its own. Raises InputError.
    """
    for kind in _FOLDERS:
        if kind.is_product(folder):
            return Found(_frames(folder, kind.WHAT, kind.read_products, described, cameras, is_alone=True), ())
    entries = sorted(folder.iterdir())
    files = [path for path in entries if path.is_file()]
    pictures = [
        picture
        for below in entries
        for kind in _FOLDERS
        if kind.is_product(below)
        for picture in _frames(below, kind.WHAT, kind.read_products, _own(below, described), cameras)
    ]
    for image in filter(capella.is_image, files):
        pictures += _frames(image, capella.WHAT, lambda path: (capella.read_product(path),), described, cameras)
    others = [path for path in files if not capella.belongs(path)]
    # Who names the bands of each file has pictures of one band, and no set.
    sets = band_files.band_files(others) if described.bands is None else {}
    for scene, members in sets.items():
        require(folder, f"{band_files.WHAT}, {members[0].path.name} and others")
        pictures += pictures_of(band_files.read_product(folder, scene, members, described), described, cameras)
    taken = {member.path for members in sets.values() for member in members}
    left = [path for path in others if path not in taken and not (sets and band_files.is_companion(path))]
    return Found(tuple(pictures), tuple(left))


def advice(folder: Path) -> str:
    """What else to try where a folder holds nothing to fly over."""
    packed = next((path.name for path in sorted(folder.iterdir()) if path.suffix.lower() in ARCHIVES), None)
    if packed:
        return f"unpack {packed} first"
    return "or a Sentinel-2 .SAFE folder, a Landsat Collection 2 folder, a Capella GeoTIFF, a set of one file per band"


def _own(below: Path, described: Described) -> Described:
    source = below / "images.toml"
    return read_description(source) if source.exists() else described


def _frames(
    source: Path,
    what: str,
    read: Callable[[Path], Iterable[Product]],
    described: Described,
    cameras: Cameras,
    *,
    is_alone: bool = False,
) -> tuple[Picture, ...]:
    require(source, what)
    said = next((key for key in _OF_PICTURES if getattr(described, key) is not None), None)
    if is_alone and said:
        rule = f"is not for {what}, which tells it itself: leave it out"
        raise InputError(described.source, rule, key=said, value=getattr(described, said))
    return tuple(picture for product in read(source) for picture in pictures_of(product, described, cameras))
