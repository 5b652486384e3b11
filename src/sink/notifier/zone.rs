//! The time of day where the reader of notices lives.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::time::At;

/// A time zone.
#[derive(Clone, Debug)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of this name: `local` (`TZ`, else `/etc/localtime`), `UTC`, or a name of the IANA database, which is
    /// read from the machine.
    ///
    /// # Errors
    /// A sentence that says what was looked for and what to do.
    pub fn named(name: &str) -> Result<Self, String> {
        match name {
            "UTC" => Ok(Self::utc()),
            "local" => TimeZone::try_system().map(Self).map_err(|error| {
                format!("the time zone of this machine cannot be read: {error}; set notify.time_zone")
            }),
            _ => TimeZone::get(name).map(Self).map_err(|error| {
                format!(
                    "notify.time_zone: {error}; give \"local\", \"UTC\" or a name such as \"Europe/Berlin\""
                )
            }),
        }
    }

    /// The minute of the day, counted from midnight.
    pub fn minute(&self, at: At) -> u16 {
        let Ok(stamp) = Timestamp::from_millisecond(at.0) else {
            return 0;
        };
        let local = stamp.to_zoned(self.0.clone());
        let minute = i16::from(local.hour()) * 60 + i16::from(local.minute());
        u16::try_from(minute).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 12:00 on the first of January and of July 2026, in UTC.
    const WINTER: At = At(1_767_268_800_000);
    const SUMMER: At = At(1_782_907_200_000);

    #[test]
    fn the_minute_follows_the_zone_and_its_summer_time() {
        assert_eq!(Zone::utc().minute(WINTER), 12 * 60);
        let fixed = Zone(TimeZone::fixed(jiff::tz::offset(-5)));
        assert_eq!(fixed.minute(WINTER), 7 * 60);
        let berlin = Zone(TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap());
        assert_eq!(berlin.minute(WINTER), 13 * 60);
        assert_eq!(berlin.minute(SUMMER), 14 * 60);
        assert_eq!(berlin.minute(At(i64::MAX)), 0);
    }

    #[test]
    fn an_unknown_zone_is_said() {
        assert!(Zone::named("UTC").is_ok());
        let said = Zone::named("Middle/Earth").unwrap_err();
        assert!(
            said.contains("Middle/Earth") && said.contains("Europe/Berlin"),
            "{said}"
        );
    }
}
