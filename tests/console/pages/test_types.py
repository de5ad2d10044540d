"""The page about types, and their differences from a manifest."""

import json

from swf import Domain, WorkflowType


def test_differences_from_the_manifest_are_listed(serve, order, connection):
    changed = WorkflowType(order.domain, "order", "1.0", task_list="other", connection=connection)
    missing = WorkflowType(order.domain, "refund", "1.0", connection=connection)
    WorkflowType(order.domain, "old", "1.0", connection=connection).save()
    browser = serve(manifest=lambda: [order.domain, changed, missing])

    data = json.loads(browser.get("/domains/shop/types/manifest.json").text)

    assert [line["kind"] for line in data["lines"]] == ["create", "impossible", "extra"]
    assert "task_list is 'orders' and should be 'other'" in data["lines"][1]["text"]
    assert "old 1.0" in data["lines"][2]["text"]


def test_manifest_without_differences_is_reported(serve, order):
    browser = serve(manifest=lambda: [order])

    assert "are the same" in browser.get("/domains/shop/types/manifest").text
    assert "types/manifest" in browser.get("/domains/shop/types").text


def test_manifest_of_another_domain_is_reported(serve, order, connection):
    browser = serve(manifest=lambda: [Domain("other", connection=connection)])

    assert "The manifest is about other." in browser.get("/domains/shop/types/manifest").text


def test_missing_manifest_is_explained(serve, order):
    response = serve().get("/domains/shop/types/manifest")

    assert response.status == 400
    assert "--manifest FILE" in response.text
