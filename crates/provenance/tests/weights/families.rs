//! Layouts of the families that the table knows.

use provenance::anatomy::{Axis, Expert, Families, Layout, Role, Spot, Tower};
use provenance::fingerprint::{Fingerprint, PassOptions};
use provenance::weights::Checkpoint;
use serde_json::{Value, json};

use super::build::{Given, folder, weights};

/// A checkpoint of tensors of these names and shapes in bf16.
fn checkpoint(config: &Value, tensors: &[(&str, &[u64])]) -> (tempfile::TempDir, Checkpoint) {
    let home = tempfile::tempdir().unwrap();
    let given: Vec<Given> = tensors
        .iter()
        .enumerate()
        .map(|(number, (name, shape))| {
            Given::new(name, "BF16", shape, &weights(number as u64, shape.iter().product::<u64>() as usize))
        })
        .collect();
    folder(home.path(), config, &given);
    let opened = Checkpoint::open(home.path()).unwrap();
    (home, opened)
}

/// Each part as words: tower, spot, role, expert, axis, units × width.
fn parts(checkpoint: &Checkpoint) -> (Vec<String>, Vec<String>) {
    let layout = Layout::of(checkpoint, &Families::default()).unwrap();
    let told = layout.places.iter().map(|place| {
        let expert = match place.expert {
            Some(Expert::Routed(expert)) => format!(" routed {expert}"),
            Some(Expert::Shared(expert)) => format!(" shared {expert}"),
            None => String::new(),
        };
        let axis = if place.axis == Axis::Rows { "rows" } else { "columns" };
        format!("{} {:?}{expert} {axis} {}x{}", place.component, place.role, place.units(), place.width())
    });
    (told.collect(), layout.remarks)
}

#[test]
fn deepseek_has_latent_attention_experts_and_a_further_head() {
    let config = json!({
        "model_type": "deepseek_v3", "hidden_size": 32, "num_attention_heads": 4, "num_hidden_layers": 1,
        "qk_nope_head_dim": 16, "qk_rope_head_dim": 8, "v_head_dim": 12,
    });
    let (_home, opened) = checkpoint(
        &config,
        &[
            ("model.layers.0.self_attn.q_a_proj.weight", &[24, 32]),
            ("model.layers.0.self_attn.q_b_proj.weight", &[96, 24]),
            ("model.layers.0.self_attn.kv_a_proj_with_mqa.weight", &[28, 32]),
            ("model.layers.0.self_attn.kv_b_proj.weight", &[112, 20]),
            ("model.layers.0.mlp.gate.weight", &[2, 32]),
            ("model.layers.0.mlp.experts.1.down_proj.weight", &[32, 16]),
            ("model.layers.0.mlp.shared_experts.up_proj.weight", &[16, 32]),
            ("model.layers.1.eh_proj.weight", &[32, 64]),
            ("model.layers.1.self_attn.o_proj.weight", &[32, 48]),
            ("model.layers.1.shared_head.head.weight", &[100, 32]),
        ],
    );
    let (parts, remarks) = parts(&opened);
    assert_eq!(
        parts,
        [
            "block 0 Query rows 96x24",
            "block 0 Key rows 64x20",
            "block 0 Value rows 48x20",
            "block 0 Latent rows 28x32",
            "block 0 Latent rows 24x32",
            "block 0 Up shared 0 rows 16x32",
            "block 0 Down routed 1 columns 16x32",
            "block 0 Router rows 2x32",
            "prediction block 0 Output columns 48x32",
            "prediction block 0 Projection rows 32x64",
            "prediction head Head rows 100x32",
        ]
    );
    assert_eq!(remarks, [""; 0]);
    // Keys and values alternate head by head.
    let made = Fingerprint::of(&opened, &PassOptions::default()).unwrap();
    let of = |role: Role| made.parts().iter().find(|part| part.role == role).unwrap();
    let whole = weights(3, 112 * 20);
    let bf16 = |value: f32| half::bf16::from_f32(value).to_f32();
    let values = opened.matrix(of(Role::Value), &Families::default()).unwrap();
    for row in 0..48 {
        let stored = row / 12 * 28 + 16 + row % 12;
        for column in 0..20 {
            assert_eq!(values.values[row * 20 + column], bf16(whole[stored * 20 + column]));
        }
    }
}

#[test]
fn fused_matrices_are_cut_by_the_configuration() {
    let config = json!({"model_type": "phi3", "hidden_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2});
    let tensors: [(&str, &[u64]); 2] = [
        ("model.layers.0.self_attn.qkv_proj.weight", &[64, 32]),
        ("model.layers.0.mlp.gate_up_proj.weight", &[40, 32]),
    ];
    let (_home, opened) = checkpoint(&config, &tensors);
    let cut = [
        "block 0 Query rows 32x32",
        "block 0 Key rows 16x32",
        "block 0 Value rows 16x32",
        "block 0 Gate rows 20x32",
        "block 0 Up rows 20x32",
    ];
    assert_eq!(parts(&opened), (cut.map(str::to_owned).to_vec(), vec![]));
    // Sizes that contradict the configuration are told, and the matrix is kept whole.
    let (_home, opened) = checkpoint(&json!({"hidden_size": 32, "num_attention_heads": 4}), &tensors);
    let (parts, remarks) = parts(&opened);
    assert_eq!(parts[2], "block 0 Unknown rows 64x32");
    assert!(remarks[0].contains("1 × [32, 32, 32] rows, and it has 64"), "{remarks:?}");
}

#[test]
fn gpt2_stores_its_matrices_across() {
    let config = json!({"model_type": "gpt2", "n_embd": 32, "n_head": 4, "n_layer": 1});
    let (_home, opened) = checkpoint(
        &config,
        &[
            ("h.0.attn.c_attn.weight", &[32, 96]),
            ("h.0.attn.c_proj.weight", &[32, 32]),
            ("h.0.mlp.c_fc.weight", &[32, 128]),
            ("h.0.mlp.c_proj.weight", &[128, 32]),
            ("wte.weight", &[200, 32]),
        ],
    );
    let (parts, remarks) = parts(&opened);
    assert_eq!(
        parts,
        [
            "embedding TokenEmbedding rows 200x32",
            "block 0 Query columns 32x32",
            "block 0 Key columns 32x32",
            "block 0 Value columns 32x32",
            "block 0 Output rows 32x32",
            "block 0 Up columns 128x32",
            "block 0 Down rows 128x32",
        ]
    );
    assert_eq!(remarks, [""; 0]);
}

#[test]
fn a_matrix_stored_across_has_the_same_sketches_and_norms() {
    let values = weights(5, 48 * 80);
    let across: Vec<f32> = (0..80 * 48).map(|place| values[place % 48 * 80 + place / 48]).collect();
    let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    folder(
        homes[0].path(),
        &json!({"model_type": "llama"}),
        &[Given::new("layers.0.mlp.fc1.weight", "BF16", &[80, 48], &across)],
    );
    folder(
        homes[1].path(),
        &json!({"model_type": "gpt2"}),
        &[Given::new("h.0.mlp.c_fc.weight", "BF16", &[48, 80], &values)],
    );
    let [rows, columns] = homes.map(|home| {
        Fingerprint::of(&Checkpoint::open(home.path()).unwrap(), &PassOptions::default()).unwrap().units(0).unwrap()
    });
    assert_eq!((rows.count(), rows.width), (columns.count(), columns.width));
    for (left, right) in rows.sketches.iter().zip(&columns.sketches) {
        assert!((left - right).abs() < 2e-3, "{left} {right}");
    }
    for (left, right) in rows.norms.iter().zip(&columns.norms) {
        assert!((left / right - 1.0).abs() < 1e-5);
    }
}

#[test]
fn experts_in_a_stack_are_parts_of_their_own() {
    let config = json!({"model_type": "qwen3_moe", "hidden_size": 32});
    let (_home, opened) = checkpoint(
        &config,
        &[
            ("model.layers.0.mlp.experts.gate_up_proj", &[2, 40, 32]),
            ("model.layers.0.mlp.experts.down_proj", &[2, 32, 20]),
            ("model.layers.0.feed_forward.experts.gate_up_proj", &[2, 32, 40]),
        ],
    );
    let (parts, _) = parts(&opened);
    assert_eq!(
        parts,
        [
            "block 0 Gate routed 0 columns 20x32",
            "block 0 Gate routed 0 rows 20x32",
            "block 0 Gate routed 1 columns 20x32",
            "block 0 Gate routed 1 rows 20x32",
            "block 0 Up routed 0 columns 20x32",
            "block 0 Up routed 0 rows 20x32",
            "block 0 Up routed 1 columns 20x32",
            "block 0 Up routed 1 rows 20x32",
            "block 0 Down routed 0 columns 20x32",
            "block 0 Down routed 1 columns 20x32",
        ]
    );
}

#[test]
fn towers_of_vision_and_sound_are_told_apart() {
    let (_home, opened) = checkpoint(
        &json!({"model_type": "qwen2_5_vl"}),
        &[
            ("visual.patch_embed.proj.weight", &[32, 3, 2, 4, 4]),
            ("visual.blocks.3.attn.qkv.weight", &[96, 32]),
            ("visual.blocks.3.mlp.down_proj.weight", &[32, 48]),
            ("visual.merger.mlp.0.weight", &[64, 128]),
            ("vision_tower.vision_model.encoder.layers.1.self_attn.out_proj.weight", &[32, 32]),
            ("model.vision_tower.vision_model.embeddings.patch_embedding.weight", &[32, 3, 4, 4]),
            ("multi_modal_projector.linear_1.weight", &[64, 32]),
            ("audio_tower.layers.0.fc1.weight", &[64, 32]),
            ("transformer.h.0.mlp.c_fc_0.weight", &[64, 32]),
            ("model.layers.0.something.new.weight", &[20, 20]),
        ],
    );
    let (parts, remarks) = parts(&opened);
    for part in [
        "vision embedding PatchEmbedding rows 32x96",
        "vision embedding PatchEmbedding rows 32x48",
        "vision block 3 Key rows 32x32",
        "vision block 3 Down columns 48x32",
        "vision block 1 Output columns 32x32",
        "connector end Up rows 64x128",
        "connector end Up rows 64x32",
        "audio block 0 Up rows 64x32",
        "block 0 Unknown rows 20x20",
    ] {
        assert!(parts.contains(&part.to_owned()), "{part} is not in {parts:#?}");
    }
    // EXAONE's names are EXAONE's only.
    assert_eq!(remarks.len(), 2, "{remarks:?}");
}

#[test]
fn weights_with_factors_are_dequantised() {
    let codes: Vec<u8> = (0..200 * 300).map(|place| (place % 120) as u8).collect();
    let factors: Vec<f32> = (0..6).map(|place| 0.5 + place as f32).collect();
    let home = tempfile::tempdir().unwrap();
    let int8: Vec<u8> = (0..4 * 32).map(|place| place as u8).collect();
    folder(
        home.path(),
        &json!({"model_type": "deepseek_v3"}),
        &[
            Given::raw("model.layers.0.mlp.up_proj.weight", "F8_E4M3", &[200, 300], codes.clone()),
            Given::new("model.layers.0.mlp.up_proj.weight_scale_inv", "F32", &[2, 3], &factors),
            Given::raw("model.layers.0.mlp.gate_proj.weight", "I8", &[4, 32], int8.clone()),
            Given::new("model.layers.0.mlp.gate_proj.weight_scale", "F32", &[4, 1], &factors[..4]),
            Given::raw("model.layers.0.self_attn.q_proj.weight", "F8_E5M2", &[4, 32], vec![0x3c; 128]),
            Given::new("model.layers.0.self_attn.q_proj.weight_scale", "BF16", &[], &[3.0]),
        ],
    );
    let opened = Checkpoint::open(home.path()).unwrap();
    let made = Fingerprint::of(&opened, &PassOptions::default()).unwrap();
    assert_eq!(made.parts().len(), 3);
    let matrix = |role: Role| {
        let part = made.parts().iter().find(|part| part.role == role).unwrap();
        opened.matrix(part, &Families::default()).unwrap().values
    };
    let e4m3 = |byte: u8| match (byte >> 3, byte & 7) {
        (0, fraction) => f32::from(fraction) / 512.0,
        (exponent, fraction) => (1.0 + f32::from(fraction) / 8.0) * 2f32.powi(i32::from(exponent) - 7),
    };
    for (place, value) in matrix(Role::Up).iter().enumerate() {
        let (row, column) = (place / 300, place % 300);
        assert_eq!(*value, e4m3(codes[place]) * factors[row / 128 * 3 + column / 128]);
    }
    for (place, value) in matrix(Role::Gate).iter().enumerate() {
        assert_eq!(*value, f32::from(int8[place] as i8) * factors[place / 32]);
    }
    assert!(matrix(Role::Query).iter().all(|value| *value == 3.0));
    folder(
        home.path(),
        &json!({}),
        &[
            Given::raw("model.layers.0.mlp.up_proj.weight", "F8_E4M3", &[200, 300], codes),
            Given::new("model.layers.0.mlp.up_proj.weight_scale_inv", "F32", &[3, 2], &factors),
        ],
    );
    let fault = Layout::of(&Checkpoint::open(home.path()).unwrap(), &Families::default()).unwrap_err().to_string();
    assert!(fault.contains("[3, 2] do not fit its shape [200, 300]"), "{fault}");
}

#[test]
fn a_users_table_names_what_the_program_does_not_know() {
    let (home, opened) = checkpoint(&json!({}), &[("net.body.7.wide.w", &[64, 32])]);
    let map = home.path().join("map.toml");
    std::fs::write(&map, "[[group]]\ntower = \"vision\"\nprefixes = [\"net.\"]\n[group.names]\n\"body.{block}.wide.w\" = { role = \"up\" }\n").unwrap();
    let layout = Layout::of(&opened, &Families::with_maps(&[map]).unwrap()).unwrap();
    let place = &layout.places[0];
    assert_eq!((place.role, place.component.tower, place.component.spot), (Role::Up, Tower::Vision, Spot::Block(7)));
    assert!(layout.remarks.is_empty());
}
