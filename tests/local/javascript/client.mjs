// A client of the local service on the AWS SDK for JavaScript: `node client.mjs COMMAND URL MODULES`.
//
// MODULES is the directory whose node_modules hold the SDK. Each command prints one JSON object.

import { createRequire } from "node:module";
import { join } from "node:path";

const [command, endpoint, modules] = process.argv.slice(2);
const sdk = createRequire(join(modules, "package.json"))("@aws-sdk/client-swf");

const client = new sdk.SWFClient({
  endpoint,
  region: "us-east-1",
  credentials: { accessKeyId: "javascript", secretAccessKey: "any" },
  maxAttempts: 1,
});
const call = (operation, params, options) =>
  client.send(new sdk[`${operation}Command`](params), options);

const domain = "orders";
const order = { name: "order", version: "1.0" };
const charge = { name: "charge", version: "1.0" };
const taskList = { name: "main" };

async function register() {
  await call("RegisterDomain", { name: domain, workflowExecutionRetentionPeriodInDays: "1" });
  await call("RegisterWorkflowType", {
    domain,
    ...order,
    defaultTaskList: taskList,
    defaultChildPolicy: "TERMINATE",
    defaultTaskStartToCloseTimeout: "60",
    defaultExecutionStartToCloseTimeout: "3600",
  });
  for (const version of ["1.0", "1.1", "1.2", "1.3", "1.4"]) {
    await call("RegisterActivityType", {
      domain,
      name: charge.name,
      version,
      defaultTaskList: taskList,
      defaultTaskScheduleToStartTimeout: "NONE",
      defaultTaskScheduleToCloseTimeout: "NONE",
      defaultTaskStartToCloseTimeout: "60",
      defaultTaskHeartbeatTimeout: "NONE",
    });
  }
}

const poll = (identity) => call("PollForDecisionTask", { domain, taskList, identity });

const decide = (task, ...decisions) =>
  call("RespondDecisionTaskCompleted", { taskToken: task.taskToken, decisions });

// One execution from its start to its close: an activity, a signal, a timer of no length.
async function story() {
  await register();
  const { runId } = await call("StartWorkflowExecution", {
    domain,
    workflowId: "w",
    workflowType: order,
    input: "naïve ☃ 🎉",
    tagList: ["eu"],
  });
  const first = await poll("decider");
  await decide(first, {
    decisionType: "ScheduleActivityTask",
    scheduleActivityTaskDecisionAttributes: { activityId: "a", activityType: charge, input: "12" },
  });
  const activity = await call("PollForActivityTask", { domain, taskList, identity: "worker" });
  const { taskToken } = activity;
  const heartbeat = await call("RecordActivityTaskHeartbeat", { taskToken, details: "half" });
  await call("RespondActivityTaskCompleted", { taskToken, result: "paid" });
  await call("SignalWorkflowExecution", { domain, workflowId: "w", signalName: "ship" });
  const second = await poll("decider");
  await decide(second, {
    decisionType: "StartTimer",
    startTimerDecisionAttributes: { timerId: "t", startToFireTimeout: "0" },
  });
  const third = await poll("decider");
  await decide(third, {
    decisionType: "CompleteWorkflowExecution",
    completeWorkflowExecutionDecisionAttributes: { result: "done" },
  });
  const execution = { workflowId: "w", runId };
  return {
    runId,
    first,
    activity,
    heartbeat,
    previousStartedEventIds: [first, second, third].map((task) => task.previousStartedEventId),
    startedEventIds: [first, second, third].map((task) => task.startedEventId),
    history: await pagesOf("GetWorkflowExecutionHistory", { domain, execution }, "events", 6),
    versions: await pagesOf(
      "ListActivityTypes",
      { domain, registrationStatus: "REGISTERED", reverseOrder: true },
      "typeInfos",
      2,
    ),
    described: await call("DescribeWorkflowExecution", { domain, execution }),
    startIsDate: first.events[0].eventTimestamp instanceof Date,
    faults: await faults(taskToken),
  };
}

// The SDK's own paginator: a list of pages.
async function pagesOf(operation, params, member, pageSize) {
  const pages = [];
  const paginate = sdk[`paginate${operation}`];
  for await (const page of paginate({ client }, { ...params, maximumPageSize: pageSize })) {
    pages.push(page[member]);
  }
  return pages;
}

// What the SDK makes of the service's faults, by the operation that was refused.
async function faults(taskToken) {
  const refused = {
    RegisterDomain: { name: domain, workflowExecutionRetentionPeriodInDays: "1" },
    DescribeDomain: { name: "nowhere" },
    RegisterActivityType: { domain, ...charge },
    UndeprecateWorkflowType: { domain, workflowType: order },
    DeleteActivityType: { domain, activityType: charge },
    StartWorkflowExecution: { domain, workflowId: "x", workflowType: order, tagList: ["", "", "", "", "", ""] },
    RespondActivityTaskCompleted: { taskToken },
    ListDomains: { registrationStatus: "LOST" },
  };
  const seen = {};
  for (const [operation, params] of Object.entries(refused)) {
    try {
      await call(operation, params);
    } catch (error) {
      seen[operation] = {
        name: error.name,
        message: error.message,
        status: error.$metadata.httpStatusCode,
        isTyped: error.name in sdk && error instanceof sdk[error.name],
        isOfTheService: error instanceof sdk.SWFServiceException,
      };
    }
  }
  return seen;
}

// Complete activities until standard input ends, which withdraws the poll that waits.
async function work() {
  const controller = new AbortController();
  process.stdin.on("end", () => controller.abort()).resume();
  const completed = [];
  for (;;) {
    let task;
    try {
      task = await call("PollForActivityTask", { domain, taskList }, { abortSignal: controller.signal });
    } catch (error) {
      if (error.name === "AbortError") return { completed };
      throw error;
    }
    if (task.taskToken) {
      await call("RespondActivityTaskCompleted", { taskToken: task.taskToken, result: task.input });
      completed.push(task.activityId);
    }
  }
}

const commands = { register, story, work };
console.log(JSON.stringify((await commands[command]()) ?? {}));
client.destroy();
