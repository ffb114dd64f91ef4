// What does the official Go SDK make of echo, sleep and progress? Over net/http, stateless, because it serves 2026-07-28
// only so, and JSON answers, which drop progress.
//
//	go-sdk PORT [--sessions] [--stream] | --stdio        --sessions: up to 2025-11-25; --stream: event streams
package main

import (
	"context"
	"log"
	"net/http"
	"os"
	"slices"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type textArguments struct {
	Text string `json:"text"`
}

type timeArguments struct {
	Milliseconds int `json:"milliseconds"`
}

func answer(text string) (*mcp.CallToolResult, any, error) {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: text}}}, nil, nil
}

func echo(_ context.Context, _ *mcp.CallToolRequest, in textArguments) (*mcp.CallToolResult, any, error) {
	return answer(in.Text)
}

func sleep(_ context.Context, _ *mcp.CallToolRequest, in timeArguments) (*mcp.CallToolResult, any, error) {
	time.Sleep(time.Duration(in.Milliseconds) * time.Millisecond)
	return answer("slept")
}

func progress(ctx context.Context, request *mcp.CallToolRequest, in textArguments) (*mcp.CallToolResult, any, error) {
	if token := request.Params.GetProgressToken(); token != nil {
		told := &mcp.ProgressNotificationParams{ProgressToken: token, Progress: 1, Total: 1}
		if err := request.Session.NotifyProgress(ctx, told); err != nil {
			return nil, nil, err
		}
	}
	return answer(in.Text)
}

func main() {
	server := mcp.NewServer(&mcp.Implementation{Name: "go-sdk", Version: "0.1.0"}, nil)
	mcp.AddTool(server, &mcp.Tool{Name: "echo", Description: "Gives the text back"}, echo)
	mcp.AddTool(server, &mcp.Tool{Name: "sleep", Description: "Waits"}, sleep)
	mcp.AddTool(server, &mcp.Tool{Name: "progress", Description: "Reports progress once"}, progress)
	if os.Args[1] == "--stdio" {
		if err := server.Run(context.Background(), &mcp.StdioTransport{}); err != nil {
			log.Fatal(err)
		}
		return
	}
	options := &mcp.StreamableHTTPOptions{
		Stateless:    !slices.Contains(os.Args, "--sessions"),
		JSONResponse: !slices.Contains(os.Args, "--stream"),
	}
	http.Handle("/mcp", mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return server }, options))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
