//! A request, and what its arguments are.

use serde_json::{Map, Value};

use crate::{Failing, Record, Refusal};

/// A topic and a partition.
pub type Place = (String, i32);

pub struct Request(pub Map<String, Value>);

impl Request {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn needed(&self, name: &str) -> Failing<&Value> {
        self.get(name)
            .ok_or_else(|| Refusal::invalid(format!("no {name}")))
    }

    /// The name of the handle, and the settings to open it with: both may stand in one place.
    pub fn handle(&self, kind: &str) -> (String, Map<String, Value>) {
        let settings = self
            .get("settings")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        match self.get(kind) {
            Some(Value::String(name)) => (name.clone(), settings),
            Some(Value::Object(given)) => (kind.to_string(), given.clone()),
            _ => (kind.to_string(), settings),
        }
    }

    pub fn text(&self, name: &str) -> Failing<&str> {
        self.needed(name)?
            .as_str()
            .ok_or_else(|| Refusal::invalid(format!("{name} is no text")))
    }

    pub fn flag(&self, name: &str) -> bool {
        self.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(Value::as_i64)
    }

    pub fn list(&self, name: &str) -> Failing<&Vec<Value>> {
        self.needed(name)?
            .as_array()
            .ok_or_else(|| Refusal::invalid(format!("{name} is no list")))
    }

    pub fn object(&self, name: &str) -> Failing<&Map<String, Value>> {
        self.needed(name)?
            .as_object()
            .ok_or_else(|| Refusal::invalid(format!("{name} is no object")))
    }

    pub fn texts(&self, name: &str) -> Failing<Vec<String>> {
        let texts = self
            .list(name)?
            .iter()
            .map(|each| each.as_str().map(str::to_string));
        texts
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::invalid(format!("{name} are no texts")))
    }

    /// `[["topic", 0], ...]`
    pub fn places(&self, name: &str) -> Failing<Vec<Place>> {
        let places = self.list(name)?.iter().map(place);
        places
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::invalid(format!("{name} are no partitions")))
    }

    /// `[["topic", 0, 42], ...]`
    pub fn offsets(&self, name: &str) -> Failing<Vec<(Place, i64)>> {
        let offsets = self
            .list(name)?
            .iter()
            .map(|each| Some((place(each)?, each.get(2)?.as_i64()?)));
        offsets
            .collect::<Option<_>>()
            .ok_or_else(|| Refusal::invalid(format!("{name} are no offsets")))
    }

    pub fn records(&self) -> Failing<Vec<Record>> {
        self.list("records")?.iter().map(Record::read).collect()
    }
}

fn place(value: &Value) -> Option<Place> {
    let partition = i32::try_from(value.get(1)?.as_i64()?).ok()?;
    Some((value.get(0)?.as_str()?.to_string(), partition))
}
