"""Writes events.golden with TensorBoard's own writer. Needs: pip install tensorboard==2.21.0

Run from anywhere: python3 make_events.py
"""
import pathlib

from tensorboard.compat.proto import event_pb2, summary_pb2
from tensorboard.summary.writer.record_writer import RecordWriter

nan, inf = float("nan"), float("inf")


def scalars(wall_time, step, values):
    value = [summary_pb2.Summary.Value(tag=t, simple_value=v) for t, v in values.items()]
    return event_pb2.Event(wall_time=wall_time, step=step, summary=summary_pb2.Summary(value=value))


events = [
    event_pb2.Event(wall_time=1700000000.25, file_version="brain.Event:2"),
    event_pb2.Event(
        wall_time=1700000000.25,
        step=301,
        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
    ),
    scalars(1700000001.5, 0, {"losses/policy_loss": -0.125, "zähler": 0.1}),
    scalars(1700000002.5, 127, {"a": nan, "b": inf, "c": -inf, "d": -0.0}),
    scalars(1700000003.5, 128, {"x" * 200: 1e-30}),
    scalars(1700000004.5, 2**53 - 1, {"last": 16777217.0}),
    scalars(1700000005.5, 5, {}),
]

with open(pathlib.Path(__file__).with_name("events.golden"), "wb") as file:
    writer = RecordWriter(file)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
