from onboard.comms.frames import FrameBuilder
from onboard.comms.runs import FrameRun
from sim.world.channels import channel_bytes


def test_frames_and_runs_are_counted_by_channel() -> None:
    builder = FrameBuilder(0x3FF, 128)
    frames = b"".join(builder.build(channel, 0, bytes(builder.data_bytes)) for channel in (4, 0, 0, 3))
    run = FrameRun(0x3FF, 128, 5, 0, 0, 0, -1, bytes(7), 1, 1000, 0, 95, bytes(5 * 95))
    assert channel_bytes((frames, run, builder.idle()), 128) == (256, 0, 0, 6 * 128, 128, 0, 0, 128)
    assert channel_bytes((), 128) == (0,) * 8
