//! Usage errors in one line that names the thing and the way out.

use crate::cli::Cli;
use crate::failure::USAGE;
use clap::CommandFactory;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error;
use std::process::ExitCode;

/// Prints help where that was asked for, else the error in one line.
pub(crate) fn report(e: &clap::Error) -> ExitCode {
    if matches!(
        e.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
    ) {
        // Whoever closed the stream has seen enough.
        let _ = e.print();
        return ExitCode::from(u8::try_from(e.exit_code()).unwrap_or(USAGE));
    }
    crate::say(&line(e));
    USAGE.into()
}

fn line(e: &clap::Error) -> String {
    let context = |kind| match e.get(kind) {
        Some(ContextValue::String(s)) => Some(s.as_str()),
        Some(ContextValue::Strings(s)) => s.first().map(String::as_str),
        _ => None,
    };
    let arg = context(ContextKind::InvalidArg).map(|a| a.split(' ').next().unwrap_or(a));
    match (e.kind(), arg, context(ContextKind::InvalidValue), e.source()) {
        // Our own value parsers say what to do.
        (ErrorKind::ValueValidation, Some(arg), Some(value), Some(why)) => format!("{arg} {value}: {why}"),
        (ErrorKind::UnknownArgument, Some(arg), ..) => match context(ContextKind::SuggestedArg).filter(is_listed) {
            Some(similar) => format!("{arg}: no such option; did you mean {similar}?"),
            None => format!("{arg}: no such option; see vmapple run --help"),
        },
        (ErrorKind::InvalidSubcommand, ..) => {
            let name = context(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("{name}: no such command; use run, board, dtb or version")
        }
        _ => first_paragraph(&e.render().to_string()),
    }
}

/// Whether an option is in the help, so that suggesting it helps.
fn is_listed(option: &&str) -> bool {
    let long = option.trim_start_matches('-');
    let listed = |c: &clap::Command| c.get_arguments().any(|a| a.get_long() == Some(long) && !a.is_hide_set());
    let cli = Cli::command();
    listed(&cli) || cli.get_subcommands().any(listed)
}

/// What clap says before its tips and usage, on one line.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let lines: Vec<&str> = text.lines().map(str::trim).take_while(|l| !l.is_empty()).collect();
    format!("{}; see vmapple --help", lines.join(" "))
}
