//! The calls of rdkafka's administrator, and what its clients tell of groups, offsets and the cluster.

use contract::{item, Failing, Place, Refusal, Request};
use futures_executor::block_on;
use rdkafka::admin::{
    AdminClient, AdminOptions, AlterConfig, ConfigSource, NewPartitions, NewTopic,
    ResourceSpecifier, TopicReplication,
};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::metadata::{Metadata, MetadataTopic};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{json, Map, Value};

use crate::connection::{of_code, refusal, Context, TIMEOUT};
use crate::consumer::list;
use crate::groups;

pub type Admin = AdminClient<Context>;

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(TIMEOUT))
        .operation_timeout(Some(TIMEOUT))
}

pub fn call(admin: &Admin, call: &str, request: &Request) -> Failing<Value> {
    match call {
        "create-topics" => create_topics(admin, request),
        "delete-topics" => {
            let names = request.texts("topics")?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            results(block_on(admin.delete_topics(&names, &options())))
        }
        "list-topics" => list_topics(admin, request),
        "describe-topics" => describe_topics(admin, request),
        "create-partitions" => create_partitions(admin, request),
        "delete-records" => delete_records(admin, request),
        "describe-configs" => describe_configs(admin, request),
        "replace-configs" => replace_configs(admin, request),
        "list-groups" => groups::list(admin, request),
        "describe-groups" => groups::describe(admin, request),
        "delete-groups" => {
            let names = request.texts("groups")?;
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            results(block_on(admin.delete_groups(&names, &options())))
        }
        "list-offsets" => Err(Refusal::unsupported("the administrator lists no offsets")),
        "describe-cluster" => describe_cluster(admin),
        _ => Err(Refusal::unsupported(call)),
    }
}

type Named = Result<String, (String, RDKafkaErrorCode)>;

/// Null or an error for each name.
fn results(answered: KafkaResult<Vec<Named>>) -> Failing<Value> {
    let each = |result: Named| match result {
        Ok(name) => (name, Value::Null),
        Err((name, code)) => (name, of_code(code, &code).to_value()),
    };
    let results: Map<String, Value> = answered.map_err(refusal)?.into_iter().map(each).collect();
    Ok(json!({"results": results}))
}

fn numbers(value: &Value) -> Vec<i32> {
    let numbers = value.as_array().map(Vec::as_slice).unwrap_or_default();
    numbers
        .iter()
        .filter_map(|each| i32::try_from(each.as_i64()?).ok())
        .collect()
}

fn create_topics(admin: &Admin, request: &Request) -> Failing<Value> {
    let options = options().validate_only(request.flag("validate_only"));
    let mut done = Map::new();
    for wanted in request.list("topics")? {
        let name = wanted["name"]
            .as_str()
            .ok_or_else(|| Refusal::invalid("a topic without name"))?;
        let manual: Vec<Vec<i32>> = wanted["assignments"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(numbers)
            .collect();
        let manual: Vec<&[i32]> = manual.iter().map(Vec::as_slice).collect();
        let number = |key: &str| {
            wanted[key]
                .as_i64()
                .and_then(|each| i32::try_from(each).ok())
                .unwrap_or(-1)
        };
        let mut topic = if manual.is_empty() {
            NewTopic::new(
                name,
                number("partitions"),
                TopicReplication::Fixed(number("replicas")),
            )
        } else {
            let count = i32::try_from(manual.len()).map_err(Refusal::invalid)?;
            NewTopic::new(name, count, TopicReplication::Variable(&manual))
        };
        for (key, value) in wanted["configs"].as_object().into_iter().flatten() {
            topic = topic.set(key, value.as_str().unwrap_or_default());
        }
        let answer = results(block_on(admin.create_topics(&[topic], &options)));
        let result = answer.map_or_else(
            |refused| refused.to_value(),
            |answer| answer["results"][name].clone(),
        );
        done.insert(name.to_string(), result);
    }
    Ok(json!({"results": done}))
}

fn fetch_metadata(admin: &Admin, topic: Option<&str>) -> Failing<Metadata> {
    admin
        .inner()
        .fetch_metadata(topic, TIMEOUT)
        .map_err(refusal)
}

fn list_topics(admin: &Admin, request: &Request) -> Failing<Value> {
    let found = fetch_metadata(admin, None)?;
    let shown = |name: &&str| request.flag("internal") || !name.starts_with("__");
    let mut names: Vec<&str> = found
        .topics()
        .iter()
        .map(MetadataTopic::name)
        .filter(shown)
        .collect();
    names.sort_unstable();
    Ok(json!({"topics": names}))
}

fn error_of(error: RDKafkaRespErr) -> Refusal {
    let code = RDKafkaErrorCode::from(error);
    of_code(code, &code)
}

/// Partitions as the contract lists them.
fn partitions_of(topic: &MetadataTopic) -> Failing<Vec<Value>> {
    if let Some(error) = topic.error() {
        return Err(error_of(error));
    }
    let sorted = |ids: &[i32]| {
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids
    };
    let mut partitions: Vec<_> = topic.partitions().iter().collect();
    partitions.sort_by_key(|each| each.id());
    let row = |each: &rdkafka::metadata::MetadataPartition| {
        json!([
            each.id(),
            each.leader(),
            sorted(each.replicas()),
            sorted(each.isr())
        ])
    };
    Ok(partitions.into_iter().map(row).collect())
}

fn topic_partitions(admin: &Admin, name: &str) -> Failing<Vec<Value>> {
    let found = fetch_metadata(admin, Some(name))?;
    partitions_of(
        found
            .topics()
            .first()
            .ok_or_else(|| Refusal::other("no topic was described"))?,
    )
}

fn describe_topics(admin: &Admin, request: &Request) -> Failing<Value> {
    let describe = |name: String| {
        let described =
            topic_partitions(admin, &name).map(|partitions| json!({"partitions": partitions}));
        (name, item(described))
    };
    let results: Map<String, Value> = request.texts("topics")?.into_iter().map(describe).collect();
    Ok(json!({"results": results}))
}

fn create_partitions(admin: &Admin, request: &Request) -> Failing<Value> {
    if request.get("assignments").is_some() {
        return Err(Refusal::unsupported("assignments of new partitions"));
    }
    let mut done = Map::new();
    for (name, total) in request.object("topics")? {
        let total = total
            .as_u64()
            .and_then(|each| usize::try_from(each).ok())
            .unwrap_or_default();
        let wanted = [NewPartitions::new(name, total)];
        let answer = results(block_on(admin.create_partitions(&wanted, &options())));
        done.insert(
            name.clone(),
            answer.map_or_else(
                |refused| refused.to_value(),
                |found| found["results"][name].clone(),
            ),
        );
    }
    Ok(json!({"results": done}))
}

fn delete_records(admin: &Admin, request: &Request) -> Failing<Value> {
    let delete = |(place, offset): &(Place, i64)| -> Failing<Value> {
        let wanted: TopicPartitionList = list([(place, Offset::Offset(*offset))].into_iter())?;
        let done = block_on(admin.delete_records(&wanted, &options())).map_err(refusal)?;
        let elements = done.elements();
        elements[0].error().map_err(refusal)?;
        Ok(json!(elements[0].offset().to_raw()))
    };
    let offsets = request.offsets("offsets")?;
    let rows = offsets
        .iter()
        .map(|wanted| json!([wanted.0 .0, wanted.0 .1, item(delete(wanted))]));
    Ok(json!({"partitions": rows.collect::<Vec<_>>()}))
}

fn specifier<'a>(kind: &str, name: &'a str) -> Failing<ResourceSpecifier<'a>> {
    Ok(match kind {
        "topic" => ResourceSpecifier::Topic(name),
        "group" => ResourceSpecifier::Group(name),
        "broker" => ResourceSpecifier::Broker(name.parse().map_err(Refusal::invalid)?),
        _ => return Err(Refusal::unsupported(format!("configs of {kind}"))),
    })
}

fn source_of(source: &ConfigSource) -> &'static str {
    match source {
        ConfigSource::Unknown => "UNKNOWN",
        ConfigSource::DynamicTopic => "DYNAMIC_TOPIC_CONFIG",
        ConfigSource::DynamicBroker => "DYNAMIC_BROKER_CONFIG",
        ConfigSource::DynamicDefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        ConfigSource::StaticBroker => "STATIC_BROKER_CONFIG",
        ConfigSource::Default => "DEFAULT_CONFIG",
    }
}

fn describe_configs(admin: &Admin, request: &Request) -> Failing<Value> {
    if request.get("names").is_some() {
        return Err(Refusal::unsupported("configs by name"));
    }
    let describe = |resource: &Value| -> Failing<Value> {
        let wanted = specifier(
            resource[0].as_str().unwrap_or_default(),
            resource[1].as_str().unwrap_or_default(),
        )?;
        let mut answers =
            block_on(admin.describe_configs(&[wanted], &options())).map_err(refusal)?;
        let found = answers.remove(0).map_err(|code| of_code(code, &code))?;
        let entries = found.entries.iter().map(|entry| {
            let described = json!({
                "value": entry.value,
                "source": source_of(&entry.source),
                "read_only": entry.is_read_only,
                "sensitive": entry.is_sensitive,
                "default": entry.is_default,
            });
            (entry.name.clone(), described)
        });
        Ok(Value::Object(entries.collect()))
    };
    let configs: Vec<Value> = request
        .list("resources")?
        .iter()
        .map(|each| item(describe(each)))
        .collect();
    Ok(json!({"configs": configs}))
}

fn replace_configs(admin: &Admin, request: &Request) -> Failing<Value> {
    let resource = request.list("resource")?;
    let name = resource[1].as_str().unwrap_or_default();
    let mut change = AlterConfig::new(specifier(resource[0].as_str().unwrap_or_default(), name)?);
    for (key, value) in request.object("set")? {
        change = change.set(key, value.as_str().unwrap_or_default());
    }
    let done = || -> Failing<Value> {
        let mut answers = block_on(admin.alter_configs(&[change], &options())).map_err(refusal)?;
        answers
            .remove(0)
            .map_err(|(_, code)| of_code(code, &code))?;
        Ok(Value::Null)
    };
    Ok(json!({"results": {name: item(done())}}))
}

fn brokers_of(found: &Metadata) -> Vec<Value> {
    let mut brokers: Vec<_> = found.brokers().iter().collect();
    brokers.sort_by_key(|each| each.id());
    brokers
        .into_iter()
        .map(|each| json!([each.id(), each.host(), each.port(), null]))
        .collect()
}

/// The library's binding tells the controller, its client does not.
fn controller(admin: &Admin) -> i32 {
    let timeout_ms = i32::try_from(TIMEOUT.as_millis()).expect("it is short");
    // SAFETY: the handle lives as long as the client that is borrowed here.
    unsafe { rdkafka::bindings::rd_kafka_controllerid(admin.inner().native_ptr(), timeout_ms) }
}

fn describe_cluster(admin: &Admin) -> Failing<Value> {
    let found = fetch_metadata(admin, None)?;
    let cluster = admin.inner().fetch_cluster_id(TIMEOUT);
    Ok(json!({"cluster": cluster, "controller": controller(admin), "brokers": brokers_of(&found)}))
}

pub fn metadata(admin: &Admin, request: &Request) -> Failing<Value> {
    let all = fetch_metadata(admin, None)?;
    let names = match request.get("topics") {
        Some(_) => request.texts("topics")?,
        None => all
            .topics()
            .iter()
            .map(|topic| topic.name().to_string())
            .collect(),
    };
    let describe = |name: String| {
        let described = match topic_partitions(admin, &name) {
            Ok(partitions) => json!({"partitions": partitions}),
            Err(refused) => json!({"partitions": [], "error": refused.name}),
        };
        (name, described)
    };
    let topics: Map<String, Value> = names.into_iter().map(describe).collect();
    Ok(json!({"brokers": brokers_of(&all), "controller": controller(admin), "topics": topics}))
}

/// Offsets by time, which any client of the library can ask for.
pub fn offsets(consumer: &crate::consumer::Consumer, request: &Request) -> Failing<Value> {
    use rdkafka::consumer::Consumer as _;
    let at = request.get("at").ok_or_else(|| Refusal::invalid("no at"))?;
    let find = |place: &Place| -> Failing<Value> {
        let (topic, partition) = place;
        let ends = || {
            consumer
                .plain
                .fetch_watermarks(topic, *partition, TIMEOUT)
                .map_err(refusal)
        };
        match (at.as_str(), at.as_i64()) {
            (Some("earliest"), _) => Ok(json!(ends()?.0)),
            (Some("latest"), _) => Ok(json!(ends()?.1)),
            (_, Some(time)) => {
                let asked = list([(place, Offset::Offset(time))].into_iter())?;
                let found = consumer
                    .plain
                    .offsets_for_times(asked, TIMEOUT)
                    .map_err(refusal)?;
                let elements = found.elements();
                elements[0].error().map_err(refusal)?;
                Ok(match elements[0].offset() {
                    Offset::Offset(offset) => json!(offset),
                    _ => Value::Null,
                })
            }
            _ => Err(Refusal::unsupported(format!("offsets at {at}"))),
        }
    };
    if at
        .as_str()
        .is_some_and(|name| name != "earliest" && name != "latest")
    {
        return Err(Refusal::unsupported(format!("offsets at {at}")));
    }
    let places = request.places("partitions")?;
    let rows = places
        .iter()
        .map(|place| json!([place.0, place.1, item(find(place))]));
    Ok(json!({"offsets": rows.collect::<Vec<_>>()}))
}
