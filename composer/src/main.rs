//! The command line.

use std::process::ExitCode;
use virt_compose::cli::{Cli, Failure, complain};

fn main() -> ExitCode {
    match Cli::parse().and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => {
            complain(format_args!("error: {error:#}\n\nFor more information, try '--help'.\n"));
            ExitCode::from(2)
        }
        Err(Failure::Verdict) => ExitCode::FAILURE,
        Err(Failure::Run(error)) => {
            complain(format_args!("error: {error}\n"));
            let causes: Vec<_> = error.chain().skip(1).collect();
            if !causes.is_empty() {
                complain(format_args!("\nCaused by:\n"));
            }
            for (number, cause) in causes.iter().enumerate() {
                match causes.len() {
                    1 => complain(format_args!("  {cause}\n")),
                    _ => complain(format_args!("  {number}: {cause}\n")),
                }
            }
            ExitCode::FAILURE
        }
    }
}
