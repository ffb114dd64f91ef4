// What does the official Rust SDK make of echo, sleep and progress? On axum and tokio with one thread. Without sessions,
// which it answers with streams only: JSON, and a stream when there is progress.
//
//   rmcp PORT | --stdio
use std::time::Duration;

use axum::serve::ListenerExt;
use rmcp::{
    ErrorData, Peer, RoleServer, ServerHandler, ServiceExt,
    handler::server::wrapper::Parameters,
    model::{ProgressNotificationParam, RequestMetaObject},
    schemars, tool, tool_handler, tool_router,
    transport::{
        stdio_pipes,
        streamable_http_server::{
            StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
        },
    },
};

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Text {
    text: String,
}

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Time {
    milliseconds: u64,
}

#[derive(Clone)]
struct Tools;

#[tool_router]
impl Tools {
    #[tool(description = "Gives the text back")]
    async fn echo(&self, Parameters(Text { text }): Parameters<Text>) -> String {
        text
    }

    #[tool(description = "Waits")]
    async fn sleep(&self, Parameters(Time { milliseconds }): Parameters<Time>) -> String {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        "slept".into()
    }

    #[tool(description = "Reports progress once")]
    async fn progress(
        &self,
        Parameters(Text { text }): Parameters<Text>,
        meta: RequestMetaObject,
        client: Peer<RoleServer>,
    ) -> Result<String, ErrorData> {
        if let Some(token) = meta.get_progress_token() {
            let told = ProgressNotificationParam::new(token, 1.0).with_total(1.0);
            client
                .notify_progress(told)
                .await
                .map_err(|e| ErrorData::internal_error(e.to_string(), None))?;
        }
        Ok(text)
    }
}

#[tool_handler]
impl ServerHandler for Tools {}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let word = std::env::args().nth(1).unwrap_or_default();
    if word == "--stdio" {
        Tools.serve(stdio_pipes()).await?.waiting().await?;
        return Ok(());
    }
    let config = StreamableHttpServerConfig::default()
        .with_json_response(true)
        .with_legacy_session_mode(false);
    let service: StreamableHttpService<Tools, LocalSessionManager> =
        StreamableHttpService::new(|| Ok(Tools), Default::default(), config);
    // Not in its examples; without it an event waits 40 ms for the acknowledgement of the one before.
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{word}"))
        .await?
        .tap_io(|socket| {
            let _ = socket.set_nodelay(true);
        });
    axum::serve(listener, axum::Router::new().nest_service("/mcp", service)).await?;
    Ok(())
}
