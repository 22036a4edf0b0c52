//! The program's log: to standard error, filtered.

use crate::failure::Failure;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::time;
use vmapple_backends::terminal;

/// The variable that stands for `--log`.
const VARIABLE: &str = "VMAPPLE_LOG";

/// Starts logging with this filter, or the one in the environment, or warnings only.
pub(crate) fn start(option: Option<&str>) -> Result<(), Failure> {
    let environment = std::env::var(VARIABLE).ok();
    let (filter, from) = match (option, environment.as_deref()) {
        (Some(filter), _) => (filter, "--log"),
        (None, Some(filter)) => (filter, VARIABLE),
        (None, None) => ("warn", "--log"),
    };
    let parsed = EnvFilter::try_new(filter).map_err(|e| {
        Failure::usage(format!(
            "{from} {filter}: not a log filter ({e}); use a level like debug, or part=level,part=level"
        ))
    })?;
    tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_writer(terminal::messages)
        .with_timer(time::uptime())
        .with_ansi(false)
        .init();
    Ok(())
}
