"""Small satellite products in the layouts of their makers, filled with numbers that tests know."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

rasterio = pytest.importorskip("rasterio", reason="the extra eo is not installed")

SIDE_M = 4800.0
"""Of every scene here: a whole number of pixels of 10, 15, 20, 30 and 60 m."""
LEFT_M, TOP_M = 600_000.0, 4_500_000.0
UTM_31 = "EPSG:32631"
SENTINEL2_GSD_M = {"B02": 10, "B04": 10, "B08": 10, "B8A": 20, "B11": 20, "B12": 20, "B09": 60}
SENTINEL2_NUMBERS = ("B01", "B02", "B03", "B04", "B05", "B06", "B07", "B08", "B8A", "B09", "B10", "B11", "B12")


def write_raster(path: Path, values: NDArray[Any], gsd_m: float, **profile: Any) -> Path:
    """A raster of (height, width) or (bands, height, width) values, north up at the scene's corner."""
    bands = values if values.ndim == 3 else values[None]
    transform = rasterio.transform.from_origin(LEFT_M, TOP_M, gsd_m, gsd_m)
    is_jp2 = path.suffix == ".jp2"
    options = {"driver": "JP2OpenJPEG", "QUALITY": "100", "REVERSIBLE": "YES"} if is_jp2 else {"driver": "GTiff"}
    options |= {"crs": UTM_31, "transform": transform} | profile
    path.parent.mkdir(parents=True, exist_ok=True)
    count, height, width = bands.shape
    with rasterio.open(path, "w", count=count, height=height, width=width, dtype=bands.dtype, **options) as raster:
        raster.write(bands)
    return path


def ramp(gsd_m: float, low: int = 2000) -> NDArray[np.uint16]:
    """Numbers that rise by one each 60 m eastwards, and by 100 each 60 m southwards."""
    n, times = round(SIDE_M / 60), 60 / gsd_m
    steps = np.arange(round(n * times)) // times
    return (low + steps[None, :] + 100 * steps[:, None]).astype(np.uint16)


def write_safe(
    root: Path,
    *,
    level: str = "1C",
    offset: int | None = -1000,
    quantification: float = 10_000,
    suffix: str = ".tif",
    skip: tuple[str, ...] = (),
    holes: dict[str, tuple[slice, slice]] | None = None,
) -> Path:
    """A Sentinel-2 product; L2A in three folders by sample distance, where a coarser file doubles the numbers."""
    name = f"S2B_MSIL{level}_20240816T103629_N0511_R008_T31TGL_20240816T142510.SAFE"
    granule = root / name / "GRANULE" / f"L{level}_T31TGL_A038903_20240816T103627"
    bands = {band: gsd_m for band, gsd_m in SENTINEL2_GSD_M.items() if band not in skip}
    for band, gsd_m in bands.items():
        numbers = ramp(gsd_m)
        for rows, cols in [hole for holed, hole in (holes or {}).items() if holed == band]:
            numbers[rows, cols] = 0
        stem = f"T31TGL_20240816T103629_{band}"
        if level == "1C":
            write_raster(granule / "IMG_DATA" / f"{stem}{suffix}", numbers, gsd_m)
            continue
        write_raster(granule / f"IMG_DATA/R{gsd_m}m/{stem}_{gsd_m}m{suffix}", numbers, gsd_m)
        if gsd_m == 10:
            write_raster(granule / f"IMG_DATA/R20m/{stem}_20m{suffix}", ramp(20) * np.uint16(2), 20)
    write_raster(granule / "QI_DATA" / "MSK_CLASSI_B00.jp2", np.zeros((80, 80), np.uint8), 60)
    (granule / "MTD_TL.xml").write_text("<n1:Tile xmlns:n1='x'/>")
    (root / name / f"MTD_MSIL{level}.xml").write_text(_safe_metadata(level, offset, quantification))
    (root / name / "INSPIRE.xml").write_text("<gmd/>")
    return root / name


def _safe_metadata(level: str, offset: int | None, quantification: float) -> str:
    kind, quantity = ("BOA", "BOA_QUANTIFICATION_VALUE") if level == "2A" else ("RADIO", "QUANTIFICATION_VALUE")
    offsets = "".join(
        f'<{kind}_ADD_OFFSET band_id="{number}">{offset}</{kind}_ADD_OFFSET>'
        for number in range(len(SENTINEL2_NUMBERS))
        if offset is not None
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<n1:Level-{level}_User_Product xmlns:n1="https://psd-15.example/">'
        "<n1:General_Info><Product_Image_Characteristics><Special_Values><SPECIAL_VALUE_TEXT>NODATA"
        "</SPECIAL_VALUE_TEXT><SPECIAL_VALUE_INDEX>0</SPECIAL_VALUE_INDEX></Special_Values>"
        f'<{quantity} unit="none">{quantification:g}</{quantity}>'
        f"<{kind}_ADD_OFFSET_LIST>{offsets}</{kind}_ADD_OFFSET_LIST>"
        f"</Product_Image_Characteristics></n1:General_Info></n1:Level-{level}_User_Product>"
    )


def landsat_groups(name: str, level: str, files: dict[int, str], sun_elevation_deg: float) -> dict[str, Any]:
    """An MTL's groups, of which level 1 and 2 name their keys alike."""
    numbers = [number for number in files if number < 10]
    return {
        "PRODUCT_CONTENTS": {
            "LANDSAT_PRODUCT_ID": name,
            "PROCESSING_LEVEL": level,
            "COLLECTION_NUMBER": "02",
            **{f"FILE_NAME_BAND_{number}": file for number, file in files.items()},
        },
        "IMAGE_ATTRIBUTES": {"SPACECRAFT_ID": "LANDSAT_8", "SUN_ELEVATION": f"{sun_elevation_deg:.8f}"},
        "LEVEL2_SURFACE_REFLECTANCE_PARAMETERS": {
            **{f"REFLECTANCE_MULT_BAND_{number}": "2.75e-05" for number in numbers},
            **{f"REFLECTANCE_ADD_BAND_{number}": "-0.2" for number in numbers},
        }
        if level.startswith("L2")
        else {},
        "LEVEL1_RADIOMETRIC_RESCALING": {
            **{f"RADIANCE_MULT_BAND_{number}": "1.2000E-02" for number in files},
            **{f"REFLECTANCE_MULT_BAND_{number}": "2.0000E-05" for number in numbers},
            **{f"REFLECTANCE_ADD_BAND_{number}": "-0.100000" for number in numbers},
        },
    }


def write_landsat(
    folder: Path,
    *,
    sensor: str = "LC08",
    level: str = "L1TP",
    is_json: bool = False,
    sun_elevation_deg: float = 30.0,
    numbers: tuple[int, ...] = (4, 5, 6, 7, 8, 10),
) -> Path:
    """A Landsat Collection 2 scene; the panchromatic band's pixels are 15 m."""
    name = f"{sensor}_{level}_197031_20240816_20240822_02_T1"
    infix = "SR_" if level.startswith("L2") else ""
    files = {number: f"{name}_{infix}B{number}.TIF" for number in numbers}
    for number, file in files.items():
        gsd_m = 15 if number == 8 else 30
        write_raster(folder / file, ramp(gsd_m, 20_000) + np.uint16(number), gsd_m, nodata=0)
    write_raster(folder / f"{name}_QA_PIXEL.TIF", ramp(30), 30)
    groups = landsat_groups(name, level, files, sun_elevation_deg)
    if is_json:
        (folder / f"{name}_MTL.json").write_text(json.dumps({"LANDSAT_METADATA_FILE": groups}))
        return folder
    lines = ["GROUP = LANDSAT_METADATA_FILE"]
    for group, keys in groups.items():
        told = [
            f'    {key} = "{value}"' if "_BAND_" not in key else f"    {key} = {value}" for key, value in keys.items()
        ]
        lines += [f"  GROUP = {group}", *told, f"  END_GROUP = {group}"]
    (folder / f"{name}_MTL.txt").write_text("\n".join([*lines, "END_GROUP = LANDSAT_METADATA_FILE", "END"]))
    return folder


def capella_metadata(**image: Any) -> dict[str, Any]:
    """What a Capella product's JSON tells, as far as it is read."""
    told = {"scale_factor": 3.2e-4, "radiometry": "sigma_nought", "calibration": "full", **image}
    radar = {"transmit_polarization": "H", "receive_polarization": "H", "center_frequency": 9.65e9}
    return {"product_type": "GEO", "collect": {"mode": "spotlight", "radar": radar, "image": told}}


def write_capella(
    root: Path, amplitudes: NDArray[Any], metadata: dict[str, Any] | None = None, *, is_inside: bool = False
) -> Path:
    """A Capella GEO image of half a metre with its metadata beside it, or in its description."""
    stem = "CAPELLA_C03_SP_GEO_HH_20240816190000_20240816190003"
    text = json.dumps(metadata or capella_metadata())
    path = write_raster(root / f"{stem}.tif", amplitudes, 0.5)
    if is_inside:
        with rasterio.open(path, "r+") as raster:
            raster.update_tags(TIFFTAG_IMAGEDESCRIPTION=text)
    else:
        (root / f"{stem}_extended.json").write_text(text)
    return path
