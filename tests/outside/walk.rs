//! Every page by its keys, while a real broker is down.

use std::time::Duration;

use crate::tour::Tour;

/// Within which a page shows what is looked for, on a slow machine.
const SOON: Duration = Duration::from_secs(20);

impl Tour {
    /// Walks over all pages of the running screen, finds, opens and leaves rows, and comes back to the Overview.
    pub fn walk_the_pages(&mut self, down: i32) {
        let gone = format!("broker {down} down");
        let offline = format!("Kafka broker {down} is offline");
        let steps: [(&str, &[&str]); 14] = [
            ("2", &["3 brokers, 2 of 3 up", "down"]),
            ("3", &["Topics", "file_merge_requests", "What happened to it"]),
            ("c", &["Every setting", "settings, read", "retention.ms"]),
            ("\u{1b}", &["/ filter", "SHRINKS/m"]),
            ("4", &["Partitions", "CHURN 15m"]),
            ("/~^file_merge\r", &["hidden)", "file_merge_requests"]),
            ("\r", &["j down", "What happened to it"]),
            ("\u{1b}", &["hidden)", "CHURN 15m"]),
            ("5", &["stopped-group", "CLEARS IN"]),
            ("6", &[if self.is_kraft() { "voters" } else { "3 of 3 serve" }]),
            ("7", &[&gone]),
            ("8", &[&offline]),
            (":fmr\r", &["Topics", "file_merge_requests ─"]),
            ("?", &["Help", "Everywhere"]),
        ];
        for (keys, words) in steps {
            self.screen.press(keys);
            self.await_screen(SOON, words);
        }
        self.screen.press("?1");
        self.await_screen(SOON, &["2 of 3 up", "Events"]);
    }
}
