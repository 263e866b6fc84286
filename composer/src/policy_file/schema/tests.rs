//! The schema, made from the types, and what it says of examples.

use super::SCHEMA;
use crate::catalog::SUBSYSTEMS;
use crate::policy::{Input, Output};
use crate::policy_file::Document;
use crate::policy_file::stdio::{InputTable, OutputTable};
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Names of subsystems, `io` among them.
pub fn all_subsystems(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = SUBSYSTEMS.iter().map(|row| row.name).collect();
    json_schema!({ "type": "array", "items": { "enum": names } })
}

/// Names of subsystems that can be opened and denied.
pub fn subsystems(_: &mut SchemaGenerator) -> Schema {
    let names: Vec<&str> = SUBSYSTEMS.iter().map(|row| row.name).filter(|name| *name != "io").collect();
    json_schema!({ "type": "array", "items": { "enum": names } })
}

fn words_or<T: JsonSchema>(words: Vec<Option<&str>>, generator: &mut SchemaGenerator) -> Schema {
    let table = generator.subschema_for::<T>();
    json_schema!({ "anyOf": [{ "enum": words }, table] })
}

pub fn stdin(generator: &mut SchemaGenerator) -> Schema {
    words_or::<InputTable>([Input::Allow, Input::Ignore, Input::Deny].map(|input| input.word()).into(), generator)
}

fn output(stream: &str, generator: &mut SchemaGenerator) -> Schema {
    let outputs = [Output::Allow, Output::Ignore, Output::Deny, Output::Captured, Output::Other];
    words_or::<OutputTable>(outputs.map(|output| output.word(stream)).into(), generator)
}

pub fn stdout(generator: &mut SchemaGenerator) -> Schema {
    output("stdout", generator)
}

pub fn stderr(generator: &mut SchemaGenerator) -> Schema {
    output("stderr", generator)
}

/// The schema of the types. TOML has nothing that is null, so what may be missing is no more than that.
fn made() -> String {
    let strip = |schema: &mut Schema| {
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|name| name != "null");
            if let [only] = &types[..] {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(forms)) = schema.get_mut("anyOf") {
            forms.retain(|form| form["type"] != "null");
            if let [Value::Object(only)] = &forms[..] {
                let only = only.clone();
                schema.remove("anyOf");
                only.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
            }
        }
        if let Some(Value::String(words)) = schema.get_mut("description") {
            *words = words.replace('\n', " ");
        }
        if schema.get("default") == Some(&Value::Null) {
            schema.remove("default");
        }
    };
    let settings = SchemaSettings::draft2020_12().with_transform(RecursiveTransform(strip));
    let (version, mut generator) = (settings.meta_schema.clone(), settings.into_generator());
    // A file has a version, and what it says of a component inside has none.
    let document = generator.subschema_for::<Document>();
    let schema = json!({
        "$schema": version,
        "title": "A policy of virt-compose",
        "$ref": document.get("$ref"),
        "required": ["version"],
        "$defs": generator.take_definitions(true),
    });
    format!("{schema:#}\n")
}

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

#[test]
fn the_committed_schema_is_that_of_the_types() {
    let made = made();
    if std::env::var_os("BLESS").is_some() {
        fs::write(Path::new(ROOT).join("graphs/policy.schema.json"), made).unwrap();
    } else {
        assert!(made == SCHEMA, "`graphs/policy.schema.json` differs, `BLESS=1` rewrites it; found:\n{made}");
    }
}

/// What an editor makes of a file: instants are texts.
fn instance(text: &str) -> Value {
    fn json(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => text.into(),
            toml::Value::Integer(number) => number.into(),
            toml::Value::Float(number) => number.into(),
            toml::Value::Boolean(truth) => truth.into(),
            toml::Value::Datetime(instant) => instant.to_string().into(),
            toml::Value::Array(list) => list.into_iter().map(json).collect(),
            toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, json(value))).collect(),
        }
    }
    json(toml::Value::Table(text.parse().unwrap()))
}

/// The errors that the schema tells of a file.
fn errors(text: &str) -> Vec<String> {
    let schema = jsonschema::validator_for(&serde_json::from_str(SCHEMA).unwrap()).unwrap();
    schema.iter_errors(&instance(text)).map(|error| error.to_string()).collect()
}

#[test]
fn examples_are_what_the_schema_says() {
    let mut examples = vec![fs::read_to_string(Path::new(ROOT).join("graphs/policy.toml")).unwrap()];
    let readme = fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let blocks = readme.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next());
    examples.extend(blocks.map(str::to_owned));
    for case in fs::read_dir(Path::new(ROOT).join("composer/tests/plans")).unwrap() {
        examples.extend(fs::read_to_string(case.unwrap().path().join("policy.toml")));
    }
    assert!(examples.len() > 10);
    examples.extend(
        [
            "clocks.time = 2026-01-01T00:00:00Z",
            "random.seed = \"0xffffffffffffffff\"",
            "http.mock = \"api.toml\"",
            "http.allow = true\nenv = { allow = false, args = true, cwd = \"/\" }",
            "profile = \"test\"\ndeny = [\"fs\"]\nwith = [\"io\"]",
            "for.server = { profile = \"open\", env = { set = { A = \"1\" } } }",
        ]
        .map(|text| format!("version = 1\n{text}")),
    );
    for example in examples {
        assert_eq!(errors(&example), Vec::<String>::new(), "{example}");
    }
}

#[test]
fn what_is_wrong_is_refused() {
    assert_eq!(errors("profile = \"open\""), ["\"version\" is a required property"]);
    for text in [
        "version = 2",
        "version = 1\nwiht = [\"env\"]",
        "version = 1\n[for.server]\nwiht = [\"env\"]",
        "version = 1\nwith = [\"envv\"]",
        "version = 1\nallow = [\"io\"]",
        "version = 1\nprofile = \"tests\"",
        "version = 1\ntrap = 1",
        "version = 1\n[env]\nset = { A = 1 }",
        "version = 1\n[stdio]\nstdin = \"stdout\"",
        "version = 1\n[stdio]\nstdin = {}",
        "version = 1\n[stdio]\nstdout = \"stdout\"",
        "version = 1\n[stdio]\nstdout = { fil = \"/o\" }",
        "version = 1\n[random]\nseed = -1",
        "version = 1\n[http]\nallow = [{ method = \"GET\" }]",
        "version = 1\n[[http.mock]]\nurl = \"a.com\"\nstatus = 999",
        "version = 1\n[sockets]\nloopback = \"yes\"",
        "version = 1\n[[fs.mount]]\nguest = \"/\"",
        "version = 1\n[[fs.mount]]\nguest = \"/\"\nlocal = \".\"\nfiles = {}",
        "version = 1\n[[fs.mount]]\nguest = \"/\"\nfiles = { a = { text = \"\", link = \"b\" } }",
        "version = 1\n[[fs.preopen]]\nguest = \"/\"\nhost = \".\"\naccess = \"in-memory\"",
    ] {
        assert!(!errors(text).is_empty(), "{text}");
    }
}

#[test]
fn every_key_is_explained() {
    fn check(at: &Value, path: &str) {
        for (key, property) in at["properties"].as_object().into_iter().flatten() {
            let is_table = property["$ref"].is_string();
            assert!(property["description"].is_string() || is_table, "`{path}.{key}` has no description");
        }
    }
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for (name, table) in schema["$defs"].as_object().unwrap() {
        check(table, name);
    }
    assert_eq!(schema["$defs"]["Policy"]["properties"]["version"]["const"], json!(1));
}
