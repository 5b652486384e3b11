//! The door: install the hooks, run, map the result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    if kaftop::cli::install_hooks().is_err() {
        return ExitCode::FAILURE;
    }
    ExitCode::from(kaftop::cli::run(std::env::args_os().collect()))
}
