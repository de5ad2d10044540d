"""The newest records of a service, within a bound of memory."""

from swf.local.event_stream import CAPACITY, EventStream
from swf.local.store import Entry, TenantKey

KEY = TenantKey("local", "us-east-1")


def signal(number, text=""):
    attributes = {"signalName": "s", "input": text}
    event = {
        "eventId": number,
        "eventTimestamp": 1.0,
        "eventType": "WorkflowExecutionSignaled",
        "workflowExecutionSignaledEventAttributes": attributes,
    }
    return Entry(KEY, [["event", "run", event]])


def test_entries_after_a_number_are_returned():
    stream = EventStream()
    stream.publish(signal(number) for number in range(1, 6))

    assert [number for number, _ in stream.after(3)] == [4, 5]
    assert stream.after(5) == stream.after(9) == []


def test_entries_without_records_have_no_number():
    stream = EventStream()
    stream.publish([signal(1), Entry(KEY, []), signal(2)])

    assert stream.last == 2


def test_long_texts_count_against_the_capacity():
    stream = EventStream()
    text = "x" * (CAPACITY // 4)
    stream.publish(signal(number, text) for number in range(1, 11))

    assert [number for number, _ in stream.after(0)] == [8, 9, 10]


def test_large_batches_count_against_the_capacity():
    stream = EventStream()
    batch = Entry(KEY, signal(1).records * (CAPACITY // 4096))
    stream.publish([batch] * 10)

    assert [number for number, _ in stream.after(0)] == [8, 9, 10]


def test_listener_is_called_once_after_the_next_write():
    stream = EventStream()
    calls = []
    stream.listen(lambda: calls.append(stream.last))
    stop = stream.listen(lambda: calls.append("stopped"))
    stop()
    stream.publish([signal(1)])
    stream.publish([signal(2)])

    assert calls == [1]
