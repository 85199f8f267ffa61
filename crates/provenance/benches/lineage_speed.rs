//! What a pass over a model's weights costs, beside reading the same files and nothing else.
//!
//! `benches/lineage_speed.py` calls it beside torch and numpy over the same files:
//!
//! - `lineage_speed generate FOLDER SEED [BLOCKS]` writes a model of Llama 3's shape in bf16, about 1 GB for two blocks;
//! - `lineage_speed read FOLDER THREADS [direct]` reads its file and does nothing with it;
//! - `lineage_speed fingerprint FOLDER OUT THREADS [direct]` writes its fingerprint.
//!
//! The last two print one line of JSON: bytes of weights and seconds. Without arguments it measures itself on a small model.

#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench talks to the terminal and may stop")]

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::num::NonZeroUsize;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Instant;

use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::Checkpoint;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use serde_json::{Map, Value, json};

/// Bytes of one read: what the second-level cache of a core holds beside other things.
const BLOCK: usize = 1 << 18;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["generate", folder, seed] => generate(Path::new(folder), seed.parse().unwrap(), 2),
        ["generate", folder, seed, blocks] => {
            generate(Path::new(folder), seed.parse().unwrap(), blocks.parse().unwrap())
        }
        ["read", folder, threads] => read(Path::new(folder), threads.parse().unwrap(), false),
        ["read", folder, threads, "direct"] => read(Path::new(folder), threads.parse().unwrap(), true),
        ["fingerprint", folder, out, threads] => fingerprint(Path::new(folder), Path::new(out), threads, false),
        ["fingerprint", folder, out, threads, "direct"] => {
            fingerprint(Path::new(folder), Path::new(out), threads, true)
        }
        _ => {
            let home = std::env::temp_dir().join(format!("lineage_speed.{}", std::process::id()));
            generate(&home, 1, 1);
            read(&home, 2, false);
            fingerprint(&home, &home.join("model.fingerprint"), "2", false);
            std::fs::remove_dir_all(&home).unwrap();
        }
    }
}

fn told(bytes: u64, since: Instant) {
    let seconds = since.elapsed().as_secs_f64();
    println!("{}", json!({"bytes": bytes, "seconds": seconds, "gb_per_s": bytes as f64 / seconds / 1e9}));
}

fn fingerprint(folder: &Path, out: &Path, threads: &str, direct: bool) {
    let options =
        PassOptions { threads: NonZeroUsize::new(threads.parse().unwrap()).unwrap(), direct, ..PassOptions::default() };
    let since = Instant::now();
    let checkpoint = Checkpoint::open(folder).unwrap();
    Fingerprint::write(&checkpoint, &options, out).unwrap();
    told(checkpoint.tensors().iter().map(|tensor| tensor.bytes).sum(), since);
}

/// Reads the file in blocks, each thread every other.
fn read(folder: &Path, threads: usize, direct: bool) {
    let path = folder.join("model.safetensors");
    let mut options = File::options();
    options.read(true);
    let block = if direct { 4 * BLOCK } else { BLOCK };
    if direct {
        options.custom_flags(0o40_000);
    }
    let file = options.open(&path).unwrap();
    let whole = file.metadata().unwrap().len();
    let since = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let file = &file;
            scope.spawn(move || {
                let mut bytes = vec![0; block + 4096];
                let skip = bytes.as_ptr().align_offset(4096);
                for start in (thread * block..whole as usize).step_by(threads * block) {
                    let wanted = block.min(whole as usize - start);
                    let mut done = 0;
                    while done < wanted {
                        done += file.read_at(&mut bytes[skip + done..skip + block], (start + done) as u64).unwrap();
                    }
                    std::hint::black_box(&bytes);
                }
            });
        }
    });
    told(whole, since);
}

/// Names and shapes of a model as wide as Llama 3 with eight thousand million weights.
fn shapes(blocks: usize) -> Vec<(String, Vec<usize>)> {
    let mut shapes = vec![("model.embed_tokens.weight".to_owned(), vec![16384, 4096])];
    for block in 0..blocks {
        for (name, shape) in [
            ("self_attn.q_proj", vec![4096, 4096]),
            ("self_attn.k_proj", vec![1024, 4096]),
            ("self_attn.v_proj", vec![1024, 4096]),
            ("self_attn.o_proj", vec![4096, 4096]),
            ("mlp.gate_proj", vec![14336, 4096]),
            ("mlp.up_proj", vec![14336, 4096]),
            ("mlp.down_proj", vec![4096, 14336]),
            ("input_layernorm", vec![4096]),
            ("post_attention_layernorm", vec![4096]),
        ] {
            shapes.push((format!("model.layers.{block}.{name}.weight"), shape));
        }
    }
    shapes.push(("model.norm.weight".to_owned(), vec![4096]));
    shapes
}

fn generate(folder: &Path, seed: u64, blocks: usize) {
    std::fs::create_dir_all(folder).unwrap();
    let config = json!({
        "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336, "num_attention_heads": 32,
        "num_key_value_heads": 8, "num_hidden_layers": blocks, "vocab_size": 16384,
    });
    std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
    let (mut header, mut next) = (Map::new(), 0);
    for (name, shape) in shapes(blocks) {
        let end = next + 2 * shape.iter().product::<usize>();
        header.insert(name, json!({"dtype": "BF16", "shape": shape, "data_offsets": [next, end]}));
        next = end;
    }
    let mut header = Value::Object(header).to_string();
    header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
    let mut out = BufWriter::with_capacity(1 << 20, File::create(folder.join("model.safetensors")).unwrap());
    out.write_all(&(header.len() as u64).to_le_bytes()).unwrap();
    out.write_all(header.as_bytes()).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..next / 2 {
        // Four bytes added up: about normal, of standard deviation 0.02.
        let sum: i32 = random.next_u32().to_le_bytes().into_iter().map(i32::from).sum();
        let value = (sum - 510) as f32 * (0.02 / 147.8);
        out.write_all(&((value.to_bits() >> 16) as u16).to_le_bytes()).unwrap();
    }
    out.flush().unwrap();
}
