// A workflow on the AWS SDK for Go: `go run client.go URL` prints a report as JSON.
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"

	"github.com/aws/aws-sdk-go/aws"
	"github.com/aws/aws-sdk-go/aws/awserr"
	"github.com/aws/aws-sdk-go/aws/credentials"
	"github.com/aws/aws-sdk-go/aws/session"
	"github.com/aws/aws-sdk-go/service/swf"
)

var (
	domain   = aws.String("orders")
	taskList = &swf.TaskList{Name: aws.String("main")}
	workflow = &swf.WorkflowType{Name: aws.String("order"), Version: aws.String("1.0")}
	activity = &swf.ActivityType{Name: aws.String("charge"), Version: aws.String("1.0")}
)

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func advance(endpoint string, duration string) {
	body := strings.NewReader(fmt.Sprintf(`{"seconds": %q}`, duration))
	response, err := http.Post(endpoint+"/_swf/clock/advance", "application/json", body)
	check(err)
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		panic(response.Status)
	}
}

func register(client *swf.SWF) error {
	_, err := client.RegisterDomain(&swf.RegisterDomainInput{
		Name:                                   domain,
		WorkflowExecutionRetentionPeriodInDays: aws.String("90"),
	})
	return err
}

func registerTypes(client *swf.SWF) {
	none := aws.String("NONE")
	_, err := client.RegisterWorkflowType(&swf.RegisterWorkflowTypeInput{
		Domain:                              domain,
		Name:                                workflow.Name,
		Version:                             workflow.Version,
		DefaultTaskList:                     taskList,
		DefaultChildPolicy:                  aws.String("TERMINATE"),
		DefaultTaskStartToCloseTimeout:      none,
		DefaultExecutionStartToCloseTimeout: aws.String("31536000"),
	})
	check(err)
	_, err = client.RegisterActivityType(&swf.RegisterActivityTypeInput{
		Domain:                            domain,
		Name:                              activity.Name,
		Version:                           activity.Version,
		DefaultTaskList:                   taskList,
		DefaultTaskScheduleToStartTimeout: none,
		DefaultTaskScheduleToCloseTimeout: none,
		DefaultTaskStartToCloseTimeout:    none,
		DefaultTaskHeartbeatTimeout:       none,
	})
	check(err)
}

func poll(client *swf.SWF) *swf.PollForDecisionTaskOutput {
	task, err := client.PollForDecisionTask(
		&swf.PollForDecisionTaskInput{Domain: domain, TaskList: taskList})
	check(err)
	return task
}

func decide(client *swf.SWF, decision *swf.Decision) {
	_, err := client.RespondDecisionTaskCompleted(&swf.RespondDecisionTaskCompletedInput{
		TaskToken: poll(client).TaskToken,
		Decisions: []*swf.Decision{decision},
	})
	check(err)
}

func performActivity(client *swf.SWF) *string {
	task, err := client.PollForActivityTask(
		&swf.PollForActivityTaskInput{Domain: domain, TaskList: taskList})
	check(err)
	_, err = client.RecordActivityTaskHeartbeat(
		&swf.RecordActivityTaskHeartbeatInput{TaskToken: task.TaskToken})
	check(err)
	_, err = client.RespondActivityTaskCompleted(&swf.RespondActivityTaskCompletedInput{
		TaskToken: task.TaskToken,
		Result:    aws.String("paid"),
	})
	check(err)
	return task.Input
}

func main() {
	endpoint := os.Args[1]
	client := swf.New(session.Must(session.NewSession(&aws.Config{
		Endpoint:    aws.String(endpoint),
		Region:      aws.String("us-east-1"),
		Credentials: credentials.NewStaticCredentials("go", "any", ""),
	})))
	check(register(client))
	fault := register(client).(awserr.Error).Code()
	registerTypes(client)
	started, err := client.StartWorkflowExecution(&swf.StartWorkflowExecutionInput{
		Domain:       domain,
		WorkflowId:   aws.String("order-1"),
		WorkflowType: workflow,
	})
	check(err)
	decide(client, &swf.Decision{
		DecisionType: aws.String("ScheduleActivityTask"),
		ScheduleActivityTaskDecisionAttributes: &swf.ScheduleActivityTaskDecisionAttributes{
			ActivityId:   aws.String("charge-1"),
			ActivityType: activity,
			Input:        aws.String("naïve ☃ 🎉"),
		},
	})
	input := performActivity(client)
	decide(client, &swf.Decision{
		DecisionType: aws.String("StartTimer"),
		StartTimerDecisionAttributes: &swf.StartTimerDecisionAttributes{
			TimerId:            aws.String("month"),
			StartToFireTimeout: aws.String("2592000"),
		},
	})
	empty := poll(client)
	advance(endpoint, "30d")
	decide(client, &swf.Decision{
		DecisionType: aws.String("CompleteWorkflowExecution"),
		CompleteWorkflowExecutionDecisionAttributes: &swf.CompleteWorkflowExecutionDecisionAttributes{
			Result: aws.String("done"),
		},
	})
	events := []string{}
	times := map[string]int64{}
	check(client.GetWorkflowExecutionHistoryPages(&swf.GetWorkflowExecutionHistoryInput{
		Domain: domain,
		Execution: &swf.WorkflowExecution{
			WorkflowId: aws.String("order-1"),
			RunId:      started.RunId,
		},
		MaximumPageSize: aws.Int64(5),
	}, func(page *swf.GetWorkflowExecutionHistoryOutput, last bool) bool {
		for _, event := range page.Events {
			events = append(events, *event.EventType)
			times[*event.EventType] = event.EventTimestamp.Unix()
		}
		return true
	}))
	check(json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"fault":     fault,
		"input":     input,
		"emptyPoll": empty.TaskToken,
		"seconds":   times["TimerFired"] - times["TimerStarted"],
		"events":    events,
	}))
}
