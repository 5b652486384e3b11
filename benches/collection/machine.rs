//! The machine and the command, without which no figure means anything.

use std::fs;
use std::thread::available_parallelism;

/// The lines above the table.
pub fn head() -> String {
    let cores = available_parallelism().map_or_else(|_| "?".to_owned(), |cores| cores.to_string());
    let kernel = first_line("/proc/sys/kernel/osrelease");
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let load = first_line("/proc/loadavg");
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    let rest = if arguments.is_empty() {
        String::new()
    } else {
        format!(" -- {}", arguments.join(" "))
    };
    format!(
        "kaftop {}\nmachine   {cores} cores, {}, {}, Linux {kernel}; load at the start {}\ncommand   cargo bench --bench collection{rest}",
        env!("CARGO_PKG_VERSION"),
        model(),
        mebibytes(&memory),
        load.join(" "),
    )
}

fn model() -> String {
    let cores = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cores
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(key, _)| key.trim() == "model name");
    model.map_or_else(
        || format!("{} processor", std::env::consts::ARCH),
        |(_, name)| name.trim().to_owned(),
    )
}

fn mebibytes(memory: &str) -> String {
    let total = super::process::kibibytes(memory, "MemTotal");
    total.map_or_else(
        || "memory unknown".to_owned(),
        |total| format!("{} MB", total / 1024),
    )
}

fn first_line(path: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines().next().unwrap_or("?").to_owned()
}
