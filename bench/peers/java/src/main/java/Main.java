// What does the official Java SDK make of echo, sleep and progress? Its servlet transports in Jetty, handlers as
// reactive streams: the stateless one, which answers JSON; with --stream the one with sessions, which answers streams.
//
//   java Main PORT [--stream] | --stdio
import io.modelcontextprotocol.json.McpJsonDefaults;
import io.modelcontextprotocol.server.McpAsyncServerExchange;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpServerFeatures.AsyncToolSpecification;
import io.modelcontextprotocol.server.McpStatelessServerFeatures;
import io.modelcontextprotocol.server.transport.HttpServletStatelessServerTransport;
import io.modelcontextprotocol.server.transport.HttpServletStreamableServerTransportProvider;
import io.modelcontextprotocol.server.transport.StdioServerTransportProvider;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpSchema.ServerCapabilities;
import io.modelcontextprotocol.spec.McpSchema.Tool;
import jakarta.servlet.http.HttpServlet;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.ee10.servlet.ServletContextHandler;
import org.eclipse.jetty.ee10.servlet.ServletHolder;
import org.eclipse.jetty.server.Server;
import reactor.core.publisher.Mono;

public class Main {
  static Tool tool(String name, String description, String argument, String type) {
    return Tool.builder(name, Map.of("type", "object", "properties", Map.of(argument, Map.of("type", type)),
            "required", List.of(argument))).description(description).build();
  }

  static final Tool ECHO = tool("echo", "Gives the text back", "text", "string");
  static final Tool SLEEP = tool("sleep", "Waits", "milliseconds", "integer");
  static final Tool PROGRESS = tool("progress", "Reports progress once", "text", "string");

  static CallToolResult answer(Object text) {
    return CallToolResult.builder().addTextContent((String) text).build();
  }

  static Mono<CallToolResult> echo(CallToolRequest request) {
    return Mono.just(answer(request.arguments().get("text")));
  }

  static Mono<CallToolResult> sleep(CallToolRequest request) {
    long time = ((Number) request.arguments().get("milliseconds")).longValue();
    return Mono.delay(Duration.ofMillis(time)).map(done -> answer("slept"));
  }

  static Mono<CallToolResult> progress(McpAsyncServerExchange exchange, CallToolRequest request) {
    Mono<CallToolResult> result = echo(request);
    Object token = request.progressToken();
    if (token == null) return result;
    return exchange.progressNotification(new ProgressNotification(token, 1.0, 1.0, null)).then(result);
  }

  static AsyncToolSpecification[] tools() {
    return new AsyncToolSpecification[] {
      AsyncToolSpecification.builder().tool(ECHO).callHandler((exchange, request) -> echo(request)).build(),
      AsyncToolSpecification.builder().tool(SLEEP).callHandler((exchange, request) -> sleep(request)).build(),
      AsyncToolSpecification.builder().tool(PROGRESS).callHandler(Main::progress).build(),
    };
  }

  static HttpServlet statelessServlet() {
    var transport = HttpServletStatelessServerTransport.builder().messageEndpoint("/mcp").build();
    McpServer.async(transport).serverInfo("java", "0.1.0")
        .capabilities(ServerCapabilities.builder().tools(false).build())
        .tools(new McpStatelessServerFeatures.AsyncToolSpecification(ECHO, (context, request) -> echo(request)),
            new McpStatelessServerFeatures.AsyncToolSpecification(SLEEP, (context, request) -> sleep(request)))
        .build();
    return transport;
  }

  static HttpServlet streamingServlet() {
    var transport = HttpServletStreamableServerTransportProvider.builder().mcpEndpoint("/mcp").build();
    McpServer.async(transport).serverInfo("java", "0.1.0")
        .capabilities(ServerCapabilities.builder().tools(false).build()).tools(tools()).build();
    return transport;
  }

  public static void main(String[] words) throws Exception {
    if (words[0].equals("--stdio")) {
      McpServer.async(new StdioServerTransportProvider(McpJsonDefaults.getMapper())).serverInfo("java", "0.1.0")
          .capabilities(ServerCapabilities.builder().tools(false).build()).tools(tools()).build();
      return;
    }
    var server = new Server(new InetSocketAddress("127.0.0.1", Integer.parseInt(words[0])));
    var context = new ServletContextHandler("/");
    var holder = new ServletHolder(List.of(words).contains("--stream") ? streamingServlet() : statelessServlet());
    holder.setAsyncSupported(true);
    context.addServlet(holder, "/mcp");
    server.setHandler(context);
    server.start();
  }
}
