//! Logs: sentences on standard error, with fields behind them. GDAL's own messages go there too, at debug level.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// Starts logging at a level or with directives; `info` where nothing is said.
///
/// # Errors
/// When the directives cannot be read.
pub fn start(directives: Option<&str>) -> anyhow::Result<()> {
    let text = directives.unwrap_or("info");
    let filter = EnvFilter::builder()
        .parse(text)
        .map_err(|e| anyhow::anyhow!("'{text}' is no log level: {e}; write error, warn, info, debug or trace"))?;
    let on_terminal = std::io::stderr().is_terminal();
    // A second start in one process (tests) keeps the first.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(on_terminal)
        .with_target(false)
        .try_init();
    gdal::config::set_error_handler(|class, number, message| {
        tracing::debug!(gdal.class = ?class, gdal.number = number, "{message}");
    });
    Ok(())
}
