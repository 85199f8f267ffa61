//! Every form of file, and what is said of broken ones.

use std::io::Write;
use std::path::PathBuf;

use super::*;

fn records(name: &str, bytes: &[u8]) -> Vec<(String, Result<String, String>)> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).expect("writes");
    let mut all = Vec::new();
    let taken: Result<(), ()> = read(&path, "text", &mut |record| {
        all.push((record.place, record.text));
        Ok(())
    });
    taken.expect("nothing stops it");
    all
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("packs");
    encoder.finish().expect("packs")
}

const LINES: &str = "{\"text\": \"하나\"}\n\n\"둘\"\n";

#[test]
fn the_same_texts_come_out_of_every_form() {
    let wanted = vec![("line 1".to_owned(), Ok("하나".to_owned())), ("line 3".to_owned(), Ok("둘".to_owned()))];
    assert_eq!(records("a.jsonl", LINES.as_bytes()), wanted);
    assert_eq!(records("a.jsonl.gz", &gzip(LINES.as_bytes())), wanted);
    let packed = zstd::encode_all(LINES.as_bytes(), 1).expect("packs");
    assert_eq!(records("A.JSONL.ZST", &packed), wanted);
    let items = records("a.json", br#"[{"text": "one"}, "two"]"#);
    assert_eq!(items, [("item 1".to_owned(), Ok("one".to_owned())), ("item 2".to_owned(), Ok("two".to_owned()))]);
    assert_eq!(records("a.md", b"# one\n\ntwo"), [(String::new(), Ok("# one\n\ntwo".to_owned()))]);
    assert_eq!(records("a.csv", b"a,b"), []);
}

#[test]
fn what_is_broken_is_told_with_its_place_and_the_rest_is_read() {
    let mut bytes = b"{\"text\": \"a\"}\n{\"text\": \"\xB0\xA1\"}\n{\"body\": 1}\n{\"text\": 1}\n[1]\n{\n".to_vec();
    bytes.extend(b"{\"text\": \"b\"}");
    let records = records("a.jsonl", &bytes);
    let told: Vec<String> = records.iter().map(|(place, text)| format!("{place}: {text:?}")).collect();
    let wanted = [
        "line 1: Ok",
        "line 2: Err(\"byte 10 is not UTF-8",
        "line 3: Err(\"there is no `text`",
        "line 4: Err(\"`text` is no text",
        "line 5: Err(\"neither",
        "line 6: Err(\"EOF",
        "line 7: Ok",
    ];
    assert_eq!(told.len(), wanted.len());
    assert!(told.iter().zip(wanted).all(|(told, wanted)| told.starts_with(wanted)), "{told:?}");
}

#[test]
fn a_packed_file_that_is_cut_off_is_told() {
    let long: String = (0..2000_u64).map(|at| format!("{{\"text\": \"{}\"}}\n", at * at * 7919)).collect();
    let packed = gzip(long.as_bytes());
    let records = records("a.jsonl.gz", &packed[..packed.len() / 2]);
    assert!(records.len() > 1 && records.iter().rev().skip(1).all(|(_, text)| text.is_ok()));
    assert!(records.last().is_some_and(|(_, text)| text.is_err()));
}

#[test]
fn a_file_that_is_not_there_is_told() {
    let mut all = Vec::new();
    let taken: Result<(), ()> = read(&PathBuf::from("/nowhere/a.txt"), "text", &mut |record| {
        all.push(record);
        Ok(())
    });
    assert_eq!(taken, Ok(()));
    assert!(all.len() == 1 && all[0].text.is_err());
}

#[test]
fn a_taker_can_stop() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.jsonl");
    std::fs::write(&path, LINES).expect("writes");
    assert_eq!(read(&path, "text", &mut |_| Err("enough")), Err("enough"));
}

#[cfg(feature = "parquet")]
#[test]
fn a_column_of_parquet_is_read_and_a_damaged_file_is_told() {
    use std::sync::Arc;

    use ::parquet::data_type::{ByteArray, ByteArrayType};
    use ::parquet::file::properties::WriterProperties;
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;

    let schema = "message a { required binary other (UTF8); optional binary text (UTF8); }";
    let schema = Arc::new(parse_message_type(schema).expect("is a schema"));
    let mut bytes = Vec::new();
    let mut writer =
        SerializedFileWriter::new(&mut bytes, schema, Arc::new(WriterProperties::builder().build())).expect("begins");
    let mut group = writer.next_row_group().expect("begins");
    let columns = [(vec!["x", "y", "z"], None), (vec!["하나", "둘"], Some([1, 0, 1]))];
    for (values, levels) in columns {
        let values: Vec<ByteArray> = values.into_iter().map(ByteArray::from).collect();
        let mut column = group.next_column().expect("begins").expect("is there");
        let levels = levels.as_ref().map(|levels| levels.as_slice());
        column.typed::<ByteArrayType>().write_batch(&values, levels, None).expect("writes");
        column.close().expect("ends");
    }
    group.close().expect("ends");
    writer.close().expect("ends");
    let rows = records("a.parquet", &bytes);
    assert_eq!(rows.len(), 3);
    assert_eq!(rows[0], ("row 1".to_owned(), Ok("하나".to_owned())));
    assert!(rows[1].1.is_err());
    assert_eq!(rows[2].1.as_deref(), Ok("둘"));
    let cut = records("a.parquet", &bytes[..bytes.len() / 2]);
    assert!(cut.len() == 1 && cut[0].1.is_err());
}
