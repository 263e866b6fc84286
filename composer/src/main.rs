//! The command line.

use std::process::ExitCode;
use virt_compose::cli::{Cli, Failure};

fn main() -> ExitCode {
    match Cli::parse().and_then(Cli::run) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Usage(error)) => {
            eprintln!("error: {error:#}\n\nFor more information, try '--help'.");
            ExitCode::from(2)
        }
        Err(Failure::Run(error)) => {
            eprintln!("error: {error}");
            let causes: Vec<_> = error.chain().skip(1).collect();
            if !causes.is_empty() {
                eprintln!("\nCaused by:");
            }
            for (number, cause) in causes.iter().enumerate() {
                eprintln!("  {number}: {cause}");
            }
            ExitCode::FAILURE
        }
    }
}
