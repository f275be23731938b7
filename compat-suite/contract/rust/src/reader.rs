//! Reading partitions from offsets that the driver keeps, for clients that fetch what they are told.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use serde_json::{json, Map, Value};

use crate::{Failing, Place, Refusal};

const MAX_BYTES: i32 = 50_000_000;

/// How much a fetch may answer, and how long it may wait for it.
pub struct Limits {
    pub min_bytes: i32,
    pub max_bytes: i32,
    pub partition_max_bytes: i32,
    pub wait_ms: i32,
}

/// A client that fetches from partitions.
pub trait Fetching {
    /// The first offset of a partition (or, not `earliest`, the one after its last).
    fn end(&mut self, place: &Place, earliest: bool) -> Failing<i64>;

    /// Records from an offset on, each with its offset, as `poll` answers them.
    fn fetch(&mut self, place: &Place, from: i64, limits: &Limits) -> Failing<Vec<(i64, Value)>>;
}

pub struct Reader {
    earliest: bool,
    limits: Limits,
    positions: BTreeMap<Place, i64>,
    fetched: BTreeMap<Place, VecDeque<(i64, Value)>>,
}

impl Reader {
    pub fn open(settings: &Map<String, Value>) -> Failing<Self> {
        let mut earliest = true;
        let mut limits = Limits {
            min_bytes: 1,
            max_bytes: MAX_BYTES,
            partition_max_bytes: MAX_BYTES,
            wait_ms: 50,
        };
        for (name, value) in settings {
            let number = value.as_i64().and_then(|number| i32::try_from(number).ok());
            match (name.as_str(), value.as_str(), number) {
                ("reset", Some("earliest"), _) => earliest = true,
                ("reset", Some("latest"), _) => earliest = false,
                ("isolation", Some("read_uncommitted"), _) => {}
                ("min_bytes", _, Some(number)) => limits.min_bytes = number,
                ("max_bytes", _, Some(number)) => limits.max_bytes = number,
                ("partition_max_bytes", _, Some(number)) => limits.partition_max_bytes = number,
                ("max_wait_ms", _, Some(number)) => limits.wait_ms = number,
                ("auto_commit", _, _) if value == &json!(false) => {}
                _ => return Err(Refusal::unsupported(format!("setting {name} {value}"))),
            }
        }
        Ok(Self {
            earliest,
            limits,
            positions: BTreeMap::new(),
            fetched: BTreeMap::new(),
        })
    }

    pub fn assign(&mut self, client: &mut dyn Fetching, places: Vec<Place>) -> Failing<Value> {
        self.positions.clear();
        self.fetched.clear();
        for place in places {
            let offset = client.end(&place, self.earliest)?;
            self.positions.insert(place, offset);
        }
        Ok(Value::Null)
    }

    pub fn assignment(&self) -> Vec<&Place> {
        self.positions.keys().collect()
    }

    pub fn seek(&mut self, offsets: Vec<(Place, i64)>) -> Failing<Value> {
        for (place, offset) in offsets {
            self.fetched.remove(&place);
            self.positions.insert(place, offset);
        }
        Ok(Value::Null)
    }

    pub fn position(&self, places: &[Place]) -> Failing<Value> {
        let unassigned = || Refusal::invalid("not assigned").to_value();
        let of = |place: &Place| {
            let offset = self
                .positions
                .get(place)
                .map_or_else(unassigned, |offset| json!(offset));
            json!([place.0, place.1, offset])
        };
        Ok(json!({"offsets": places.iter().map(of).collect::<Vec<_>>()}))
    }

    pub fn poll(
        &mut self,
        client: &mut dyn Fetching,
        timeout_ms: u64,
        count: Option<usize>,
    ) -> Failing<Value> {
        if self.positions.is_empty() {
            return Err(Refusal::invalid("nothing is assigned"));
        }
        let deadline = Instant::now() + Duration::from_millis(timeout_ms);
        let mut records = Vec::new();
        loop {
            self.take(count.unwrap_or(usize::MAX), &mut records);
            if records.len() >= count.unwrap_or(1) || Instant::now() >= deadline {
                return Ok(json!({"records": records, "events": []}));
            }
            self.fetch(client)?;
        }
    }

    /// Move what was fetched into the answer, up to the number wanted.
    fn take(&mut self, wanted: usize, records: &mut Vec<Value>) {
        for (place, fetched) in &mut self.fetched {
            let number = fetched.len().min(wanted.saturating_sub(records.len()));
            for (offset, record) in fetched.drain(..number) {
                self.positions.insert(place.clone(), offset + 1);
                records.push(record);
            }
        }
    }

    fn fetch(&mut self, client: &mut dyn Fetching) -> Failing<()> {
        for (place, offset) in &self.positions {
            if self.fetched.get(place).is_none_or(VecDeque::is_empty) {
                let found = client.fetch(place, *offset, &self.limits)?;
                self.fetched.insert(place.clone(), found.into());
            }
        }
        Ok(())
    }
}
