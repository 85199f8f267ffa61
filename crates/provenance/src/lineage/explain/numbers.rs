//! The numbers of a report, the log of evidence, and what no audit of weights can see.

use super::Entry;

/// Numbers.
pub const NUMBERS: &[Entry] = &[
    Entry::new(
        "log10_p",
        ("log10 p", "log10 p"),
        (
            "The chance, if the two models were independent, of a result at least as strong, as a power of ten: -6 is one in a \
             million.",
            "두 모델이 독립일 때 이만큼 강한 결과가 나올 확률을 10의 거듭제곱으로 적은 값입니다. -6은 백만 번에 한 번입니다.",
        ),
        (
            "It is not the chance that the models are independent. It says how sure, not how much: with billions of weights a \
             trace of dependence has a tiny p. Read it beside the effect size.",
            "모델이 독립일 확률이 아닙니다. 얼마나 확실한지이지 얼마나 많은지가 아니며, 가중치가 수십억 개면 흔적만 있어도 p는 아주 작아집니다. 효과 크기와 함께 \
             읽으십시오.",
        ),
    ),
    Entry::new(
        "log10_adjusted",
        ("adjusted", "조정값"),
        (
            "The same after Holm's correction for everything that was tried: models, components and pairs of layers. Below the \
             level counts as found.",
            "모델·부위·층 쌍을 모두 시험해 본 데 대한 홀름 보정을 거친 값입니다. 유의수준보다 작으면 발견으로 칩니다.",
        ),
        (
            "The level is the chance that one independent candidate in its whole report is wrongly called dependent.",
            "유의수준은 독립인 후보 하나가 보고서 전체에서 한 번이라도 잘못 지목될 확률입니다.",
        ),
    ),
    Entry::new(
        "effect",
        ("effect size", "효과 크기"),
        (
            "How large the likeness is, from 0 to 1: the mean cosine of paired units, the share of units that match or are \
             equal, or the share of variance explained.",
            "닮은 정도를 0에서 1까지로 나타냅니다. 짝지은 유닛의 평균 코사인, 짝이 맞거나 똑같은 유닛의 비율, 설명되는 분산의 비율 등입니다.",
        ),
        (
            "A cosine is only told of parts without a common mean: gains of norms are near one in every model, so their cosine \
             is near one for anybody and is never used.",
            "코사인은 공통 평균이 없는 부위에서만 셉니다. 정규화 게인은 어느 모델에서나 1에 가까워 누구와 비교해도 코사인이 1에 가까우므로 쓰지 않습니다.",
        ),
    ),
    Entry::new(
        "sensitivity",
        ("sensitivity", "민감도"),
        (
            "The smallest mean cosine between units that would have been found in nineteen of twenty cases in this component, \
             at this level and this library.",
            "이 부위에서, 이 유의수준과 이 라이브러리로, 스무 번 가운데 열아홉 번은 찾아냈을 가장 작은 유닛 평균 코사인입니다.",
        ),
        (
            "It speaks of weights left in place. What was hidden by renumbering or rotation needs the other tests, which are \
             less sensitive.",
            "제자리에 남은 가중치에 대한 값입니다. 번호를 바꾸거나 회전시켜 감춘 것은 덜 민감한 다른 검정의 몫입니다.",
        ),
    ),
    Entry::new(
        "controls",
        ("controls", "대조"),
        (
            "The same test where the answer is known. Negative ones (mismatched layers, shuffled units) must find nothing; a \
             positive one (a child derived on the fly) must be found.",
            "답이 알려진 곳에 같은 검정을 돌린 결과입니다. 음성 대조(어긋난 층, 뒤섞은 유닛)에서는 나오지 않아야 하고, 양성 대조(그 자리에서 만든 파생 모델)에서는 \
             나와야 합니다.",
        ),
        ("A finding whose own controls failed must not be relied on.", "대조가 어긋난 결과에는 기대지 말아야 합니다."),
    ),
    Entry::new(
        "tokenizer",
        ("tokenizer", "토크나이저"),
        (
            "Whether two tokenizers are the same, one extends the other, or they merely overlap: tokens at the same id and the \
             order of merges tell, not the tokens in common.",
            "두 토크나이저가 같은지, 한쪽이 다른 쪽을 늘린 것인지, 겹치기만 하는지를 봅니다. 공통 토큰 수가 아니라 같은 번호의 토큰과 병합 순서가 말해 줍니다.",
        ),
        (
            "It says nothing about weights. Sharing a public tokenizer is common and allowed in most places.",
            "가중치에 대해서는 아무것도 말하지 않습니다. 공개 토크나이저를 함께 쓰는 일은 흔하고 대개 허용됩니다.",
        ),
    ),
    Entry::new(
        "declared",
        ("declared lineage", "신고한 계보"),
        (
            "Whom the candidate's own card names as its base, shown as declared.",
            "후보의 모델 카드가 스스로 밝힌 기반 모델이며, 신고한 그대로 보여 줍니다.",
        ),
        (
            "It was not found by a test, and what is not declared is not thereby denied.",
            "검정으로 찾은 것이 아니며, 신고하지 않았다고 부인한 것도 아닙니다.",
        ),
    ),
];

/// The log of evidence that a trainer keeps.
pub const EVIDENCE: &[Entry] = &[
    Entry::new(
        "chain",
        ("chain of the log", "기록의 사슬"),
        (
            "No line was changed, taken out or put in since its head was known to others, and the checkpoints that are there \
             are those the log names.",
            "머리값이 남에게 알려진 뒤로 어떤 줄도 바뀌거나 빠지거나 끼어들지 않았고, 남아 있는 체크포인트가 기록이 말하는 것과 같음을 보입니다.",
        ),
        (
            "Whoever holds the whole file can write another from the start: publish the head while the training goes on.",
            "파일 전체를 가진 사람은 처음부터 다시 쓸 수 있습니다. 학습하는 동안 머리값을 공개해 두십시오.",
        ),
    ),
    Entry::new(
        "path",
        ("path of the checkpoints", "체크포인트의 경로"),
        (
            "Checkpoints lie as those of one training do: the first look like random numbers, each depends on the one before, \
             distances from the start grow, neighbours are nearer than others, no stretch is out of proportion, and they do \
             not lie on a straight line. A model that was put in, exchanged checkpoints and a blend between two models are \
             found.",
            "체크포인트가 한 번의 학습에서 나온 것처럼 놓여 있는지 봅니다. 첫 체크포인트는 난수처럼 보이고, 각각은 바로 앞의 것에 의존하며, 출발점에서의 거리가 \
             늘고, 이웃이 더 가깝고, 유난히 긴 구간이 없고, 일직선 위에 있지 않아야 합니다. 끼워 넣은 모델, 뒤바뀐 체크포인트, 두 모델 사이를 섞어 만든 것이 드러납니다.",
        ),
        (
            "It does not train again. Who makes up a whole path with care, or trains from random weights towards another \
             model's answers, is not found; nor is an exchange of two checkpoints that differ by less than a hundredth of their norm.",
            "학습을 다시 해 보는 것은 아닙니다. 경로 전체를 공들여 꾸며 냈거나, 난수에서 출발해 다른 모델의 답을 따라 학습한 경우는 드러나지 않습니다. 차이가 노름의 \
             100분의 1에 못 미치는 두 체크포인트를 맞바꾼 것도 마찬가지입니다.",
        ),
    ),
];

/// What an audit of weights cannot see.
pub const BLIND_SPOTS: &[Entry] = &[
    Entry::new(
        "distillation",
        ("distillation from outputs", "출력 증류"),
        (
            "A model trained on what another model answered shares no weights with it.",
            "다른 모델이 내놓은 답으로 학습한 모델은 가중치를 공유하지 않습니다.",
        ),
        ("No test here can see it.", "여기 있는 어떤 검정으로도 보이지 않습니다."),
    ),
    Entry::new(
        "code",
        ("copied code and architecture", "코드와 구조의 복제"),
        (
            "The same architecture, hyperparameters or inference code leave nothing in the weights.",
            "같은 구조, 하이퍼파라미터, 추론 코드는 가중치에 자취를 남기지 않습니다.",
        ),
        (
            "Configurations are read to find the parts, and are no evidence.",
            "설정 파일은 부위를 찾으려고 읽을 뿐 근거로 삼지 않습니다.",
        ),
    ),
    Entry::new(
        "elsewhere",
        ("models outside the library", "라이브러리 밖의 모델"),
        (
            "A model is compared with the models of the library and with no other.",
            "라이브러리에 있는 모델하고만 비교합니다.",
        ),
        ("Nothing is said of any other model.", "그 밖의 모델에 대해서는 아무 말도 하지 않습니다."),
    ),
    Entry::new(
        "direction",
        ("who came first", "누가 먼저인가"),
        (
            "Dependence has no direction: parent, child and siblings look alike.",
            "의존성에는 방향이 없습니다. 부모, 자식, 형제가 똑같이 보입니다.",
        ),
        (
            "Dates, logs of evidence or a third model have to tell, as they have to tell a shared initialisation from copied \
             weights where this report cannot.",
            "날짜, 학습 기록, 제3의 모델이 말해 주어야 합니다. 이 보고서가 가르지 못하는 초기값 공유와 가중치 복사의 구별도 그렇습니다.",
        ),
    ),
    Entry::new(
        "small",
        ("less than the sensitivity", "민감도에 못 미치는 흔적"),
        (
            "What was trained on for so long, or blended so thinly, that less than the sensitivity is left.",
            "아주 오래 더 학습했거나 아주 옅게 섞어 민감도보다 적게 남은 경우입니다.",
        ),
        ("It is not found, and is not excluded.", "발견되지 않으며, 없다고 말하는 것도 아닙니다."),
    ),
];
