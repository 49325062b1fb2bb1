"""The training loop and the exporter, where torch is installed (extra `train`)."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed; it comes with the extra train")

from torch import Tensor, nn  # noqa: E402
from torch.nn import functional  # noqa: E402

from sample_data.models.training import loop  # noqa: E402
from sample_data.models.training.blocks import LIGHT, FullHead, HalfHead, Trunk, parameters_of  # noqa: E402
from sample_data.models.training.export import export  # noqa: E402
from sample_data.models.training.loop import Stage, run_stage  # noqa: E402

NARROW = (8, 8, 8, 8)
STAGE = Stage("short", steps=6, learning_rate=3e-3, seed=9, warm_up=2)


def network(seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    return nn.Sequential(Trunk(2, NARROW), FullHead(NARROW[0], 1))


def draw(rng: np.random.Generator) -> loop.Batch:
    pictures = rng.uniform(0, 1, (2, 2, 32, 32)).astype(np.float32)
    return tuple(loop.turned(rng, pictures, (pictures[:, :1] > 0.9).astype(np.float32)))


def loss(logits: Tensor, wanted: Tensor) -> Tensor:
    return functional.binary_cross_entropy_with_logits(logits, wanted)


def weights(net: nn.Module) -> list[np.ndarray]:
    return [value.detach().numpy().copy() for value in net.state_dict().values()]


def test_resolutions_and_size() -> None:
    trunk = Trunk(7)
    features = trunk(torch.zeros(1, 7, 48, 32))
    assert features.shape == (1, LIGHT[0], 24, 16)
    assert FullHead(LIGHT[0], 2)(features).shape == (1, 2, 48, 32)
    assert HalfHead(LIGHT[0], 2)(features).shape == (1, 2, 24, 16)
    assert parameters_of(nn.Sequential(trunk, FullHead(LIGHT[0], 1))) == 145_316


def test_a_head_answers_where_its_picture_shows_something() -> None:
    """A bright pixel changes the answer round itself, and none far away."""
    net = network().eval()
    picture = torch.rand(1, 2, 96, 96, generator=torch.Generator().manual_seed(1))
    brighter = picture.clone()
    brighter[0, :, 9, 5] += 5.0
    with torch.no_grad():
        changed = (net(brighter) - net(picture)).abs()[0, 0]
    assert changed[6:13, 2:9].max() == changed.max() > 0
    assert changed[95, 95] == 0


def test_the_rate_rises_then_falls_to_almost_nothing() -> None:
    stage = Stage("any", steps=1000, learning_rate=1e-3, seed=0)
    rates = [stage.rate(step) for step in range(stage.steps)]
    assert rates.index(max(rates)) == pytest.approx(stage.warm_up, abs=2)
    assert rates[-1] < 0.005 * max(rates)


def test_same_seed_same_weights_and_one_thread_inside() -> None:
    before = torch.get_num_threads()
    trained = []
    for _ in range(2):
        net = network()
        run_stage(net, STAGE, draw, loss)
        trained.append(weights(net))
    assert all(np.array_equal(one, other) for one, other in zip(*trained, strict=True))
    assert torch.get_num_threads() == before


def test_an_interrupted_stage_goes_on_where_it_was_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "KEEP_EVERY", 3)
    whole, kept = network(), tmp_path / "stage.pt"
    run_stage(whole, STAGE, draw, loss)
    drawn = 0

    def breaks(rng: np.random.Generator) -> loop.Batch:
        nonlocal drawn
        drawn += 1
        if drawn == 5:
            raise KeyboardInterrupt
        return draw(rng)

    with pytest.raises(KeyboardInterrupt):
        run_stage(network(), STAGE, breaks, loss, kept=kept)
    resumed = network(seed=4)
    run_stage(resumed, STAGE, draw, loss, kept=kept)
    assert all(np.array_equal(one, other) for one, other in zip(weights(whole), weights(resumed), strict=True))


def test_the_graph_answers_as_the_network(tmp_path: Path) -> None:
    net = network()
    run_stage(net, STAGE, draw, loss)
    export(net, tmp_path / "model.onnx", bands=2, given="light")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    picture = np.random.default_rng(6).uniform(0, 1, (2, 2, 48, 80)).astype(np.float32)
    with torch.no_grad():
        expected = torch.sigmoid(net.eval()(torch.from_numpy(picture))).numpy()
    assert np.abs(session.run(["probability"], {"light": picture})[0] - expected).max() < 1e-5
