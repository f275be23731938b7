//! Sending: each call, or each record of it, is one batch a partition.

use std::time::{SystemTime, UNIX_EPOCH};

use contract::{item, Failing, Place, Record, Refusal, Request};
use kafka_protocol::indexmap::IndexMap;
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{Compression, Record as Plain, TimestampType};
use serde_json::{json, Map, Value};

use crate::cluster::Cluster;

pub struct Sender {
    compression: Compression,
    acks: i16,
    turn: usize,
}

impl Sender {
    pub fn open(settings: &Map<String, Value>) -> Failing<Self> {
        let mut sender = Self {
            compression: Compression::None,
            acks: -1,
            turn: 0,
        };
        for (name, value) in settings {
            match (name.as_str(), value.as_str()) {
                ("acks", Some("all")) => sender.acks = -1,
                ("acks", Some("1")) => sender.acks = 1,
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
            match batches
                .iter_mut()
                .find(|(other, _)| request.flag("together") && *other == place)
            {
                Some((_, indexes)) => indexes.push(index),
                None => batches.push((place, vec![index])),
            }
        }
        for (place, indexes) in batches {
            let numbered = indexes
                .iter()
                .enumerate()
                .map(|(at, index)| plain(&records[*index], at as i64));
            let batch = numbered.collect::<Failing<Vec<Plain>>>()?;
            let produced = cluster.produce(&place, &batch, self.compression, self.acks);
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
