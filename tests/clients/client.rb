# A workflow on the AWS SDK for Ruby, version 1: `ruby client.rb URL` prints a report as JSON.

require "json"
require "net/http"
require "rexml/document"
require "aws"

endpoint = URI(ARGV.fetch(0))
client = AWS::SimpleWorkflow::Client.new(
  access_key_id: "ruby",
  secret_access_key: "any",
  use_ssl: false,
  simple_workflow_endpoint: endpoint.host,
  simple_workflow_port: endpoint.port
)

domain = { domain: "orders" }
task_list = { task_list: { name: "main" } }
default_list = { default_task_list: { name: "main" } }
order = { name: "order", version: "1.0" }
charge = { name: "charge", version: "1.0" }

poll = -> { client.poll_for_decision_task(**domain, **task_list) }
decide = lambda do |decision|
  client.respond_decision_task_completed(
    task_token: poll.call.data["taskToken"], decisions: [decision]
  )
end
register = lambda do
  client.register_domain(name: "orders", workflow_execution_retention_period_in_days: "90")
end

register.call
begin
  register.call
rescue AWS::SimpleWorkflow::Errors::DomainAlreadyExistsFault => error
  fault = error.code
end
client.register_workflow_type(
  **domain, **order, **default_list,
  default_child_policy: "TERMINATE",
  default_task_start_to_close_timeout: "NONE",
  default_execution_start_to_close_timeout: "31536000"
)
client.register_activity_type(
  **domain, **charge, **default_list,
  default_task_schedule_to_start_timeout: "NONE",
  default_task_schedule_to_close_timeout: "NONE",
  default_task_start_to_close_timeout: "NONE",
  default_task_heartbeat_timeout: "NONE"
)
started = client.start_workflow_execution(**domain, workflow_id: "order-1", workflow_type: order)
decide.call(
  decision_type: "ScheduleActivityTask",
  schedule_activity_task_decision_attributes: {
    activity_id: "charge-1", activity_type: charge, input: "naïve ☃ 🎉"
  }
)
activity = client.poll_for_activity_task(**domain, **task_list).data
client.record_activity_task_heartbeat(task_token: activity["taskToken"])
client.respond_activity_task_completed(task_token: activity["taskToken"], result: "paid")
decide.call(
  decision_type: "StartTimer",
  start_timer_decision_attributes: { timer_id: "month", start_to_fire_timeout: "2592000" }
)
empty_poll = poll.call.data["taskToken"]

advanced = Net::HTTP.post(
  endpoint + "/_swf/clock/advance", JSON.dump(seconds: "30d"), "Content-Type" => "application/json"
)
raise advanced.body unless advanced.is_a?(Net::HTTPOK)

decide.call(
  decision_type: "CompleteWorkflowExecution",
  complete_workflow_execution_decision_attributes: { result: "done" }
)
execution = { workflow_id: "order-1", run_id: started.data["runId"] }
events = []
page = {}
loop do
  token = page["nextPageToken"] ? { next_page_token: page["nextPageToken"] } : {}
  page = client.get_workflow_execution_history(
    **domain, execution: execution, maximum_page_size: 5, **token
  ).data
  events.concat(page["events"])
  break unless page["nextPageToken"]
end
times = events.to_h { |event| [event["eventType"], event["eventTimestamp"].to_i] }
puts JSON.dump(
  fault: fault,
  input: activity["input"],
  emptyPoll: empty_poll,
  seconds: times["TimerFired"] - times["TimerStarted"],
  events: events.map { |event| event["eventType"] }
)
