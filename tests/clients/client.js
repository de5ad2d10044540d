// A workflow on the AWS SDK for JavaScript, version 2: `node client.js URL` prints a report as JSON.
//
// NODE_PATH is the directory that contains the package `aws-sdk`.

const { SWF } = require("aws-sdk");

const endpoint = process.argv[2];
const client = new SWF({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "javascript", secretAccessKey: "any" },
});
const call = (operation, params) => client[operation](params).promise();

const domain = "orders";
const taskList = { name: "main" };
const workflowType = { name: "order", version: "1.0" };
const activityType = { name: "charge", version: "1.0" };

const register = () =>
  call("registerDomain", { name: domain, workflowExecutionRetentionPeriodInDays: "90" });
const poll = () => call("pollForDecisionTask", { domain, taskList });

async function decide(decision) {
  const { taskToken } = await poll();
  await call("respondDecisionTaskCompleted", { taskToken, decisions: [decision] });
}

async function advance(seconds) {
  const response = await fetch(`${endpoint}/_swf/clock/advance`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ seconds }),
  });
  if (!response.ok) throw new Error(await response.text());
}

async function historyOf(execution) {
  const events = [];
  let page = {};
  do {
    const { nextPageToken } = page;
    page = await call("getWorkflowExecutionHistory", {
      domain,
      execution,
      maximumPageSize: 5,
      nextPageToken,
    });
    events.push(...page.events);
  } while (page.nextPageToken);
  return events;
}

async function main() {
  await register();
  const fault = await register().catch((error) => error.code);
  await call("registerWorkflowType", {
    domain,
    ...workflowType,
    defaultTaskList: taskList,
    defaultChildPolicy: "TERMINATE",
    defaultTaskStartToCloseTimeout: "NONE",
    defaultExecutionStartToCloseTimeout: "31536000",
  });
  await call("registerActivityType", {
    domain,
    ...activityType,
    defaultTaskList: taskList,
    defaultTaskScheduleToStartTimeout: "NONE",
    defaultTaskScheduleToCloseTimeout: "NONE",
    defaultTaskStartToCloseTimeout: "NONE",
    defaultTaskHeartbeatTimeout: "NONE",
  });
  const workflowId = "order-1";
  const { runId } = await call("startWorkflowExecution", { domain, workflowId, workflowType });
  const input = "naïve ☃ 🎉";
  await decide({
    decisionType: "ScheduleActivityTask",
    scheduleActivityTaskDecisionAttributes: { activityId: "charge-1", activityType, input },
  });
  const activity = await call("pollForActivityTask", { domain, taskList });
  const { taskToken } = activity;
  await call("recordActivityTaskHeartbeat", { taskToken });
  await call("respondActivityTaskCompleted", { taskToken, result: "paid" });
  await decide({
    decisionType: "StartTimer",
    startTimerDecisionAttributes: { timerId: "month", startToFireTimeout: "2592000" },
  });
  const empty = await poll();
  await advance("30d");
  await decide({
    decisionType: "CompleteWorkflowExecution",
    completeWorkflowExecutionDecisionAttributes: { result: "done" },
  });
  const events = await historyOf({ workflowId, runId });
  const times = Object.fromEntries(
    events.map((event) => [event.eventType, event.eventTimestamp.getTime() / 1000]),
  );
  return {
    fault,
    input: activity.input,
    emptyPoll: empty.taskToken ?? null,
    seconds: Math.trunc(times.TimerFired) - Math.trunc(times.TimerStarted),
    events: events.map((event) => event.eventType),
  };
}

main().then(
  (report) => console.log(JSON.stringify(report)),
  (error) => {
    console.error(error);
    process.exitCode = 1;
  },
);
