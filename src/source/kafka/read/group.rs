//! The groups that a broker coordinates: listing, members, commits, in one observation.

use super::same;
use crate::model::failure::Failure;
use crate::model::group::{Description, GroupKind};
use crate::model::observation::{Ask, Commits, Fact, GroupView, Observation, SharePlace};
use crate::model::text::Name;
use crate::source::kafka::convert;
use crate::source::kafka::failure::failure;
use crate::source::kafka::session::Session;
use crate::wire::request::{self, GroupOffsets};
use crate::wire::{Api, WireError, answer};
use std::collections::BTreeMap;

/// Most groups in one request, so that one answer stays small against the rate cap.
const GROUPS_AT_ONCE: usize = 500;

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
    let asked = session.clock.now();
    let listing = match session.ask(&request::list_groups()).await {
        Ok((_, listing)) => listing,
        Err(error) => return session.observe(Ask::Groups, asked, Err(error)),
    };
    let listed = listing.groups.iter().map(view).collect::<Vec<_>>();
    let described = if describe {
        members(session, &listed).await?
    } else {
        Described::new()
    };
    let with_commits = names(&listed, |kind| *kind != GroupKind::Share);
    let committed = commits(session, &with_commits).await?;
    let with_starts = names(&listed, |kind| *kind == GroupKind::Share);
    let shared = share_places(session, &with_starts).await?;
    let views = join(listed, described, committed, shared);
    Ok(session.observation(asked, Fact::Groups(views)))
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

async fn members(session: &mut Session, listed: &[GroupView]) -> Result<Described, WireError> {
    let mut described = Described::new();
    // A type that is not known may be of any protocol; DescribeGroups then says that it is not classic.
    let classic = names(listed, |kind| {
        matches!(
            kind,
            GroupKind::Classic | GroupKind::Connect | GroupKind::Other(_)
        )
    });
    for some in classic.chunks(GROUPS_AT_ONCE) {
        match session.ask(&request::describe_groups(&raw(some))).await {
            Ok((_, answer)) => described.extend(answer.groups.iter().map(|group| {
                let (state, members) = convert::with_classic(group);
                (
                    Name::from(group.id.as_str()),
                    members.map(|members| (state, members)),
                )
            })),
            Err(error) => described.extend(same(some, &told(error)?)),
        }
    }
    let consumer = names(listed, |kind| *kind == GroupKind::Consumer);
    for some in consumer.chunks(GROUPS_AT_ONCE) {
        match session.ask(&request::consumer_group_describe(&raw(some))).await {
            Ok((_, answer)) => described.extend(answer.groups.iter().map(|group| {
                let (state, members) = convert::with_consumer(group);
                (
                    Name::from(group.id.as_str()),
                    members.map(|members| (state, members)),
                )
            })),
            Err(error) => described.extend(same(some, &told(error)?)),
        }
    }
    if session.speaks(Api::ShareGroupDescribe) {
        described.extend(share_members(session, listed).await?);
    }
    Ok(described)
}

async fn share_members(session: &mut Session, listed: &[GroupView]) -> Result<Described, WireError> {
    let mut described = Described::new();
    let share = names(listed, |kind| *kind == GroupKind::Share);
    for some in share.chunks(GROUPS_AT_ONCE) {
        match session.ask(&request::share_group_describe(&raw(some))).await {
            Ok((_, answer)) => described.extend(answer.groups.iter().map(|group| {
                let (state, members) = convert::with_share(group);
                (
                    Name::from(group.id.as_str()),
                    members.map(|members| (state, members)),
                )
            })),
            Err(error) => described.extend(same(some, &told(error)?)),
        }
    }
    Ok(described)
}

async fn commits(session: &mut Session, groups: &[Name]) -> Result<Committed, WireError> {
    let mut committed = Committed::new();
    for some in groups.chunks(GROUPS_AT_ONCE) {
        let wanted = some.iter().map(|group| GroupOffsets::all(group.raw())).collect();
        match session.ask(&request::offset_fetch(wanted)).await {
            Ok((_, answer)) => {
                let groups = answer.groups.iter();
                committed
                    .extend(groups.map(|group| (Name::from(group.group.as_str()), convert::commits(group))));
            }
            Err(error) => committed.extend(same(some, &told(error)?)),
        }
    }
    Ok(committed)
}

/// Where share groups are; nothing where the broker does not tell (before 4.1).
async fn share_places(session: &mut Session, groups: &[Name]) -> Result<Shared, WireError> {
    let mut starts = Shared::new();
    if !session.speaks(Api::DescribeShareGroupOffsets) {
        return Ok(starts);
    }
    for some in groups.chunks(GROUPS_AT_ONCE) {
        match session
            .ask(&request::describe_share_group_offsets(&raw(some)))
            .await
        {
            Ok((_, answer)) => {
                let groups = answer.groups.iter();
                starts.extend(
                    groups.map(|group| (Name::from(group.group.as_str()), convert::share_places(group))),
                );
            }
            Err(error) => starts.extend(same(some, &told(error)?)),
        }
    }
    Ok(starts)
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
