//! A small client on kafka-protocol's messages, in a session of the contract: Metadata, CreateTopics, Produce, Fetch and
//! ListOffsets.

mod cluster;
mod sending;
mod wire;

use std::collections::BTreeMap;

use contract::{item, serve, Driver, Failing, Place, Reader, Refusal, Request, Started};
use kafka_protocol::messages::create_topics_request::{
    CreatableReplicaAssignment, CreatableTopic, CreatableTopicConfig,
};
use kafka_protocol::messages::metadata_response::{
    MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, CreateTopicsRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;
use serde_json::{json, Map, Value};

use crate::cluster::{topic_name, Cluster};
use crate::sending::Sender;
use crate::wire::checked;

const TIMEOUT_MS: i32 = 10_000;

struct Session {
    cluster: Cluster,
    senders: BTreeMap<String, Sender>,
    readers: BTreeMap<String, Reader>,
}

impl Session {
    fn reader(&mut self, request: &Request) -> Failing<(&mut Cluster, &mut Reader)> {
        let (name, settings) = request.handle("consumer");
        if !self.readers.contains_key(&name) {
            self.readers.insert(name.clone(), Reader::open(&settings)?);
        }
        Ok((
            &mut self.cluster,
            self.readers.get_mut(&name).expect("it is open"),
        ))
    }

    fn send(&mut self, request: &Request) -> Failing<Value> {
        let (name, settings) = request.handle("producer");
        if !self.senders.contains_key(&name) {
            self.senders.insert(name.clone(), Sender::open(&settings)?);
        }
        self.senders
            .get_mut(&name)
            .expect("it is open")
            .send(&mut self.cluster, request)
    }

    fn close(&mut self, request: &Request) -> Failing<Value> {
        let name = request.text("handle")?;
        let closed = self.senders.remove(name).is_some() || self.readers.remove(name).is_some();
        closed
            .then_some(Value::Null)
            .ok_or_else(|| Refusal::invalid(format!("no handle {name} is open")))
    }

    fn offsets(&mut self, request: &Request) -> Failing<Value> {
        let at = request.get("at").ok_or_else(|| Refusal::invalid("no at"))?;
        let time = match (at.as_str(), at.as_i64()) {
            (Some("earliest"), _) => -2,
            (Some("latest"), _) => -1,
            (Some("max-timestamp"), _) => -3,
            (_, Some(time)) => time,
            _ => return Err(Refusal::unsupported(format!("offsets at {at}"))),
        };
        let isolation = i8::from(
            request
                .get("isolation")
                .is_some_and(|level| level == "read_committed"),
        );
        let mut rows = Vec::new();
        for place in request.places("partitions")? {
            rows.push(match self.cluster.list_offsets(&place, time, isolation) {
                Ok((offset, _)) if offset < 0 => json!([place.0, place.1, null]),
                Ok((offset, timestamp)) => json!([place.0, place.1, offset, timestamp]),
                Err(refusal) => json!([place.0, place.1, refusal.to_value()]),
            });
        }
        Ok(json!({"offsets": rows}))
    }

    fn create_topics(&mut self, request: &Request) -> Failing<Value> {
        let topics = request
            .list("topics")?
            .iter()
            .map(creatable)
            .collect::<Failing<Vec<_>>>()?;
        let asked = CreateTopicsRequest::default()
            .with_topics(topics)
            .with_timeout_ms(TIMEOUT_MS)
            .with_validate_only(request.flag("validate_only"));
        let answer = self.cluster.ask(&asked)?;
        let results: Map<String, Value> = answer
            .topics
            .iter()
            .map(|topic| {
                (
                    topic.name.as_str().to_string(),
                    item(checked(topic.error_code).map(|()| Value::Null)),
                )
            })
            .collect();
        Ok(json!({"results": results}))
    }

    fn list_topics(&mut self, request: &Request) -> Failing<Value> {
        let found = self.cluster.metadata(None)?;
        let shown = found
            .topics
            .iter()
            .filter(|topic| request.flag("internal") || !topic.is_internal);
        let mut names: Vec<&str> = shown
            .filter_map(|topic| topic.name.as_ref().map(|name| name.as_str()))
            .collect();
        names.sort_unstable();
        Ok(json!({"topics": names}))
    }

    fn describe_topics(&mut self, request: &Request) -> Failing<Value> {
        let found = self.cluster.metadata(Some(&request.texts("topics")?))?;
        let described = |topic: &MetadataResponseTopic| {
            let about = || json!({"id": topic.topic_id.to_string(), "internal": topic.is_internal, "partitions": rows(topic)});
            (
                name_of(topic),
                item(checked(topic.error_code).map(|()| about())),
            )
        };
        let results: Map<String, Value> = found.topics.iter().map(described).collect();
        Ok(json!({"results": results}))
    }

    fn metadata(&mut self, request: &Request) -> Failing<Value> {
        let names = request
            .get("topics")
            .map(|_| request.texts("topics"))
            .transpose()?;
        let found = self.cluster.metadata(names.as_deref())?;
        let described = |topic: &MetadataResponseTopic| {
            let mut about = json!({"partitions": rows(topic)});
            if let Err(refusal) = checked(topic.error_code) {
                about["error"] = json!(refusal.name);
            }
            (name_of(topic), about)
        };
        let topics: Map<String, Value> = found.topics.iter().map(described).collect();
        Ok(
            json!({"brokers": brokers(&found), "controller": found.controller_id.0, "topics": topics}),
        )
    }

    fn describe_cluster(&mut self) -> Failing<Value> {
        let found = self.cluster.metadata(Some(&[]))?;
        let cluster = found.cluster_id.as_ref().map(|id| id.as_str());
        Ok(
            json!({"cluster": cluster, "controller": found.controller_id.0, "brokers": brokers(&found)}),
        )
    }
}

fn name_of(topic: &MetadataResponseTopic) -> String {
    topic
        .name
        .as_ref()
        .map_or_else(String::new, |name| name.as_str().to_string())
}

fn sorted(ids: &[BrokerId]) -> Vec<i32> {
    let mut ids: Vec<i32> = ids.iter().map(|id| id.0).collect();
    ids.sort_unstable();
    ids
}

/// Partitions as the contract lists them.
fn rows(topic: &MetadataResponseTopic) -> Vec<Value> {
    let mut partitions: Vec<&MetadataResponsePartition> = topic.partitions.iter().collect();
    partitions.sort_by_key(|each| each.partition_index);
    let row = |each: &MetadataResponsePartition| {
        json!([
            each.partition_index,
            each.leader_id.0,
            sorted(&each.replica_nodes),
            sorted(&each.isr_nodes)
        ])
    };
    partitions.into_iter().map(row).collect()
}

fn brokers(found: &MetadataResponse) -> Vec<Value> {
    let mut brokers: Vec<_> = found.brokers.iter().collect();
    brokers.sort_by_key(|broker| broker.node_id.0);
    let row = |each: &kafka_protocol::messages::metadata_response::MetadataResponseBroker| {
        json!([
            each.node_id.0,
            each.host.as_str(),
            each.port,
            each.rack.as_ref().map(|rack| rack.as_str())
        ])
    };
    brokers.into_iter().map(row).collect()
}

fn creatable(wanted: &Value) -> Failing<CreatableTopic> {
    let name = wanted["name"]
        .as_str()
        .ok_or_else(|| Refusal::invalid("a topic without name"))?;
    let number = |key: &str| {
        wanted[key]
            .as_i64()
            .and_then(|each| i32::try_from(each).ok())
            .unwrap_or(-1)
    };
    let text = |value: &str| StrBytes::from_string(value.to_string());
    let config = |(key, value): (&String, &Value)| {
        CreatableTopicConfig::default()
            .with_name(text(key))
            .with_value(value.as_str().map(text))
    };
    let assignment = |(index, brokers): (usize, &Value)| {
        let ids = brokers
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_i64);
        CreatableReplicaAssignment::default()
            .with_partition_index(index as i32)
            .with_broker_ids(ids.map(|id| BrokerId(id as i32)).collect())
    };
    Ok(CreatableTopic::default()
        .with_name(topic_name(name))
        .with_num_partitions(number("partitions"))
        .with_replication_factor(number("replicas") as i16)
        .with_assignments(
            wanted["assignments"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
                .map(assignment)
                .collect(),
        )
        .with_configs(
            wanted["configs"]
                .as_object()
                .into_iter()
                .flatten()
                .map(config)
                .collect(),
        ))
}

impl Driver for Session {
    fn verb(&mut self, verb: &str, request: &Request) -> Failing<Value> {
        match verb {
            "hello" => Ok(json!({"client": "kafka-protocol", "version": "0.18.0"})),
            "reset" => {
                self.senders.clear();
                self.readers.clear();
                self.cluster.forget();
                Ok(Value::Null)
            }
            "close" => self.close(request),
            "send" => self.send(request),
            "assign" => {
                let places: Vec<Place> = request.places("partitions")?;
                let (cluster, reader) = self.reader(request)?;
                reader.assign(cluster, places)
            }
            "poll" => {
                let timeout_ms = request
                    .number("timeout_ms")
                    .and_then(|each| u64::try_from(each).ok())
                    .unwrap_or(0);
                let count = request
                    .number("count")
                    .and_then(|each| usize::try_from(each).ok());
                let (cluster, reader) = self.reader(request)?;
                reader.poll(cluster, timeout_ms, count)
            }
            "assignment" => Ok(json!({"partitions": self.reader(request)?.1.assignment()})),
            "seek" => self.reader(request)?.1.seek(request.offsets("offsets")?),
            "position" => self
                .reader(request)?
                .1
                .position(&request.places("partitions")?),
            "offsets" => self.offsets(request),
            "metadata" => self.metadata(request),
            _ => Err(Refusal::unsupported(verb)),
        }
    }

    fn admin(&mut self, call: &str, request: &Request) -> Failing<Value> {
        match call {
            "create-topics" => self.create_topics(request),
            "list-topics" => self.list_topics(request),
            "describe-topics" => self.describe_topics(request),
            "describe-cluster" => self.describe_cluster(),
            "list-offsets" => self.offsets(request),
            _ => Err(Refusal::unsupported(call)),
        }
    }
}

fn main() {
    let cluster = Cluster::new(Started::read());
    serve(Session {
        cluster,
        senders: BTreeMap::new(),
        readers: BTreeMap::new(),
    });
}
