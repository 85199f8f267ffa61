//! A tiny model with random weights and strong opinions.

use std::collections::BTreeMap;

use model::folder::Model;
use model::tokenizer::{TrainOptions, train};
use model::{Kind, Layout, Shape, Tokenizer};

pub(crate) const CHATML: &str = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

const LINES: [&str; 6] = [
    "대한민국의 수도는 서울이다. 서울에는 한강이 흐른다.",
    "the capital of the country is the city on the river",
    "셋에 넷을 더하면 일곱이다. 일곱에서 넷을 빼면 셋이다.",
    "three and four make seven; seven less four is three",
    "질문: 어느 도시가 수도인가? 답: 서울이다.",
    "question: which city is the capital? answer: the city on the river",
];

pub(crate) fn tokenizer() -> Tokenizer {
    train(LINES, &TrainOptions::new(320)).expect("320 ids are enough")
}

pub(crate) fn shape(context: usize) -> Shape {
    Shape {
        vocab: 320,
        width: 48,
        layers: 2,
        heads: 4,
        kv_heads: 2,
        head_size: 16,
        hidden: 96,
        context,
        rope_theta: 10_000.0,
        rope_scaling: None,
        norm_epsilon: 1e-6,
        head_norms: true,
        attention_bias: false,
        tied: true,
    }
}

/// Numbers between -1 and 1 from a linear congruence.
pub(crate) fn weights(shape: &Shape) -> Vec<f32> {
    let layout = Layout::of(shape);
    let mut weights = vec![0.0; layout.floats()];
    let mut state = 1_u64;
    let sizes = BTreeMap::from([(true, (1.0, 0.2)), (false, (0.0, 0.3))]);
    for place in layout.places() {
        let (middle, size) = sizes[&(place.kind == Kind::Gain)];
        for weight in &mut weights[place.range()] {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            *weight = middle + ((state >> 40) as f32 / 8_388_608.0 - 1.0) * size;
        }
    }
    weights
}

pub(crate) fn model(context: usize) -> Model {
    let shape = shape(context);
    let weights = weights(&shape);
    Model { shape, weights, tokenizer: tokenizer(), chat_template: Some(CHATML.to_owned()) }
}
