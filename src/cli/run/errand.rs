//! `kaftop act` and `kaftop heal`: from arguments to an errand, and its exit code.

use std::sync::Arc;

use super::{failed, no_cluster, settings, to_target, wrong_usage};
use crate::app::{self, Errand, Task};
use crate::cli::act;
use crate::cli::act_args::{ActArgs, HealArgs, HowArgs};
use crate::cli::args::GlobalArgs;
use crate::cli::inputs::process_environment;
use crate::config::Settings;
use crate::model::act::Act;

/// Does what was asked for.
pub(super) fn act(args: &ActArgs, global: &GlobalArgs) -> u8 {
    let task = |settings: &Settings| -> Result<Task, String> {
        let zookeepers = settings
            .cluster
            .iter()
            .flat_map(|cluster| &cluster.zookeeper.value);
        let zookeepers: Vec<_> = zookeepers.cloned().collect();
        Ok(Task::Act(Act {
            deed: args.deed(&zookeepers)?,
            why: args.why.as_deref().unwrap_or("command line").into(),
        }))
    };
    errand(&args.how, global, task)
}

/// Undoes what was left.
pub(super) fn heal(args: &HealArgs, global: &GlobalArgs) -> u8 {
    errand(&args.how, global, |_| Ok(Task::Heal))
}

fn errand(how: &HowArgs, global: &GlobalArgs, task: impl FnOnce(&Settings) -> Result<Task, String>) -> u8 {
    let settings = match settings(global) {
        Ok(settings) => settings,
        Err(code) => return code,
    };
    let task = match task(&settings) {
        Ok(task) => task,
        Err(text) => return wrong_usage(&text),
    };
    let target = match to_target(&settings) {
        Ok(Some(target)) => target,
        Ok(None) => return no_cluster(),
        Err(code) => return code,
    };
    let errand = Errand {
        task,
        mandate: act::mandate(&settings, global.switches.allow_acts),
        records: act::records(&process_environment),
        dry_run: how.dry_run,
    };
    let clerk = Arc::new(act::Terminal::new(how.clone()));
    match app::errand(target, errand, &clerk) {
        Ok(ended) => act::exit_code(ended),
        Err(report) => failed(&report),
    }
}
