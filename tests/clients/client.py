"""A workflow on aiobotocore: `python client.py URL` prints a report as JSON."""

import asyncio
import json
import sys
from urllib.request import Request, urlopen

from aiobotocore.session import get_session

DOMAIN = "orders"
TASK_LIST = {"name": "main"}
ORDER = {"name": "order", "version": "1.0"}
CHARGE = {"name": "charge", "version": "1.0"}


async def decide(client, decision):
    task = await client.poll_for_decision_task(domain=DOMAIN, taskList=TASK_LIST)
    await client.respond_decision_task_completed(taskToken=task["taskToken"], decisions=[decision])


async def perform_activity(client):
    task = await client.poll_for_activity_task(domain=DOMAIN, taskList=TASK_LIST)
    token = task["taskToken"]
    await client.record_activity_task_heartbeat(taskToken=token)
    await client.respond_activity_task_completed(taskToken=token, result="paid")
    return task["input"]


async def register(client):
    """Register domain and types; return the fault of a second registration."""
    names = {"name": DOMAIN, "workflowExecutionRetentionPeriodInDays": "90"}
    await client.register_domain(**names)
    try:
        await client.register_domain(**names)
    except client.exceptions.DomainAlreadyExistsFault as error:
        fault = error.response["Error"]["Code"]
    await client.register_workflow_type(
        domain=DOMAIN,
        **ORDER,
        defaultTaskList=TASK_LIST,
        defaultChildPolicy="TERMINATE",
        defaultTaskStartToCloseTimeout="NONE",
        defaultExecutionStartToCloseTimeout="31536000",
    )
    await client.register_activity_type(
        domain=DOMAIN,
        **CHARGE,
        defaultTaskList=TASK_LIST,
        defaultTaskScheduleToStartTimeout="NONE",
        defaultTaskScheduleToCloseTimeout="NONE",
        defaultTaskStartToCloseTimeout="NONE",
        defaultTaskHeartbeatTimeout="NONE",
    )
    return fault


def advance(url, seconds):
    body, headers = json.dumps({"seconds": seconds}), {"Content-Type": "application/json"}
    urlopen(Request(f"{url}/_swf/clock/advance", body.encode(), headers)).close()


async def run(client, url):
    fault = await register(client)
    started = await client.start_workflow_execution(
        domain=DOMAIN, workflowId="order-1", workflowType=ORDER
    )
    schedule = {"activityId": "charge-1", "activityType": CHARGE, "input": "naïve ☃ 🎉"}
    await decide(
        client,
        {
            "decisionType": "ScheduleActivityTask",
            "scheduleActivityTaskDecisionAttributes": schedule,
        },
    )
    activity_input = await perform_activity(client)
    timer = {"timerId": "month", "startToFireTimeout": "2592000"}
    await decide(client, {"decisionType": "StartTimer", "startTimerDecisionAttributes": timer})
    empty = await client.poll_for_decision_task(domain=DOMAIN, taskList=TASK_LIST)
    await asyncio.to_thread(advance, url, "30d")
    await decide(
        client,
        {
            "decisionType": "CompleteWorkflowExecution",
            "completeWorkflowExecutionDecisionAttributes": {"result": "done"},
        },
    )
    pages = client.get_paginator("get_workflow_execution_history").paginate(
        domain=DOMAIN,
        execution={"workflowId": "order-1", "runId": started["runId"]},
        PaginationConfig={"PageSize": 5},
    )
    events = [event async for page in pages for event in page["events"]]
    times = {event["eventType"]: int(event["eventTimestamp"].timestamp()) for event in events}
    return {
        "fault": fault,
        "input": activity_input,
        "emptyPoll": empty.get("taskToken"),
        "seconds": times["TimerFired"] - times["TimerStarted"],
        "events": [event["eventType"] for event in events],
    }


async def main():
    url = sys.argv[1]
    async with get_session().create_client(
        "swf",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="python",
        aws_secret_access_key="any",
    ) as client:
        report = await run(client, url)
    sys.stdout.write(json.dumps(report))


asyncio.run(main())
