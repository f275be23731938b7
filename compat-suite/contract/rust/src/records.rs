//! Records as requests and answers carry them: bytes are base64 text, or null.

use base64::engine::general_purpose::STANDARD;
use base64::Engine;
use serde_json::{json, Value};

use crate::{Failing, Refusal};

/// A record to send.
pub struct Record {
    pub topic: String,
    pub partition: Option<i32>,
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
    pub timestamp: Option<i64>,
}

impl Record {
    pub fn read(written: &Value) -> Failing<Self> {
        let topic = written["topic"]
            .as_str()
            .ok_or_else(|| Refusal::invalid("a record without topic"))?;
        let pairs = written["headers"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        let header = |pair: &Value| {
            Ok((
                pair[0].as_str().unwrap_or_default().to_string(),
                decoded(&pair[1])?,
            ))
        };
        Ok(Self {
            topic: topic.to_string(),
            partition: written["partition"]
                .as_i64()
                .and_then(|number| i32::try_from(number).ok()),
            key: decoded(&written["key"])?,
            value: decoded(&written["value"])?,
            headers: pairs.iter().map(header).collect::<Failing<_>>()?,
            timestamp: written["timestamp"].as_i64(),
        })
    }
}

/// A record that was read.
pub struct Received<'a> {
    pub topic: &'a str,
    pub partition: i32,
    pub offset: i64,
    pub timestamp: i64,
    pub timestamp_type: Option<&'static str>,
    pub key: Option<&'a [u8]>,
    pub value: Option<&'a [u8]>,
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// The record as `poll` answers it.
pub fn received(record: &Received) -> Value {
    let headers = record
        .headers
        .iter()
        .map(|(name, value)| json!([name, encoded(value.as_deref())]));
    let mut answer = json!({
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "timestamp": record.timestamp,
        "key": encoded(record.key),
        "value": encoded(record.value),
        "headers": headers.collect::<Vec<_>>(),
    });
    if let Some(kind) = record.timestamp_type {
        answer["timestamp_type"] = json!(kind);
    }
    answer
}

fn decoded(text: &Value) -> Failing<Option<Vec<u8>>> {
    let decode = |text: &str| STANDARD.decode(text).map_err(Refusal::invalid);
    text.as_str().map(decode).transpose()
}

fn encoded(bytes: Option<&[u8]>) -> Value {
    bytes.map_or(Value::Null, |bytes| json!(STANDARD.encode(bytes)))
}
