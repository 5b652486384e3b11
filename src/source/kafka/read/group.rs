//! The groups that a broker coordinates: listing, members, commits, in one observation.

use super::same;
use crate::model::failure::Failure;
use crate::model::group::{Description, GroupKind};
use crate::model::observation::{Ask, Commits, Fact, GroupView, Observation, SharePlace};
use crate::model::text::Name;
use crate::model::time::At;
use crate::source::kafka::convert;
use crate::source::kafka::failure::failure;
use crate::source::kafka::session::{Sent, Session};
use crate::wire::request::{
    self, ConsumerGroupDescribeRequest, DescribeGroupsRequest, DescribeShareGroupOffsetsRequest,
    GroupOffsets, ListGroupsRequest, OffsetFetchRequest, ShareGroupDescribeRequest,
};
use crate::wire::{self, Api, WireError, answer};
use std::collections::{BTreeMap, VecDeque};

/// Most groups in one request, so that one answer stays small against the rate cap.
const GROUPS_AT_ONCE: usize = 500;
/// Most requests for groups that are under way at once on a connection.
const REQUESTS_AT_ONCE: usize = 8;

/// What DescribeGroups and its like told of a group: its state and its members.
type Described = BTreeMap<Name, Result<(Option<Name>, Description), Failure>>;

/// What was read of the commits of each group.
type Committed = BTreeMap<Name, Result<Commits, Failure>>;

/// Where each share group is.
type Shared = BTreeMap<Name, Result<Vec<SharePlace>, Failure>>;

/// All groups that the broker coordinates, with their commits, and with their members where `describe` says so.
///
/// Of streams groups there are commits, and no members: the codec
/// has no `StreamsGroupDescribe` (KIP-1071).
///
/// The stamp `asked` is that of the listing, the oldest part of it.
pub(in crate::source::kafka) async fn groups(
    session: &mut Session,
    describe: bool,
) -> Result<Observation, WireError> {
    let listing = Listing::begin(session).await;
    let groups = listing.follow(session, describe).await?;
    groups.finish(session).await
}

/// A read of groups that has begun: the listing is under way.
pub(in crate::source::kafka) struct Listing {
    asked: At,
    sent: Result<Sent<ListGroupsRequest>, WireError>,
}

impl Listing {
    /// Sends for the listing.
    pub(in crate::source::kafka) async fn begin(session: &mut Session) -> Self {
        let asked = session.clock.now();
        let sent = session.send(&request::list_groups()).await;
        Self { asked, sent }
    }

    /// Takes the listing, and sends for the first of what is to be known of its groups.
    pub(in crate::source::kafka) async fn follow(
        self,
        session: &mut Session,
        describe: bool,
    ) -> Result<Following, WireError> {
        let mut following = Following {
            asked: self.asked,
            listed: Ok(Vec::new()),
            parts: VecDeque::new(),
            under_way: Vec::new(),
        };
        match answered(session, self.sent).await {
            Ok(listing) => {
                let listed = listing.groups.iter().map(view).collect::<Vec<_>>();
                following.parts = parts(session, &listed, describe);
                following.listed = Ok(listed);
                following.send(session).await;
            }
            Err(error) => following.listed = Err(told(error)?),
        }
        Ok(following)
    }
}

/// A read of groups of which the listing is there, and more is under way.
pub(in crate::source::kafka) struct Following {
    asked: At,
    listed: Result<Vec<GroupView>, Failure>,
    parts: VecDeque<Part>,
    under_way: Vec<UnderWay>,
}

/// Some groups of which the same is asked.
enum Part {
    Classic(Vec<Name>),
    Consumer(Vec<Name>),
    Share(Vec<Name>),
    Commits(Vec<Name>),
    ShareStarts(Vec<Name>),
}

/// The request for them, or why it could not be sent.
enum UnderWay {
    Classic(Vec<Name>, Result<Sent<DescribeGroupsRequest>, WireError>),
    Consumer(Vec<Name>, Result<Sent<ConsumerGroupDescribeRequest>, WireError>),
    Share(Vec<Name>, Result<Sent<ShareGroupDescribeRequest>, WireError>),
    Commits(Vec<Name>, Result<Sent<OffsetFetchRequest>, WireError>),
    ShareStarts(
        Vec<Name>,
        Result<Sent<DescribeShareGroupOffsetsRequest>, WireError>,
    ),
}

impl Following {
    /// Sends the next requests.
    async fn send(&mut self, session: &mut Session) {
        for _ in 0..REQUESTS_AT_ONCE {
            let Some(part) = self.parts.pop_front() else {
                return;
            };
            self.under_way.push(match part {
                Part::Classic(some) => {
                    let sent = session.send(&request::describe_groups(&raw(&some))).await;
                    UnderWay::Classic(some, sent)
                }
                Part::Consumer(some) => {
                    let sent = session.send(&request::consumer_group_describe(&raw(&some))).await;
                    UnderWay::Consumer(some, sent)
                }
                Part::Share(some) => {
                    let sent = session.send(&request::share_group_describe(&raw(&some))).await;
                    UnderWay::Share(some, sent)
                }
                Part::ShareStarts(some) => {
                    let request = request::describe_share_group_offsets(&raw(&some));
                    let sent = session.send(&request).await;
                    UnderWay::ShareStarts(some, sent)
                }
                Part::Commits(some) => {
                    let wanted = some.iter().map(|group| GroupOffsets::all(group.raw())).collect();
                    let sent = session.send(&request::offset_fetch(wanted)).await;
                    UnderWay::Commits(some, sent)
                }
            });
        }
    }

    /// Takes the answers, and asks on until all is known.
    pub(in crate::source::kafka) async fn finish(
        mut self,
        session: &mut Session,
    ) -> Result<Observation, WireError> {
        let mut described = Described::new();
        let mut committed = Committed::new();
        let mut shared = Shared::new();
        while !self.under_way.is_empty() {
            for request in std::mem::take(&mut self.under_way) {
                match request {
                    UnderWay::Classic(some, sent) => match answered(session, sent).await {
                        Ok(answer) => described.extend(answer.groups.iter().map(classic)),
                        Err(error) => described.extend(same(&some, &told(error)?)),
                    },
                    UnderWay::Consumer(some, sent) => match answered(session, sent).await {
                        Ok(answer) => described.extend(answer.groups.iter().map(consumer)),
                        Err(error) => described.extend(same(&some, &told(error)?)),
                    },
                    UnderWay::Share(some, sent) => match answered(session, sent).await {
                        Ok(answer) => described.extend(answer.groups.iter().map(share)),
                        Err(error) => described.extend(same(&some, &told(error)?)),
                    },
                    UnderWay::ShareStarts(some, sent) => {
                        match answered(session, sent).await {
                            Ok(answer) => shared.extend(answer.groups.iter().map(|group| {
                                (Name::from(group.group.as_str()), convert::share_places(group))
                            })),
                            Err(error) => shared.extend(same(&some, &told(error)?)),
                        }
                    }
                    UnderWay::Commits(some, sent) => match answered(session, sent).await {
                        Ok(answer) => committed.extend(
                            answer
                                .groups
                                .iter()
                                .map(|group| (Name::from(group.group.as_str()), convert::commits(group))),
                        ),
                        Err(error) => committed.extend(same(&some, &told(error)?)),
                    },
                }
            }
            self.send(session).await;
        }
        let fact = match self.listed {
            Ok(listed) => Fact::Groups(join(listed, described, committed, shared)),
            Err(failure) => Fact::Failed(Ask::Groups, failure),
        };
        Ok(session.observation(self.asked, fact))
    }
}

async fn answered<R: wire::Ask>(
    session: &mut Session,
    sent: Result<Sent<R>, WireError>,
) -> Result<R::Answer, WireError> {
    session.answer(sent?).await
}

/// What is to be asked of the listed groups, in requests of a bounded size.
fn parts(session: &Session, listed: &[GroupView], describe: bool) -> VecDeque<Part> {
    // A type that is not known may be of any protocol; DescribeGroups then says that it is not classic.
    let classic = names(listed, |kind| {
        matches!(
            kind,
            GroupKind::Classic | GroupKind::Connect | GroupKind::Other(_)
        )
    });
    let consumer = names(listed, |kind| *kind == GroupKind::Consumer);
    let with_commits = names(listed, |kind| *kind != GroupKind::Share);
    let shared = names(listed, |kind| *kind == GroupKind::Share);
    let mut parts = VecDeque::new();
    if describe {
        parts.extend(
            classic
                .chunks(GROUPS_AT_ONCE)
                .map(|some| Part::Classic(some.to_vec())),
        );
        parts.extend(
            consumer
                .chunks(GROUPS_AT_ONCE)
                .map(|some| Part::Consumer(some.to_vec())),
        );
        if session.speaks(Api::ShareGroupDescribe) {
            parts.extend(
                shared
                    .chunks(GROUPS_AT_ONCE)
                    .map(|some| Part::Share(some.to_vec())),
            );
        }
    }
    parts.extend(
        with_commits
            .chunks(GROUPS_AT_ONCE)
            .map(|some| Part::Commits(some.to_vec())),
    );
    // Brokers before 4.1 do not tell them.
    if session.speaks(Api::DescribeShareGroupOffsets) {
        parts.extend(
            shared
                .chunks(GROUPS_AT_ONCE)
                .map(|some| Part::ShareStarts(some.to_vec())),
        );
    }
    parts
}

fn classic(group: &answer::ClassicGroup) -> (Name, Result<(Option<Name>, Description), Failure>) {
    let (state, members) = convert::with_classic(group);
    (
        Name::from(group.id.as_str()),
        members.map(|members| (state, members)),
    )
}

fn share(group: &answer::ShareGroup) -> (Name, Result<(Option<Name>, Description), Failure>) {
    let (state, members) = convert::with_share(group);
    (
        Name::from(group.id.as_str()),
        members.map(|members| (state, members)),
    )
}

fn consumer(group: &answer::ConsumerGroup) -> (Name, Result<(Option<Name>, Description), Failure>) {
    let (state, members) = convert::with_consumer(group);
    (
        Name::from(group.id.as_str()),
        members.map(|members| (state, members)),
    )
}

fn view(group: &answer::ListedGroup) -> GroupView {
    GroupView {
        name: Name::from(group.id.as_str()),
        kind: convert::kind(group),
        state: convert::state(group),
        description: None,
        commits: None,
        share: None,
    }
}

fn names(listed: &[GroupView], wanted: impl Fn(&GroupKind) -> bool) -> Vec<Name> {
    let groups = listed.iter().filter(|group| wanted(&group.kind));
    groups.map(|group| group.name.clone()).collect()
}

fn raw(names: &[Name]) -> Vec<String> {
    names.iter().map(|name| name.raw().to_owned()).collect()
}

/// The failure of a request whose connection lives on; any other error is passed on.
fn told(error: WireError) -> Result<Failure, WireError> {
    if error.leaves_connection() {
        Ok(failure(&error))
    } else {
        Err(error)
    }
}

fn join(
    listed: Vec<GroupView>,
    mut described: Described,
    mut committed: Committed,
    mut shared: Shared,
) -> Vec<GroupView> {
    let joined = listed.into_iter().map(|mut group| {
        match described.remove(&group.name) {
            Some(Ok((state, description))) => {
                group.state = state.or(group.state);
                group.description = Some(Ok(description));
            }
            Some(Err(failure)) => group.description = Some(Err(failure)),
            None => {}
        }
        group.commits = committed.remove(&group.name);
        group.share = shared.remove(&group.name);
        group
    });
    joined.collect()
}
