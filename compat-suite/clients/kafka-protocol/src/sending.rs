//! Sending: each call, or each record of it, is one batch a partition.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use contract::{item, Failing, Place, Record, Refusal, Request};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{Compression, Record as Plain, TimestampType};
use serde_json::{json, Map, Value};

use crate::cluster::Cluster;

/// Below the server's max.message.bytes: what is more, together, is several batches.
const BATCH_BYTES: usize = 900_000;

const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// What another try may mend.
const PASSING: [&str; 4] = [
    "DISCONNECTED",
    "LEADER_NOT_AVAILABLE",
    "NOT_LEADER_OR_FOLLOWER",
    "TIMED_OUT",
];

pub struct Sender {
    compression: Compression,
    acks: i16,
    limit: Duration,
    turn: usize,
}

impl Sender {
    pub fn open(settings: &Map<String, Value>) -> Failing<Self> {
        let mut sender = Self {
            compression: Compression::None,
            acks: -1,
            limit: Duration::from_secs(15),
            turn: 0,
        };
        for (name, value) in settings {
            match (name.as_str(), value.as_str()) {
                ("acks", Some("all")) => sender.acks = -1,
                ("acks", Some("1")) => sender.acks = 1,
                ("delivery_timeout_ms", _) => {
                    let limit_ms = value.as_u64().ok_or_else(|| Refusal::invalid(name))?;
                    sender.limit = Duration::from_millis(limit_ms);
                }
                ("linger_ms", _) => {} // a call is a batch, and goes at once
                ("codec", Some("none")) => sender.compression = Compression::None,
                ("codec", Some("gzip")) => sender.compression = Compression::Gzip,
                ("codec", Some("snappy")) => sender.compression = Compression::Snappy,
                ("codec", Some("lz4")) => sender.compression = Compression::Lz4,
                ("codec", Some("zstd")) => sender.compression = Compression::Zstd,
                _ => return Err(Refusal::unsupported(format!("setting {name} {value}"))),
            }
        }
        Ok(sender)
    }

    pub fn send(&mut self, cluster: &mut Cluster, request: &Request) -> Failing<Value> {
        let records = request.records()?;
        let mut sent = vec![Value::Null; records.len()];
        let mut batches: Vec<(Place, Vec<usize>)> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let place = match self.place(cluster, record) {
                Ok(place) => place,
                Err(refusal) if refusal.name == "UNSUPPORTED" => return Err(refusal),
                Err(refusal) => {
                    sent[index] = refusal.to_value();
                    continue;
                }
            };
            let mut former = batches.iter_mut().rev();
            match former.find(|(other, _)| request.flag("together") && *other == place) {
                Some((_, indexes)) if fits(&records, indexes, record) => indexes.push(index),
                _ => batches.push((place, vec![index])),
            }
        }
        for (place, indexes) in batches {
            let numbered = indexes
                .iter()
                .enumerate()
                .map(|(at, index)| plain(&records[*index], at as i64));
            let batch = numbered.collect::<Failing<Vec<Plain>>>()?;
            let produced = self.produce(cluster, &place, &batch);
            for (at, index) in indexes.into_iter().enumerate() {
                sent[index] = item(produced.clone().map(|(base, appended_ms)| {
                    let mut placed = json!({"partition": place.1, "offset": base + at as i64});
                    if appended_ms >= 0 {
                        placed["timestamp"] = json!(appended_ms);
                    }
                    placed
                }));
            }
        }
        Ok(json!({"sent": sent}))
    }

    /// Produce a batch, and again where it is worth another try, until the time is over.
    fn produce(
        &self,
        cluster: &mut Cluster,
        place: &Place,
        batch: &[Plain],
    ) -> Failing<(i64, i64)> {
        let deadline = Instant::now() + self.limit;
        loop {
            match cluster.produce(place, batch, self.compression, self.acks) {
                Err(refusal)
                    if PASSING.contains(&refusal.name.as_str()) && Instant::now() < deadline =>
                {
                    eprintln!("{}: {}", refusal.name, refusal.message);
                    std::thread::sleep(BETWEEN_TRIES);
                }
                produced => return produced,
            }
        }
    }

    /// It has no partitioner: records without partition go to each in turn.
    fn place(&mut self, cluster: &mut Cluster, record: &Record) -> Failing<Place> {
        if let Some(partition) = record.partition {
            return Ok((record.topic.clone(), partition));
        }
        let partitions = cluster.partitions(&record.topic)?;
        if partitions > 1 && record.key.is_some() {
            return Err(Refusal::unsupported("a partition by key"));
        }
        self.turn += 1;
        Ok((
            record.topic.clone(),
            i32::try_from(self.turn % partitions).map_err(Refusal::other)?,
        ))
    }
}

/// Whether a record has room in a batch of those with these indexes.
fn fits(records: &[Record], indexes: &[usize], record: &Record) -> bool {
    let taken: usize = indexes.iter().map(|index| size(&records[*index])).sum();
    taken + size(record) <= BATCH_BYTES
}

fn size(record: &Record) -> usize {
    record.key.as_ref().map_or(0, Vec::len) + record.value.as_ref().map_or(0, Vec::len)
}

/// The record, numbered within its batch.
fn plain(record: &Record, number: i64) -> Failing<Plain> {
    let now = || {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_millis() as i64)
    };
    let mut headers = IndexMap::new();
    for (name, value) in &record.headers {
        let name = StrBytes::from_string(name.clone());
        if headers
            .insert(name, value.clone().map(Into::into))
            .is_some()
        {
            return Err(Refusal::unsupported("headers that repeat"));
        }
    }
    Ok(Plain {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: -1,
        producer_id: -1,
        producer_epoch: -1,
        timestamp_type: TimestampType::Creation,
        offset: number,
        sequence: i32::try_from(number).map_err(Refusal::other)? - 1,
        timestamp: record.timestamp.unwrap_or_else(now),
        key: record.key.clone().map(Into::into),
        value: record.value.clone().map(Into::into),
        headers,
    })
}
