"""`swf export`: a manifest that `swf apply` accepts."""

from __future__ import annotations

from swf import ActivityType, Domain, WorkflowType


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


def test_exported_manifest_registers_the_same_settings_elsewhere(swf, server, tmp_path):
    domain = Domain("brief", description="\U0001f600 \u2028", retention_period=0, tags={"k": ""})
    domain.save()
    WorkflowType(domain, "ship", "1", task_priority=0, execution_timeout=0).save()
    ActivityType(domain, "pack", "1", task_start_to_close_timeout=0).save()
    manifest, copied = tmp_path / "manifest.toml", tmp_path / "copied.toml"
    elsewhere = ("--region", "eu-west-1")

    manifest.write_text(swf("export", "brief").out)
    assert swf("apply", manifest, "--yes", *elsewhere).code == 0
    copied.write_text(swf("export", "brief", *elsewhere).out)

    assert copied.read_text() == manifest.read_text()
    assert "retention_period = 0\n" in manifest.read_text()
    assert "task_priority = 0\n" in manifest.read_text()
