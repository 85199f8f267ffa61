//! Files and folders that lie end in an error that says which file, what is wrong and how to mend it.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::{Checkpoint, Header};
use serde_json::json;

use super::build::{Given, file, framed, weights};

/// What opening and fingerprinting a path says.
fn fault(path: &Path) -> String {
    match Checkpoint::open(path) {
        Err(fault) => fault.to_string(),
        Ok(checkpoint) => match Fingerprint::of(&checkpoint, &PassOptions::default()) {
            Err(fault) => fault.to_string(),
            Ok(made) => panic!("{} opened, with {} parts", path.display(), made.parts().len()),
        },
    }
}

/// Headers over eight bytes of data, and what has to be said of each.
const HEADERS: [(&str, &str); 54] = [
    ("", "does not begin with `{`"),
    (" {}", "does not begin with `{`"),
    ("[]", "does not begin with `{`"),
    ("null", "does not begin with `{`"),
    ("{", "is followed by something else than spaces"),
    ("{}", "8 bytes after the last tensor"),
    ("{}x", "is followed by something else than spaces"),
    ("{}\0\0\0", "is followed by something else than spaces"),
    ("{}\n", "is followed by something else than spaces"),
    ("{}\t ", "is followed by something else than spaces"),
    ("{} {}", "is malformed"),
    ("{\"a\"}", "is malformed"),
    ("{\"a\":}", "is malformed"),
    ("{\"a\":1}", "is malformed"),
    ("{\"a\":null}", "is malformed"),
    ("{\"a\":[]}", "is malformed"),
    ("{\"a\":\"F32\"}", "is malformed"),
    ("{\"a\":{}}", "missing field `dtype`"),
    ("{'a':{}}", "is malformed"),
    ("{a:{}}", "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[2]}}"#, "missing field `data_offsets`"),
    (r#"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#, "missing field `shape`"),
    (r#"{"a":{"shape":[2],"data_offsets":[0,8]}}"#, "missing field `dtype`"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}"#, "unknown field `more`"),
    (r#"{"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "duplicate field `dtype`"),
    (r#"{"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}}"#, "duplicate field `shape`"),
    (r#"{"a":{"dtype":"F33","shape":[2],"data_offsets":[0,8]}}"#, "\"F33\" is none of the format's"),
    (r#"{"a":{"dtype":"f32","shape":[2],"data_offsets":[0,8]}}"#, "none of the format's"),
    (r#"{"a":{"dtype":32,"shape":[2],"data_offsets":[0,8]}}"#, "expected a dtype"),
    (r#"{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}"#, "expected a list of whole numbers"),
    (r#"{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[2.0],"data_offsets":[0,8]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,8]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,2],"data_offsets":[0,8]}}"#, "16 dimensions"),
    (r#"{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}}"#, "no countable number of bytes"),
    (r#"{"a":{"dtype":"F64","shape":[4611686018427387904],"data_offsets":[0,8]}}"#, "no countable number of bytes"),
    (r#"{"a":{"dtype":"F4","shape":[15],"data_offsets":[0,8]}}"#, "no countable number of bytes"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8,8]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#, "bytes 8 to 0 do not lie in"),
    (r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}"#, "is malformed"),
    (r#"{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#, "do not lie in the 8 bytes"),
    (
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[18446744073709551608,18446744073709551615]}}"#,
        "do not lie in",
    ),
    (r#"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#, "8 bytes where F32 of shape [3] has 12 bytes"),
    (r#"{"a":{"dtype":"F32","shape":[],"data_offsets":[0,8]}}"#, "has 4 bytes"),
    (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, "4 bytes after the last tensor"),
    (r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, "leaves a gap before it"),
    (
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "tensor b: it begins at byte 4 of the data and overlaps",
    ),
    (
        r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
        "tensor a: its name stands twice",
    ),
    (r#"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "expected a string"),
    (r#"{"__metadata__":{"a":"1","a":"2"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "stands twice"),
    (r#"{"__metadata__":{},"__metadata__":{},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "stands twice"),
];

#[test]
fn a_header_that_lies_is_refused() {
    let home = tempfile::tempdir().unwrap();
    for (number, (header, said)) in HEADERS.iter().enumerate() {
        let path = home.path().join(format!("{number}.safetensors"));
        fs::write(&path, framed(header, &[0; 8])).unwrap();
        let fault = fault(&path);
        assert!(fault.contains(said), "{header:?}: {fault:?} does not say {said:?}");
        assert!(fault.contains(&format!("{number}.safetensors")), "{fault:?} names no file");
        assert!(fault.contains("again"), "{fault:?} says no remedy");
    }
}

#[test]
fn control_a_header_that_does_not_lie_is_read() {
    for header in [
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}      "#,
        r#"{"__metadata__":{"format":"pt"},"a":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}"#,
        r#"{"a":{"dtype":"F32","shape":[0,5],"data_offsets":[0,0]},"b":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},
            "c":{"dtype":"F4","shape":[16],"data_offsets":[0,8]},"d":{"dtype":"U8","shape":[1,0],"data_offsets":[8,8]}}"#,
    ] {
        Header::parse(header.as_bytes(), 8).unwrap();
    }
}

#[test]
fn lengths_that_cannot_be_are_refused_before_anything_is_read() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("m.safetensors");
    let with = |length: u64, rest: &[u8]| {
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(rest);
        fs::write(&path, bytes).unwrap();
        fault(&path)
    };
    for length in [3, 100_000_001, 4_000_000_000, u64::MAX, u64::MAX - 7] {
        assert!(with(length, b"{}").contains("fetch it again"), "{length}");
    }
    assert!(with(0, b"").contains("does not begin"));
    assert!(with(2, b"\xff\xff").contains("does not begin"));
    assert!(with(4, b"{\"\xff}").contains("UTF-8"));
    for bytes in [&b""[..], b"{", b"1234567"] {
        fs::write(&path, bytes).unwrap();
        assert!(fault(&path).contains("fetch the file again"));
    }
    // Gigabytes of header, of which the disk holds none.
    fs::File::create(&path).unwrap().set_len(6 << 30).unwrap();
    let file = fs::File::options().write(true).open(&path).unwrap();
    std::os::unix::fs::FileExt::write_all_at(&file, &(5u64 << 30).to_le_bytes(), 0).unwrap();
    assert!(fault(&path).contains("its header has 5368709120 bytes"));
}

#[test]
fn a_header_as_long_as_may_be_is_read_in_little_memory() {
    // As many tensors as the longest header can name: over the number that is allowed.
    let mut header = String::from("{");
    let mut number = 0;
    while header.len() < 99_900_000 {
        let comma = if number == 0 { "" } else { "," };
        header += &format!("{comma}\"{number}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        number += 1;
    }
    header.push('}');
    let fault = Header::parse(header.as_bytes(), 0).unwrap_err().to_string();
    assert!(fault.contains("more than 1000000 tensors"), "{fault}");
    let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
    assert!(Header::parse(format!("{deep}}}").as_bytes(), 0).is_err());
}

/// What has to be said of a folder, and its files as names with contents.
type Folder = (&'static str, Vec<(&'static str, Vec<u8>)>);

fn folders() -> Vec<Folder> {
    let good = |name: &str| file(&[Given::new(name, "F32", &[1, 16], &weights(1, 16))]);
    let index = |map: serde_json::Value| json!({"metadata": {}, "weight_map": map}).to_string().into_bytes();
    let at = "model.safetensors.index.json";
    vec![
        ("holds no .safetensors file", vec![]),
        ("is a pickle", vec![("pytorch_model.bin", vec![0])]),
        ("is a pickle", vec![("consolidated.00.pth", vec![0])]),
        ("is a pickle", vec![("model.PT", vec![0])]),
        ("is GGUF", vec![("model-q4.gguf", vec![0])]),
        ("another framework", vec![("tf_model.h5", vec![0])]),
        ("an adapter and no model", vec![("adapter_model.safetensors", good("a"))]),
        ("without model.safetensors.index.json", vec![("a.safetensors", good("a")), ("b.safetensors", good("b"))]),
        ("it is malformed", vec![(at, b"{".to_vec())]),
        ("it is malformed", vec![(at, b"{}".to_vec())]),
        ("it is malformed", vec![(at, b"{\"weight_map\":{\"a\":1}}".to_vec())]),
        ("stands twice", vec![(at, b"{\"weight_map\":{\"a\":\"x.safetensors\",\"a\":\"x.safetensors\"}}".to_vec())]),
        ("names no tensor", vec![(at, index(json!({})))]),
        ("shard x.safetensors is missing", vec![(at, index(json!({"a": "x.safetensors"})))]),
        ("no name of a .safetensors file", vec![(at, index(json!({"a": "../x.safetensors"})))]),
        ("no name of a .safetensors file", vec![(at, index(json!({"a": "/etc/passwd"})))]),
        ("no name of a .safetensors file", vec![(at, index(json!({"a": "x.bin"}))), ("x.bin", vec![0])]),
        (
            "which it does not name",
            vec![
                (at, index(json!({"a": "x.safetensors"}))),
                ("x.safetensors", file(&[Given::new("a", "F32", &[1], &[1.0]), Given::new("b", "F32", &[1], &[1.0])])),
            ],
        ),
        (
            "in no shard",
            vec![(at, index(json!({"a": "x.safetensors", "b": "x.safetensors"}))), ("x.safetensors", good("a"))],
        ),
        (
            "is in y.safetensors, and it is in x.safetensors",
            vec![
                (at, index(json!({"a": "y.safetensors", "b": "x.safetensors"}))),
                ("x.safetensors", good("a")),
                ("y.safetensors", good("b")),
            ],
        ),
        (
            "stands both in",
            vec![
                (at, index(json!({"a": "x.safetensors", "b": "y.safetensors"}))),
                ("x.safetensors", good("a")),
                ("y.safetensors", file(&[Given::new("a", "F32", &[1], &[1.0]), Given::new("b", "F32", &[1], &[1.0])])),
            ],
        ),
        ("config.json: it is no JSON ", vec![("model.safetensors", good("a")), ("config.json", b"{".to_vec())]),
        ("config.json: it is no JSON object", vec![("model.safetensors", good("a")), ("config.json", b"[]".to_vec())]),
        ("config.json: it is no UTF-8", vec![("model.safetensors", good("a")), ("config.json", vec![b'{', 0xff])]),
        (
            "tokenizer.json: it is no tokenizer",
            vec![("model.safetensors", good("a")), ("tokenizer.json", b"{}".to_vec())],
        ),
        ("no tensor of weights", vec![("model.safetensors", framed("{}", b""))]),
        ("no tensor of weights", vec![("model.safetensors", file(&[Given::raw("ids", "I64", &[1], vec![0; 8])]))]),
    ]
}

#[test]
fn a_folder_that_lies_is_refused() {
    for (said, files) in folders() {
        let home = tempfile::tempdir().unwrap();
        for (name, bytes) in &files {
            fs::write(home.path().join(name), bytes).unwrap();
        }
        let fault = fault(home.path());
        assert!(fault.contains(said), "{fault:?} does not say {said:?}");
    }
}

#[test]
fn weights_that_are_packed_are_refused_by_the_name_of_the_format() {
    for (name, dtype, said) in [
        ("model.layers.0.self_attn.q_proj.qweight", "I32", "GPTQ or AWQ"),
        ("model.layers.0.self_attn.q_proj.qzeros", "I32", "GPTQ or AWQ"),
        ("model.layers.0.self_attn.q_proj.weight_packed", "I32", "compressed-tensors"),
        ("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", "MXFP4"),
        ("model.layers.0.self_attn.q_proj.weight_scale_2", "F32", "NVFP4"),
        ("model.layers.0.self_attn.q_proj.weight.absmax", "F32", "bitsandbytes"),
        ("model.layers.0.self_attn.q_proj.SCB", "F32", "bitsandbytes"),
        ("model.layers.0.self_attn.q_proj.weight", "F8_E4M3FNUZ", "FNUZ"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let size = if dtype == "F32" || dtype == "I32" { 4 } else { 1 };
        fs::write(home.path().join("model.safetensors"), file(&[Given::raw(name, dtype, &[16], vec![0; 16 * size])]))
            .unwrap();
        let fault = fault(home.path());
        assert!(fault.contains(said) && fault.contains("dequantise") && fault.contains(name), "{fault}");
    }
}

#[test]
fn what_is_no_file_is_not_waited_for() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir(home.path().join("model.safetensors")).unwrap();
    assert!(fault(home.path()).contains("no ordinary file"));
    assert!(fault(Path::new("/dev/zero")).contains("no ordinary file"));
    assert!(fault(&home.path().join("none")).contains("cannot read"));
}

#[test]
fn a_file_that_is_cut_off_while_it_is_read_is_told() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("model.safetensors");
    let bytes = file(&[Given::new("model.norm.weight", "F32", &[1, 64], &weights(1, 64))]);
    fs::write(&path, &bytes).unwrap();
    let checkpoint = Checkpoint::open(home.path()).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 4]).unwrap();
    let fault = Fingerprint::of(&checkpoint, &PassOptions::default()).unwrap_err().to_string();
    assert!(fault.contains("cut off in the meantime") && fault.contains("model.safetensors"), "{fault}");
}

/// A header of up to eight tensors with any names, types and small shapes, and the bytes of data that it describes.
fn any_header() -> impl Strategy<Value = (serde_json::Value, u64, usize)> {
    let kind =
        prop::sample::select(vec![("BF16", 2u64), ("F32", 4), ("U8", 1), ("I64", 8), ("F8_E4M3", 1), ("BOOL", 1)]);
    let tensor = (kind, prop::collection::vec(0u64..5, 0..4));
    prop::collection::btree_map("[^_]{0,12}", tensor, 0..8).prop_map(|tensors| {
        let (mut header, mut next) = (serde_json::Map::new(), 0);
        let count = tensors.len();
        for (name, ((dtype, size), shape)) in tensors {
            let end = next + size * shape.iter().product::<u64>();
            header.insert(name, json!({"dtype": dtype, "shape": shape, "data_offsets": [next, end]}));
            next = end;
        }
        (serde_json::Value::Object(header), next, count)
    })
}

proptest! {
    #[test]
    fn any_good_header_is_read((header, data, count) in any_header(), padding in 0usize..9) {
        let text = header.to_string() + &" ".repeat(padding);
        let read = Header::parse(text.as_bytes(), data).unwrap();
        prop_assert_eq!(read.tensors.len(), count);
        for entry in &read.tensors {
            let said = &header[&entry.name];
            prop_assert_eq!(&json!(entry.shape), &said["shape"]);
            prop_assert_eq!(&json!(entry.dtype.name()), &said["dtype"]);
            prop_assert_eq!(&json!([entry.start, entry.start + entry.bytes]), &said["data_offsets"]);
        }
        prop_assert!(Header::parse(text.as_bytes(), data + 1).is_err());
    }

    #[test]
    fn a_changed_header_is_refused_or_still_fits((header, data, _) in any_header(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut text = header.to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(text.len());
            text[place] = byte;
        }
        if let Ok(read) = Header::parse(&text, data) {
            prop_assert_eq!(read.tensors.iter().map(|entry| entry.bytes).sum::<u64>(), data);
        }
    }

    #[test]
    fn any_bytes_are_a_header_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut text = b"{".to_vec();
        text.extend(bytes);
        let _ = Header::parse(&text, 16);
    }
}
