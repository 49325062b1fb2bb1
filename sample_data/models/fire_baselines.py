"""Published active-fire tests for Landsat 8 as ONNX graphs over red, near infrared, SWIR1 and SWIR2 reflectance.

The conditions are those of the papers. What they ask of bands that are not flown (coastal, blue, green) is replaced
as told at each place and in BASELINES.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from onnx_planes import Graph, Plane, stack

BANDS = ("red", "nir", "swir1", "swir2")
INPUT, OUTPUT = "reflectance", "probability"

DARKEST = 0.01
"""Floor of a divisor. Below an imager's noise a ratio means nothing, and a single one would spoil a window's deviation.
No test of a pixel's own ratio changes by it: they all ask for more SWIR2 than this times the ratio."""

FULL = 1.0
"""SWIR reflectance from which a pixel counts as saturated, there being no flag. No sunlit diffuse ground reaches it."""

SCHROEDER_WINDOW_PX = 61
KUMAR_ROY_WINDOWS_PX = (5, 7, 9, 13, 19, 29, 41, 61)
"""In place of the published growth in steps of two pixels; fewer than one fire pixel in a hundred changes by it."""
KUMAR_ROY_VALID_SHARE = 0.25


@dataclass(frozen=True)
class Bands:
    """The four planes, each (batch, 1, height, width)."""

    red: Plane
    nir: Plane
    swir1: Plane
    swir2: Plane


def read_bands(graph: Graph) -> Bands:
    """The graph's input, band by band."""
    image = graph.input(INPUT, len(BANDS))
    return Bands(*(image.channel(index) for index in range(len(BANDS))))


def ratio(above: Plane, below: Plane) -> Plane:
    """A quotient that stays finite."""
    return above / below.at_least(DARKEST)


@dataclass(frozen=True)
class Background:
    """Valid background pixels, what of each enters the statistics, and the test against them."""

    sources: Plane
    swir2_per_nir: Plane
    swir2: Plane

    @classmethod
    def of(cls, valid: Plane, bands: Bands) -> "Background":
        """Prepare sums over `valid` pixels."""
        counted = valid.numbers()
        swir2_per_nir = ratio(bands.swir2, bands.nir)
        ratio_counted, swir2_counted = counted * swir2_per_nir, counted * bands.swir2
        everywhere = (bands.swir2 >= bands.swir2).numbers()
        squares = (ratio_counted * swir2_per_nir, swir2_counted * bands.swir2)
        sources = stack(everywhere, counted, ratio_counted, squares[0], swir2_counted, squares[1])
        return cls(sources, swir2_per_nir, bands.swir2)

    def test(self, side_px: int, valid_share: float) -> tuple[Plane, Plane]:
        """Whether the window holds enough valid pixels, and whether its centre stands out of them.

        Equations 8 and 9 of Kumar and Roy, 4 and 5 of Schroeder: SWIR2 / NIR above the mean by three deviations and
        by 0.8, SWIR2 above its mean by three deviations and by 0.08.
        """
        sums = self.sources.box_sum(side_px)
        pixels, valid = sums.channel(0), sums.channel(1)
        enough = valid >= pixels * valid_share
        stands_out = _stands_out(self.swir2_per_nir, sums, 2, valid, 0.8) & _stands_out(
            self.swir2, sums, 4, valid, 0.08
        )
        return enough, stands_out


def _stands_out(value: Plane, sums: Plane, first: int, valid: Plane, least: float) -> Plane:
    # A window without a valid pixel gives a mean of 0 here; `enough` rejects it.
    count = valid.at_least(1.0)
    mean, mean_square = sums.channel(first) / count, sums.channel(first + 1) / count
    deviation = (mean_square - mean * mean).at_least(0.0).sqrt()
    return value > mean + (3.0 * deviation).at_least(least)


def murphy(bands: Bands) -> Plane:
    """Murphy, de Souza Filho, Wright, Sabatino and Correa Pabon 2016, Remote Sensing of Environment 178:31 (HOTMAP)."""
    red_hot = (bands.swir2 >= 1.4 * bands.swir1) & (bands.swir2 >= 1.4 * bands.nir) & (bands.swir2 >= 0.15)
    # Published: a flag of the focal plane says what is saturated.
    saturated = (bands.swir1 >= FULL) | (bands.swir2 >= FULL)
    beside = ((bands.swir1 >= 2.0 * bands.nir) & (bands.swir1 >= 0.5)) | saturated
    return red_hot | (red_hot.grown() & beside)


def schroeder(bands: Bands) -> Plane:
    """Schroeder, Oliva, Giglio, Quayle, Lorenz and Morelli 2016, Remote Sensing of Environment 185:210."""
    excess = bands.swir2 - bands.nir
    swir2_per_nir = ratio(bands.swir2, bands.nir)
    # Where Landsat's SWIR2 folds over. Published: the coastal band below 0.2, to leave out cloud; red does the same.
    folded = (bands.swir1 > 0.8) & (bands.red < 0.2) & ((bands.nir > 0.4) | (bands.swir2 < 0.1))
    certain = ((swir2_per_nir > 2.5) & (excess > 0.3) & (bands.swir2 > 0.5)) | folded
    potential = (swir2_per_nir > 1.8) & (excess > 0.17)
    # Published: coastal less SWIR2 below 0.2, and a colour test of coastal, blue and green, which falls away.
    falling = (bands.red > bands.nir) & (bands.nir > bands.swir1) & (bands.swir1 > bands.swir2)
    water = falling & (bands.red - bands.swir2 < 0.2)
    valid = (bands.swir2 > 0.0) & ~(certain | water)
    # At least two pixels of a full window, for there to be a deviation.
    enough, stands_out = Background.of(valid, bands).test(SCHROEDER_WINDOW_PX, 2 / SCHROEDER_WINDOW_PX**2)
    return certain | (potential & enough & stands_out & (ratio(bands.swir2, bands.swir1) > 1.6))


def kumar_roy(bands: Bands) -> Plane:
    """Kumar and Roy 2018, International Journal of Digital Earth 11:154 (GOLI)."""
    red_hot = bands.red <= 0.53 * bands.swir2 - 0.214
    certain = red_hot | (red_hot.grown() & (bands.red <= 0.35 * bands.swir1 - 0.044))
    potential = (bands.red <= 0.53 * bands.swir2 - 0.125) | (bands.swir1 <= 1.08 * bands.swir2 - 0.048)
    # Published: blue above green above red above NIR. The two bands that are left would take smoke over char for water;
    # the fall has to go on into SWIR1, where fire does not let it.
    water = (bands.red > bands.nir) & (bands.nir > bands.swir1)
    valid = (bands.swir2 > 0.0) & ~(certain | potential | water)
    background = Background.of(valid, bands)
    tests = [background.test(side_px, KUMAR_ROY_VALID_SHARE) for side_px in KUMAR_ROY_WINDOWS_PX]
    return (certain | (potential & _first_that_counts(tests))) & ~water


def _first_that_counts(tests: Sequence[tuple[Plane, Plane]]) -> Plane:
    """The verdict of the smallest window that holds enough; no fire where none does."""
    enough, stands_out = tests[-1]
    verdict = enough & stands_out
    for enough, stands_out in reversed(tests[:-1]):
        verdict = (enough & stands_out) | (~enough & verdict)
    return verdict
