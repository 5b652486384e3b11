//! A webhook: a parcel is posted to an address, as kaftop's own JSON, as Alertmanager takes it, or as Slack does.

mod client;
mod format;
mod tls;

pub use tls::Authorities;

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{AUTHORIZATION, HeaderValue};
use tokio::time::timeout;

use super::carrier::{Carrier, Delivery, Receipt, Refusal};
use super::parcel::Parcel;
use super::wording::excerpt;
use crate::config::{Webhook as Settings, WebhookFormat};
use crate::model::notice::Line;
use crate::model::time::Span;
use client::{Client, Posted};

/// How often Alertmanager is told again of what goes on; it is told to forget it after four times as long, so that an
/// alert does not outlive kaftop there.
const REPEAT: Span = Span::seconds(60);

/// An address that parcels are posted to.
pub struct Webhook {
    name: Line,
    format: WebhookFormat,
    /// The address without its path, which may be a secret.
    shown: String,
    path: String,
    authorization: Option<HeaderValue>,
    deadline: Duration,
    client: Client,
}

impl Webhook {
    /// The webhook of this name in the configuration.
    pub fn new(name: &str, settings: &Settings, authorities: Authorities) -> Self {
        let url = &settings.url.value;
        let path = match settings.format.value {
            WebhookFormat::Alertmanager => format::alerts_path(url.path.expose()),
            WebhookFormat::Json | WebhookFormat::Slack => url.path.expose().to_owned(),
        };
        let authorization = settings.authorization.as_ref().and_then(|authorization| {
            let mut value = HeaderValue::from_str(authorization.value.expose()).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Self {
            name: Line::new(&format!("webhook {name}")),
            format: settings.format.value,
            shown: url.to_string(),
            path,
            authorization,
            deadline: settings.deadline.value,
            client: Client::new(url, authorities),
        }
    }

    async fn post(&self, parcel: &Parcel) -> Result<Receipt, Refusal> {
        let body = match self.format {
            WebhookFormat::Json => super::document::document(parcel),
            WebhookFormat::Alertmanager => format::alerts(parcel, Span(REPEAT.0.saturating_mul(4))),
            WebhookFormat::Slack => format::slack(parcel),
        };
        let headers = self
            .authorization
            .iter()
            .map(|value| (AUTHORIZATION, value.clone()));
        let posting = self
            .client
            .post(&self.path, headers, Bytes::from(body.to_string()));
        let posted = timeout(self.deadline, posting).await.map_err(|_| {
            let seconds = self.deadline.as_secs_f64();
            Refusal::Passing(self.told(&format!("no answer within {seconds:.1} s")))
        })?;
        let Posted { status, body } = posted.map_err(|why| Refusal::Passing(self.told(&why)))?;
        let said = excerpt(&body);
        let said = if said.as_str().is_empty() {
            format!("HTTP {}", status.as_u16())
        } else {
            format!("HTTP {}: {said}", status.as_u16())
        };
        match verdict(status) {
            Verdict::Taken => Ok(Receipt(Line::new(&said))),
            Verdict::Later => Err(Refusal::Passing(self.told(&said))),
            Verdict::Never => Err(Refusal::Lasting(self.told(&said))),
        }
    }

    fn told(&self, what: &str) -> Line {
        Line::new(&format!("POST {}: {what}", self.shown))
    }
}

impl Carrier for Webhook {
    fn name(&self) -> Line {
        self.name.clone()
    }

    fn deadline(&self) -> Duration {
        self.deadline
    }

    fn repeat(&self) -> Option<Span> {
        (self.format == WebhookFormat::Alertmanager).then_some(REPEAT)
    }

    fn deliver<'a>(&'a self, parcel: &'a Parcel) -> Delivery<'a> {
        Box::pin(self.post(parcel))
    }
}

enum Verdict {
    Taken,
    Later,
    Never,
}

/// What a status means for the parcel. A redirection is not followed: what is posted may be no business of the other
/// address.
fn verdict(status: StatusCode) -> Verdict {
    let later = [
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::TOO_EARLY,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    if status.is_success() {
        Verdict::Taken
    } else if status.is_server_error() || later.contains(&status) {
        Verdict::Later
    } else {
        Verdict::Never
    }
}

#[cfg(test)]
mod tests;
