//! What rdkafka tells of groups: by ListGroups and DescribeGroups, in one call for both.

use contract::{item, Failing, Refusal, Request};
use rdkafka::groups::{GroupInfo, GroupMemberInfo};
use serde_json::{json, Map, Value};

use crate::admin::Admin;
use crate::connection::{refusal, TIMEOUT};

pub fn list(admin: &Admin, request: &Request) -> Failing<Value> {
    if request.get("states").is_some() || request.get("types").is_some() {
        return Err(Refusal::unsupported("groups by state or type"));
    }
    let found = admin
        .inner()
        .fetch_group_list(None, TIMEOUT)
        .map_err(refusal)?;
    let mut groups: Vec<&GroupInfo> = found.groups().iter().collect();
    groups.sort_by_key(|group| group.name());
    let row = |group: &GroupInfo| json!({"group": group.name(), "protocol_type": group.protocol_type(), "state": group.state()});
    Ok(json!({"groups": groups.into_iter().map(row).collect::<Vec<_>>()}))
}

pub fn describe(admin: &Admin, request: &Request) -> Failing<Value> {
    let describe_one = |name: &str| -> Failing<Value> {
        let found = admin
            .inner()
            .fetch_group_list(Some(name), TIMEOUT)
            .map_err(refusal)?;
        let group = found
            .groups()
            .first()
            .ok_or_else(|| Refusal::new("GROUP_ID_NOT_FOUND", name))?;
        Ok(json!({
            "state": group.state(),
            "protocol": group.protocol(),
            "protocol_type": group.protocol_type(),
            "members": group.members().iter().map(member).collect::<Vec<_>>(),
        }))
    };
    let names = request.texts("groups")?;
    let results: Map<String, Value> = names
        .into_iter()
        .map(|name| (name.clone(), item(describe_one(&name))))
        .collect();
    Ok(json!({"results": results}))
}

fn member(member: &GroupMemberInfo) -> Value {
    let partitions = member.assignment().and_then(assigned).unwrap_or_default();
    json!({
        "member_id": member.id(),
        "client_id": member.client_id(),
        "host": member.client_host(),
        "partitions": partitions,
    })
}

/// The partitions of an assignment of the consumer protocol: a version, then topics, each with its partitions.
fn assigned(bytes: &[u8]) -> Option<Vec<(String, i32)>> {
    let mut rest = bytes.get(2..)?;
    let mut places = Vec::new();
    for _ in 0..number(&mut rest)? {
        let length = usize::from(u16::from_be_bytes(taken(&mut rest, 2)?.try_into().ok()?));
        let topic = String::from_utf8(taken(&mut rest, length)?.to_vec()).ok()?;
        for _ in 0..number(&mut rest)? {
            places.push((topic.clone(), number(&mut rest)?));
        }
    }
    places.sort();
    Some(places)
}

fn taken<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (first, others) = rest.split_at_checked(length)?;
    *rest = others;
    Some(first)
}

fn number(rest: &mut &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(taken(rest, 4)?.try_into().ok()?))
}
