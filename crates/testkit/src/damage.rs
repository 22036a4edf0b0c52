//! Saved states that no device wrote.

use serde_json::{Value, json};
use vmapple_bus::Saved;

/// How many [`substitutes`] there are.
const SUBSTITUTES: u64 = 12;

/// What takes the place of a field.
fn substitutes() -> [Value; SUBSTITUTES as usize] {
    [
        json!(null),
        json!(false),
        json!(0),
        json!(1),
        json!(-1),
        json!(u64::MAX),
        json!(1.5),
        json!(""),
        json!("0xffffffffffffffff"),
        json!([]),
        Value::Array(vec![json!(0); 4096]),
        json!({ "no such field": 1 }),
    ]
}

/// JSON pointers of every value below `value`, itself included.
fn places(value: &Value, at: String, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                places(item, format!("{at}/{i}"), into);
            }
        }
        Value::Object(fields) => {
            for (name, field) in fields {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(field, format!("{at}/{name}"), into);
            }
        }
        _ => {}
    }
    into.push(at);
}

/// `saved` with one of its values, chosen by `place`, replaced by the `with`-th substitute.
pub(crate) fn damaged(saved: &Saved, place: u64, with: u64) -> Saved {
    let mut all = vec![];
    places(&saved.state, String::new(), &mut all);
    let mut out = saved.clone();
    let place = &all[(place % all.len() as u64) as usize];
    if let Some(value) = out.state.pointer_mut(place) {
        *value = substitutes()[(with % SUBSTITUTES) as usize].clone();
    }
    out
}

/// Every single damage this module knows to `saved`, and each field missing once.
pub(crate) fn every_damage(saved: &Saved) -> Vec<Saved> {
    let mut all = vec![];
    places(&saved.state, String::new(), &mut all);
    // A device with kilobytes of state has thousands of like places; a stride keeps the check short.
    let stride = all.len().div_ceil(400).max(1);
    let mut out = vec![];
    for place in (0..all.len()).step_by(stride) {
        out.extend((0..SUBSTITUTES).map(|with| damaged(saved, place as u64, with)));
    }
    if let Value::Object(fields) = &saved.state {
        for name in fields.keys() {
            let mut without = saved.clone();
            if let Value::Object(fields) = &mut without.state {
                fields.remove(name);
            }
            out.push(without);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_damaged() {
        let saved = Saved { kind: "k".into(), version: 1, state: json!({ "a/b": [1, 2], "c": true }) };
        let all = every_damage(&saved);
        // 5 places (the whole, the list, its two items, the flag), 12 substitutes each, 2 missing fields.
        assert_eq!(all.len(), 5 * 12 + 2);
        assert!(all.iter().any(|s| s.state == json!({ "a/b": [1, "" ], "c": true })));
        assert!(all.iter().any(|s| s.state == json!({ "c": true })));
    }
}
