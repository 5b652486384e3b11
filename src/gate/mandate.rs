//! What may be done here at all.

/// What may be done to the cluster at hand, by whoever runs kaftop.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mandate {
    /// What the cluster is called: the name in the config file, or else a word for it.
    pub cluster: String,
    /// Where read-only mode was asked for (`flag --read-only`); none where it was not.
    pub read_only: Option<String>,
    /// Whether the cluster is marked as one that people depend on.
    pub production: bool,
    /// Whether acts are allowed there all the same (`--allow-acts`).
    pub allowed: bool,
}

impl Mandate {
    /// Why nothing may be done here, and what to do; none where acts are allowed.
    pub fn refusal(&self) -> Option<String> {
        if let Some(origin) = &self.read_only {
            return Some(format!(
                "this kaftop is read-only ({origin}); take that away to act."
            ));
        }
        (self.production && !self.allowed).then(|| {
            format!(
                "the cluster \"{}\" is marked as production; start kaftop with --allow-acts to act on it.",
                self.cluster
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn read_only_refuses_whatever_is_allowed_and_production_until_it_is() {
        let mandate = |read_only: bool, production, allowed| Mandate {
            cluster: "main".to_owned(),
            read_only: read_only.then(|| "flag --read-only".to_owned()),
            production,
            allowed,
        };
        let table = [
            (mandate(false, false, false), None),
            (mandate(false, true, true), None),
            (mandate(false, true, false), Some("--allow-acts")),
            (mandate(true, false, false), Some("flag --read-only")),
            (mandate(true, true, true), Some("flag --read-only")),
        ];
        for (mandate, refused) in table {
            let said = mandate.refusal();
            match refused {
                None => assert_eq!(said, None, "{mandate:?}"),
                Some(part) => assert!(said.clone().unwrap_or_default().contains(part), "{said:?}"),
            }
        }
    }
}
