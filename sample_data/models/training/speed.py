"""Prints how much faster the shipped models are in 8-bit integers, on one core of this machine.

From the repository's root; `skysift bench` has the same figures among its own:

    python -m sample_data.models.training.speed
"""

from sim.data import sample_path
from sim.experiment.bench.integers import NAMES, SUFFIX, gain, has_vnni


def main() -> None:
    """A line a model."""
    print(f"VNNI: {'yes' if has_vnni() else 'no, or not told'}")
    for name in NAMES:
        folders = [sample_path("models", each) for each in (name, name + SUFFIX)]
        sizes_kb = [(folder / "model.onnx").stat().st_size / 1000 for folder in folders]
        print(f"{name}: {gain(*folders):.2f} times faster, {sizes_kb[0]:.0f} -> {sizes_kb[1]:.0f} kB")


if __name__ == "__main__":
    main()
