//! The first exchange of a connection, and the form of every request.

use super::Connection;
use crate::wire::deadline::Deadline;
use crate::wire::error::WireError;
use crate::wire::request::{Ask, api_versions};
use crate::wire::versions::{Api, VersionRange, Versions};
use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::RequestHeader;
use kafka_protocol::protocol::Encodable;

/// Error code of `ApiVersions` in a version that the broker does not speak; its body is then of version 0 (KIP-511).
const UNSUPPORTED_VERSION: i16 = 35;
/// The version of `ApiVersions` to begin with: every broker from 2.4 on speaks it, and version 4 tells nothing more
/// that is needed here.
const FIRST_VERSION: i16 = 3;

impl Connection {
    /// Asks for the broker's versions, a second time where it does not speak the version first asked in.
    pub(super) async fn shake_hands(&mut self, deadline: Deadline) -> Result<Versions, WireError> {
        let mut version = FIRST_VERSION;
        loop {
            let ticket = self.send_as(&api_versions(), version, deadline).await?;
            let body = self.body(&ticket, deadline).await?;
            if body.clone().try_get_i16() != Ok(UNSUPPORTED_VERSION) {
                self.arrived.push_front((ticket.correlation, body));
                return self.receive(ticket, deadline).await;
            }
            let theirs = refused_range(body);
            let ours = Api::ApiVersions.ours();
            let common = theirs.and_then(|theirs| theirs.highest_common(ours));
            match common {
                Some(other) if other != version && version == FIRST_VERSION => version = other,
                _ => {
                    let address = self.address.clone();
                    return Err(self.end(WireError::TooOld {
                        address,
                        theirs,
                        ours,
                    }));
                }
            }
        }
    }

    /// A request with its length and header in front.
    pub(super) fn frame<R: Ask>(
        &self,
        request: &R,
        version: i16,
        correlation: i32,
    ) -> Result<BytesMut, String> {
        let mut frame = BytesMut::from(&[0_u8; 4][..]);
        // Header version 2 belongs to flexible requests (KIP-482).
        RequestHeader::default()
            .with_request_api_key(R::API.key())
            .with_request_api_version(version)
            .with_correlation_id(correlation)
            .with_client_id(Some(self.client_id.clone()))
            .encode(&mut frame, 2)
            .map_err(|error| error.to_string())?;
        request.write(version, &mut frame)?;
        let length =
            i32::try_from(frame.len() - 4).map_err(|_| "the request is longer than 2 GiB".to_owned())?;
        if let Some(head) = frame.first_chunk_mut::<4>() {
            *head = length.to_be_bytes();
        }
        Ok(frame)
    }
}

/// The range of `ApiVersions` in a version 0 body, the form in which a broker says that it speaks no newer one.
///
/// Its counts are not of the guarded kind, so it is read by hand.
fn refused_range(mut body: Bytes) -> Option<VersionRange> {
    body.try_get_i16().ok()?;
    let items = body.try_get_i32().ok()?;
    for _ in 0..items.max(0) {
        let key = body.try_get_i16().ok()?;
        let range = VersionRange::new(body.try_get_i16().ok()?, body.try_get_i16().ok()?);
        if key == Api::ApiVersions.key() {
            return Some(range);
        }
    }
    None
}
