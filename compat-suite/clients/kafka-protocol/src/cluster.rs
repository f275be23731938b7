//! A cluster: requests go to the leaders that Metadata names.

use std::collections::BTreeMap;

use bytes::{Buf, Bytes, BytesMut};
use contract::{received, Failing, Fetching, Limits, Place, Received, Refusal, Started};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    BrokerId, FetchRequest, ListOffsetsRequest, MetadataRequest, MetadataResponse, ProduceRequest,
    TopicName,
};
use kafka_protocol::protocol::StrBytes;
use kafka_protocol::records::{
    Compression, Record, RecordBatchDecoder, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};
use serde_json::Value;

use crate::wire::{checked, Wire};

const TIMEOUT_MS: i32 = 10_000;
const EARLIEST: i64 = -2;
const LATEST: i64 = -1;

pub struct Cluster {
    started: Started,
    connections: BTreeMap<String, Wire>,
}

pub fn topic_name(name: &str) -> TopicName {
    TopicName(StrBytes::from_string(name.to_string()))
}

impl Cluster {
    pub fn new(started: Started) -> Self {
        Self {
            started,
            connections: BTreeMap::new(),
        }
    }

    pub fn forget(&mut self) {
        self.connections.clear();
    }

    fn connection(&mut self, address: &str) -> Failing<&mut Wire> {
        if !self.connections.contains_key(address) {
            self.connections
                .insert(address.to_string(), Wire::connect(address, &self.started)?);
        }
        Ok(self.connections.get_mut(address).expect("it is open"))
    }

    /// Ask a broker; a connection that broke is forgotten.
    pub fn ask_at<R: kafka_protocol::protocol::Request>(
        &mut self,
        address: &str,
        request: &R,
    ) -> Failing<R::Response> {
        let answered = self.connection(address)?.ask(request);
        if answered
            .as_ref()
            .is_err_and(|refusal| refusal.name == "DISCONNECTED" || refusal.name == "TIMED_OUT")
        {
            self.connections.remove(address);
        }
        answered
    }

    /// Ask any broker.
    pub fn ask<R: kafka_protocol::protocol::Request>(
        &mut self,
        request: &R,
    ) -> Failing<R::Response> {
        let addresses: Vec<String> = self
            .started
            .bootstrap
            .split(',')
            .map(str::to_string)
            .collect();
        let mut answered = Err(Refusal::invalid("no address"));
        for address in addresses {
            answered = self.ask_at(&address, request);
            if answered.is_ok() {
                break;
            }
        }
        answered
    }

    pub fn metadata(&mut self, topics: Option<&[String]>) -> Failing<MetadataResponse> {
        let named =
            |name: &String| MetadataRequestTopic::default().with_name(Some(topic_name(name)));
        let topics = topics.map(|names| names.iter().map(named).collect());
        self.ask(
            &MetadataRequest::default()
                .with_topics(topics)
                .with_allow_auto_topic_creation(false),
        )
    }

    /// A topic, and the address of a partition's leader.
    fn leader(&mut self, place: &Place) -> Failing<(MetadataResponseTopic, String)> {
        let found = self.metadata(Some(std::slice::from_ref(&place.0)))?;
        let topic = found
            .topics
            .first()
            .cloned()
            .ok_or_else(|| Refusal::other("no topic"))?;
        checked(topic.error_code)?;
        let unknown = || Refusal::new("UNKNOWN_TOPIC_OR_PARTITION", place.1);
        let partition = topic
            .partitions
            .iter()
            .find(|each| each.partition_index == place.1)
            .ok_or_else(unknown)?;
        let broker = found
            .brokers
            .iter()
            .find(|broker| broker.node_id == partition.leader_id);
        let broker = broker.ok_or_else(|| Refusal::new("LEADER_NOT_AVAILABLE", place.1))?;
        Ok((topic, format!("{}:{}", broker.host.as_str(), broker.port)))
    }

    pub fn partitions(&mut self, topic: &str) -> Failing<usize> {
        let found = self.metadata(Some(&[topic.to_string()]))?;
        let topic = found
            .topics
            .first()
            .ok_or_else(|| Refusal::other("no topic"))?;
        checked(topic.error_code)?;
        Ok(topic.partitions.len())
    }

    /// Produce one batch; return its first offset, and the time of its appending where the server chose it.
    pub fn produce(
        &mut self,
        place: &Place,
        records: &[Record],
        compression: Compression,
        acks: i16,
    ) -> Failing<(i64, i64)> {
        let mut batch = BytesMut::new();
        let options = RecordEncodeOptions {
            version: 2,
            compression,
        };
        RecordBatchEncoder::encode(&mut batch, records, &options).map_err(Refusal::invalid)?;
        let (topic, leader) = self.leader(place)?;
        let data = PartitionProduceData::default()
            .with_index(place.1)
            .with_records(Some(batch.freeze()));
        let asked = TopicProduceData::default()
            .with_name(topic_name(&place.0))
            .with_topic_id(topic.topic_id)
            .with_partition_data(vec![data]);
        let request = ProduceRequest::default()
            .with_acks(acks)
            .with_timeout_ms(TIMEOUT_MS)
            .with_topic_data(vec![asked]);
        let answer = self.ask_at(&leader, &request)?;
        let answered = answer
            .responses
            .first()
            .and_then(|topic| topic.partition_responses.first());
        let answered = answered.ok_or_else(|| Refusal::other("no partition was answered"))?;
        checked(answered.error_code)?;
        Ok((answered.base_offset, answered.log_append_time_ms))
    }

    /// The offset and time of the first record since a time, or of the end that a negative time stands for.
    pub fn list_offsets(
        &mut self,
        place: &Place,
        timestamp: i64,
        isolation: i8,
    ) -> Failing<(i64, i64)> {
        let (_, leader) = self.leader(place)?;
        let wanted = ListOffsetsPartition::default()
            .with_partition_index(place.1)
            .with_current_leader_epoch(-1)
            .with_timestamp(timestamp);
        let topic = ListOffsetsTopic::default()
            .with_name(topic_name(&place.0))
            .with_partitions(vec![wanted]);
        let request = ListOffsetsRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_isolation_level(isolation)
            .with_timeout_ms(TIMEOUT_MS)
            .with_topics(vec![topic]);
        let answer = self.ask_at(&leader, &request)?;
        let answered = answer
            .topics
            .first()
            .and_then(|topic| topic.partitions.first());
        let answered = answered.ok_or_else(|| Refusal::other("no partition was answered"))?;
        checked(answered.error_code)?;
        Ok((answered.offset, answered.timestamp))
    }
}

impl Fetching for Cluster {
    fn end(&mut self, place: &Place, earliest: bool) -> Failing<i64> {
        Ok(self
            .list_offsets(place, if earliest { EARLIEST } else { LATEST }, 0)?
            .0)
    }

    fn fetch(&mut self, place: &Place, from: i64, limits: &Limits) -> Failing<Vec<(i64, Value)>> {
        let (topic, leader) = self.leader(place)?;
        let wanted = FetchPartition::default()
            .with_partition(place.1)
            .with_current_leader_epoch(-1)
            .with_last_fetched_epoch(-1)
            .with_fetch_offset(from)
            .with_partition_max_bytes(limits.partition_max_bytes);
        let asked = FetchTopic::default()
            .with_topic(topic_name(&place.0))
            .with_topic_id(topic.topic_id)
            .with_partitions(vec![wanted]);
        let request = FetchRequest::default()
            .with_max_wait_ms(limits.wait_ms)
            .with_min_bytes(limits.min_bytes)
            .with_max_bytes(limits.max_bytes)
            .with_session_epoch(-1)
            .with_topics(vec![asked]);
        let answer = self.ask_at(&leader, &request)?;
        checked(answer.error_code)?;
        let Some(data) = answer
            .responses
            .first()
            .and_then(|topic| topic.partitions.first())
        else {
            return Ok(Vec::new());
        };
        checked(data.error_code)?;
        let mut batches = whole_batches(data.records.clone().unwrap_or_default());
        let sets = RecordBatchDecoder::decode_all(&mut batches).map_err(Refusal::other)?;
        let records = sets.iter().flat_map(|set| &set.records);
        let wanted = records.filter(|record| !record.control && record.offset >= from);
        Ok(wanted
            .map(|record| (record.offset, record_of(place, record)))
            .collect())
    }
}

/// A fetch may end with a part of a batch, which is left out here: each begins with its offset and its size.
fn whole_batches(bytes: Bytes) -> Bytes {
    let mut whole = 0;
    while let Some(head) = bytes.get(whole..whole + 12) {
        let size = (&head[8..]).get_u32() as usize;
        if bytes.len() < whole + 12 + size {
            break;
        }
        whole += 12 + size;
    }
    bytes.slice(..whole)
}

fn record_of(place: &Place, record: &Record) -> Value {
    let headers = record.headers.iter().map(|(name, value)| {
        (
            name.as_str().to_string(),
            value.as_ref().map(|value| value.to_vec()),
        )
    });
    received(&Received {
        topic: &place.0,
        partition: place.1,
        offset: record.offset,
        timestamp: record.timestamp,
        timestamp_type: Some(if record.timestamp_type == TimestampType::LogAppend {
            "append"
        } else {
            "create"
        }),
        key: record.key.as_deref(),
        value: record.value.as_deref(),
        headers: headers.collect(),
    })
}
