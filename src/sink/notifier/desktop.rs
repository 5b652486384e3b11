//! Popups on the desktop: the notification server on the session bus (freedesktop.org's Desktop Notifications).

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify_rust::{ActionResponse, Hint, Notification, NotificationHandle, Urgency};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, spawn_blocking};
use tokio::time::timeout;

use super::carrier::{Carrier, Delivery, Receipt, Refusal};
use super::parcel::Parcel;
use super::wording::{subject, text};
use crate::model::notice::{Line, Notice, NoticeState};
use crate::model::severity::Severity;
use crate::model::text::Name;

/// How long the bus and the server may take, both together: a wedged bus never answers.
const DEADLINE: Duration = Duration::from_secs(2);
/// How many popups are remembered, to be replaced and listened to.
const REMEMBERED: usize = 64;
/// The button's name on the bus.
const ACKNOWLEDGE: &str = "acknowledge";

/// What the server is and can do.
#[derive(Clone, Debug)]
struct Server {
    name: Line,
    /// Whether it reads marks in the text, so that they have to be escaped.
    markup: bool,
    actions: bool,
}

/// A popup that was shown.
struct Popup {
    id: u32,
    /// Waits for its button; ended with it.
    listener: AbortHandle,
}

impl Drop for Popup {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

#[derive(Default)]
struct Popups {
    by_key: BTreeMap<Name, Popup>,
    order: VecDeque<Name>,
}

/// The desktop.
pub struct Desktop {
    popups: Mutex<Popups>,
    server: Mutex<Option<Server>>,
    /// Whether a question to the bus is under way on its thread.
    asking: Arc<AtomicBool>,
    /// Where the keys go whose button was pressed.
    pressed: Option<mpsc::Sender<Name>>,
}

impl Desktop {
    /// The desktop; the keys of what a person takes note of by its button go to `pressed`, and without it there is no
    /// button.
    pub fn new(pressed: Option<mpsc::Sender<Name>>) -> Self {
        Self {
            popups: Mutex::default(),
            server: Mutex::new(None),
            asking: Arc::new(AtomicBool::new(false)),
            pressed,
        }
    }

    async fn show(&self, parcel: &Parcel) -> Result<Receipt, Refusal> {
        let shown = timeout(DEADLINE, self.show_now(parcel))
            .await
            .unwrap_or_else(|_| {
                let why = "the session bus or its notification server did not answer within 2 s";
                Err(Refusal::Passing(Line::new(why)))
            });
        if shown.is_err() {
            // What is behind the bus may be another server the next time.
            *self.server.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        shown
    }

    async fn show_now(&self, parcel: &Parcel) -> Result<Receipt, Refusal> {
        let server = self.server().await?;
        let headline = parcel.headline();
        let replaced = self.shown(&headline.key);
        let button = server.actions && self.pressed.is_some() && headline.state != NoticeState::Resolved;
        let popup = popup(&headline, &server, button && !parcel.is_digest(), replaced);
        let handle = popup.show_async().await.map_err(|error| refusal(&error))?;
        let id = handle.id();
        self.remember(headline.key.clone(), handle);
        let said = match replaced {
            Some(old) if old == id => format!("{} replaced popup {id}", server.name),
            _ => format!("{} shows popup {id}", server.name),
        };
        Ok(Receipt(Line::new(&said)))
    }

    /// What the server is; asked once, and anew after a failure.
    async fn server(&self) -> Result<Server, Refusal> {
        let known = self.server.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(server) = known {
            return Ok(server);
        }
        if self.asking.swap(true, Ordering::AcqRel) {
            let why = "the session bus has still not answered what it was asked before";
            return Err(Refusal::Passing(Line::new(why)));
        }
        let asking = Arc::clone(&self.asking);
        let asked = spawn_blocking(move || {
            let asked = ask();
            asking.store(false, Ordering::Release);
            asked
        });
        let server = asked.await.map_err(|error| {
            let why = format!("asking the session bus stopped by a fault of kaftop: {error}");
            Refusal::Lasting(Line::new(&why))
        })??;
        *self.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server.clone());
        Ok(server)
    }

    fn shown(&self, key: &Name) -> Option<u32> {
        let popups = self.popups.lock().unwrap_or_else(PoisonError::into_inner);
        popups.by_key.get(key).map(|popup| popup.id)
    }

    /// Keeps a popup with its connection, since some servers close what a gone client showed.
    fn remember(&self, key: Name, handle: NotificationHandle) {
        let id = handle.id();
        let pressed = self.pressed.clone();
        let of = key.clone();
        let listening = tokio::spawn(async move {
            let mut button = false;
            let hear = |response: &ActionResponse<'_>| {
                button = matches!(response, ActionResponse::Custom(ACKNOWLEDGE));
            };
            handle.wait_for_action_async(hear).await;
            if let Some(pressed) = pressed.filter(|_| button) {
                // Where nobody takes it, the button has no effect, which is seen.
                drop(pressed.try_send(of));
            }
        });
        let popup = Popup {
            id,
            listener: listening.abort_handle(),
        };
        let mut popups = self.popups.lock().unwrap_or_else(PoisonError::into_inner);
        if popups.by_key.insert(key.clone(), popup).is_none() {
            popups.order.push_back(key);
        }
        while popups.order.len() > REMEMBERED {
            if let Some(oldest) = popups.order.pop_front() {
                popups.by_key.remove(&oldest);
            }
        }
    }
}

impl Carrier for Desktop {
    fn name(&self) -> Line {
        Line::new("desktop")
    }

    fn deadline(&self) -> Duration {
        DEADLINE
    }

    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(self.show(parcel))
    }
}

/// Asks the server what it is. Blocks, for as long as the bus likes.
fn ask() -> Result<Server, Refusal> {
    let can = notify_rust::get_capabilities().map_err(|error| refusal(&error))?;
    let server = notify_rust::get_server_information().map_err(|error| refusal(&error))?;
    let has = |name: &str| can.iter().any(|known| known == name);
    Ok(Server {
        name: Line::new(&format!("{} {}", server.name, server.version)),
        markup: has("body-markup"),
        actions: has("actions"),
    })
}

/// Whether there is no server, or one that failed.
fn refusal(error: &notify_rust::error::Error) -> Refusal {
    let said = error.to_string();
    let why = if said.contains("ServiceUnknown") || said.contains("NameHasNoOwner") {
        "no notification server runs on the session bus".to_owned()
    } else {
        format!("the session bus: {said}")
    };
    Refusal::Absent(Line::new(&why))
}

fn popup(notice: &Notice, server: &Server, button: bool, replaced: Option<u32>) -> Notification {
    let below = if server.markup {
        let text = text(notice).replace('&', "&amp;").replace('<', "&lt;");
        text.replace('>', "&gt;")
    } else {
        text(notice)
    };
    let mut popup = Notification::new();
    popup
        .appname("kaftop")
        .summary(&subject(notice))
        .body(&below)
        .icon(icon(notice))
        .hint(Hint::Category("network.error".to_owned()))
        .urgency(urgency(notice));
    if button {
        popup.action(ACKNOWLEDGE, "Acknowledge");
    }
    if let Some(id) = replaced {
        popup.id(id);
    }
    popup
}

/// An end is not urgent: it goes away by itself.
fn urgency(notice: &Notice) -> Urgency {
    match (notice.state, notice.severity) {
        (NoticeState::Resolved, _) | (_, Severity::Warning) => Urgency::Normal,
        (_, Severity::Critical) => Urgency::Critical,
        (_, Severity::Info) => Urgency::Low,
    }
}

/// A name of the icon naming specification.
fn icon(notice: &Notice) -> &'static str {
    match (notice.state, notice.severity) {
        (NoticeState::Resolved, _) | (_, Severity::Info) => "dialog-information",
        (_, Severity::Warning) => "dialog-warning",
        (_, Severity::Critical) => "dialog-error",
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::notice;
    use super::*;

    fn server(markup: bool) -> Server {
        Server {
            name: "s".into(),
            markup,
            actions: true,
        }
    }

    #[test]
    fn a_popup_is_as_urgent_as_its_notice() {
        let table = [
            (Severity::Info, NoticeState::Firing, Urgency::Low),
            (Severity::Warning, NoticeState::Changed, Urgency::Normal),
            (Severity::Critical, NoticeState::Firing, Urgency::Critical),
            (Severity::Critical, NoticeState::Resolved, Urgency::Normal),
        ];
        for (severity, state, expected) in table {
            let popup = popup(&notice("a", severity, state), &server(false), false, None);
            let found: Vec<&Hint> = popup
                .hints
                .iter()
                .filter(|hint| matches!(hint, Hint::Urgency(_)))
                .collect();
            assert_eq!(found, [&Hint::Urgency(expected)]);
        }
    }

    #[test]
    fn marks_in_names_are_shown_and_not_obeyed() {
        let mut hostile = notice("a", Severity::Info, NoticeState::Firing);
        hostile.body = vec!["<b>&".into()];
        hostile.runbook = None;
        assert_eq!(popup(&hostile, &server(true), false, None).body, "&lt;b&gt;&amp;");
        assert_eq!(popup(&hostile, &server(false), false, None).body, "<b>&");
    }

    #[test]
    fn a_popup_has_its_button_only_where_it_is_asked_for() {
        let firing = notice("a", Severity::Info, NoticeState::Firing);
        let buttons = |button| popup(&firing, &server(true), button, None).actions;
        assert_eq!(buttons(true), [ACKNOWLEDGE, "Acknowledge"]);
        assert!(buttons(false).is_empty());
    }
}
