"""`swf export`: a manifest that `swf apply` accepts."""

from __future__ import annotations

from swf import ActivityType, WorkflowType


def test_exported_manifest_applies_without_changes(swf, orders, tmp_path):
    orders.tag(team="red")
    WorkflowType(orders, "bill", "2.0", description="ü\n\x1b\x7f", execution_timeout=60).save()
    ActivityType(orders, "pack", "1", task_heartbeat_timeout=60, task_priority=-1).save()
    WorkflowType(orders, "old", "1").save()
    WorkflowType(orders, "old", "1").delete()
    manifest = tmp_path / "manifest.toml"

    manifest.write_text(swf("export", "orders").out)
    applied = swf("apply", manifest, "--check", "--prune")

    assert (applied.code, applied.out) == (0, "Plan:\n  nothing to do\n")
    assert "old" not in manifest.read_text()
