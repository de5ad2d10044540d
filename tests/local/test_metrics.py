from swf.local.metrics import FAMILIES, ServiceMetrics

GAUGES = {"swf_open_executions": 3, "swf_waiting_polls": 2, "swf_pending_tasks": 1}


def test_times_are_summed_and_counted_by_operation():
    metrics = ServiceMetrics(["ListDomains"])
    metrics.observe("ListDomains", None, 0.25)
    metrics.observe("ListDomains", "ValidationException", 0.5)

    lines = metrics.text(GAUGES).splitlines()

    assert 'swf_request_seconds_sum{operation="ListDomains"} 0.750000' in lines
    assert 'swf_request_seconds_count{operation="ListDomains"} 2' in lines


def test_unknown_operations_share_one_line():
    metrics = ServiceMetrics(["ListDomains"])
    for number in range(100):
        metrics.observe(f'Made"Up{number}', "UnknownOperationException", 0.0)

    lines = metrics.text(GAUGES).splitlines()

    assert [line for line in lines if line.startswith("swf_requests_total")] == [
        'swf_requests_total{operation="Unknown",code="UnknownOperationException"} 100'
    ]


def test_every_family_has_help_and_type():
    text = ServiceMetrics([]).text(GAUGES)

    for name, (kind, help_text) in FAMILIES.items():
        assert f"# HELP {name} {help_text}\n# TYPE {name} {kind}\n" in text
