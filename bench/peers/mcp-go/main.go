// What does mcp-go make of echo, sleep and progress? It answers JSON, and upgrades to a stream when there is progress.
//
//	mcp-go PORT | --stdio
package main

import (
	"context"
	"log"
	"os"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

type textArguments struct {
	Text string `json:"text"`
}

type timeArguments struct {
	Milliseconds int `json:"milliseconds"`
}

func echo(_ context.Context, _ mcp.CallToolRequest, in textArguments) (*mcp.CallToolResult, error) {
	return mcp.NewToolResultText(in.Text), nil
}

func sleep(_ context.Context, _ mcp.CallToolRequest, in timeArguments) (*mcp.CallToolResult, error) {
	time.Sleep(time.Duration(in.Milliseconds) * time.Millisecond)
	return mcp.NewToolResultText("slept"), nil
}

func progress(ctx context.Context, request mcp.CallToolRequest, in textArguments) (*mcp.CallToolResult, error) {
	if meta := request.Params.Meta; meta != nil && meta.ProgressToken != nil {
		told := map[string]any{"progressToken": meta.ProgressToken, "progress": 1, "total": 1}
		if err := server.ServerFromContext(ctx).SendNotificationToClient(ctx, "notifications/progress", told); err != nil {
			return nil, err
		}
	}
	return mcp.NewToolResultText(in.Text), nil
}

func main() {
	s := server.NewMCPServer("mcp-go", "0.1.0")
	text := mcp.WithString("text", mcp.Required())
	s.AddTool(mcp.NewTool("echo", mcp.WithDescription("Gives the text back"), text), mcp.NewTypedToolHandler(echo))
	s.AddTool(mcp.NewTool("sleep", mcp.WithDescription("Waits"), mcp.WithNumber("milliseconds", mcp.Required())),
		mcp.NewTypedToolHandler(sleep))
	s.AddTool(mcp.NewTool("progress", mcp.WithDescription("Reports progress once"), text),
		mcp.NewTypedToolHandler(progress))
	if os.Args[1] == "--stdio" {
		log.Fatal(server.ServeStdio(s))
	}
	log.Fatal(server.NewStreamableHTTPServer(s).Start("127.0.0.1:" + os.Args[1]))
}
