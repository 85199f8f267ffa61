//! The tests and the tiers.

use super::Entry;

/// In the order of [`crate::lineage::Tier`].
pub(crate) const TIERS: &[Entry; 3] = &[
    Entry::new(
        "exact",
        ("exact", "정확"),
        (
            "The p-value holds for any two independent trainings, whatever they were trained on: which hidden unit, head or \
             expert got which number is chance, and in two independent models it is chance twice over.",
            "학습 데이터가 무엇이든 독립적으로 학습한 두 모델이라면 반드시 성립하는 p값입니다. 어느 은닉 유닛·헤드·전문가가 몇 번이 되는지는 \
             우연이며, 독립인 두 모델에서는 그 우연이 서로 무관합니다.",
        ),
        (
            "It assumes that units stand in no order that both trainings give on purpose (sorted or elastic units, pruning \
             patterns). It does not tell copied weights from a shared random initialisation.",
            "두 학습이 일부러 같은 순서로 유닛을 늘어놓지 않았다는 가정에 섭니다(크기순 정렬, 탄력형 모델, 가지치기 규칙 등). 가중치를 가져온 것인지 같은 \
             난수 초기값에서 출발한 것인지는 가르지 못합니다.",
        ),
    ),
    Entry::new(
        "calibrated",
        ("calibrated", "보정"),
        (
            "Both models had to be brought into line first, and aligning can itself make likeness. So the statistic is held \
             against what the same procedure gives where nothing is to be found: mismatched layers and models known to be \
             independent.",
            "먼저 두 모델을 맞추어 놓아야 하는 검정입니다. 맞추는 일 자체가 닮음을 만들 수 있으므로, 같은 절차를 아무것도 없어야 할 곳(어긋난 층, \
             독립임이 알려진 모델)에 적용한 값과 견줍니다.",
        ),
        (
            "It is as good as the models it was calibrated on, and cannot speak of probabilities much smaller than one in as \
             many of them as there are.",
            "보정에 쓴 모델만큼만 믿을 수 있고, 그 개수의 역수보다 훨씬 작은 확률은 말할 수 없습니다.",
        ),
    ),
    Entry::new(
        "corroborating",
        ("corroborating", "정황"),
        ("It points the same way as other findings.", "다른 결과와 같은 방향을 가리킵니다."),
        (
            "It proves nothing alone: independent models can look alike here.",
            "단독으로는 아무것도 증명하지 못합니다. 독립인 모델끼리도 비슷하게 나올 수 있습니다.",
        ),
    ),
];

/// In the order of [`crate::lineage::Test`].
pub(crate) const TESTS: &[Entry; 10] = &[
    Entry::new(
        "identical-tensors",
        ("identical tensors", "동일 텐서"),
        (
            "Whole matrices are equal in every weight. Chance does not do that: they were copied, or never trained after a \
             shared start.",
            "행렬 전체가 가중치 하나까지 같습니다. 우연히 일어나지 않는 일로, 복사했거나 같은 출발점에서 학습하지 않은 채 남은 것입니다.",
        ),
        (
            "Constant tensors (gains of one, position tables) are equal everywhere and are not counted. One more step of \
             training makes every tensor differ, so nothing found here says nothing.",
            "상수 텐서(모두 1인 게인, 위치 표)는 어디서나 같으므로 세지 않습니다. 한 걸음만 더 학습해도 모두 달라지므로, 여기서 나오지 않았다고 해서 \
             무관한 것은 아닙니다.",
        ),
    ),
    Entry::new(
        "identical-units",
        ("identical units", "동일 유닛"),
        (
            "Single rows or columns are equal in every weight: parts that were frozen, rows of tokens that training never met.",
            "행이나 열 하나가 가중치까지 같습니다. 얼려 둔 부분이나, 학습 중 한 번도 나오지 않은 토큰의 행이 그렇습니다.",
        ),
        (
            "Rows of zeros and of constants are not counted. Quantising or any training of the row ends it.",
            "0이나 상수로 된 행은 세지 않습니다. 양자화하거나 그 행을 학습하면 사라집니다.",
        ),
    ),
    Entry::new(
        "aligned-units",
        ("aligned units", "같은 자리의 유닛"),
        (
            "Units with the same number in both models point the same way more often than under a random renumbering. \
             Fine-tuning, long continued training, quantising and merging leave that standing.",
            "두 모델에서 번호가 같은 유닛끼리, 번호를 무작위로 다시 붙였을 때보다 같은 방향을 향합니다. 미세 조정, 긴 계속 학습, 양자화, 병합을 거쳐도 남는 \
             흔적입니다.",
        ),
        (
            "Renumbering the units of one model hides it; then matching has to find it. A shared seed with the same code gives \
             the same result as a copy.",
            "한쪽 모델의 유닛 번호를 바꾸면 가려지므로, 그때는 짝을 찾는 검정이 필요합니다. 같은 시드와 같은 코드로 초기화한 경우와 복사한 경우가 똑같이 나옵니다.",
        ),
    ),
    Entry::new(
        "matched-units",
        ("matched units", "짝지은 유닛"),
        (
            "Hidden units are paired by one of their matrices, and the pairs hold in the others as well: what renumbering \
             hides is found.",
            "은닉 유닛을 한 행렬로 짝지었더니 다른 행렬에서도 그 짝이 맞습니다. 번호를 바꾸어 감춘 것을 찾아냅니다.",
        ),
        (
            "Independent models may share a few features that both learned; the share of matched units tells that from \
             descent.",
            "독립인 모델도 각자 배운 특징 몇 가지는 닮을 수 있습니다. 짝지어진 비율로 그것과 계승을 구별합니다.",
        ),
    ),
    Entry::new(
        "matched-heads",
        ("matched heads", "짝지은 헤드"),
        (
            "Heads of attention are paired by what their products do, which renumbering heads and turning them within \
             themselves leave alone.",
            "어텐션 헤드를 행렬 곱의 작용으로 짝짓습니다. 헤드 번호를 바꾸거나 헤드 안에서 회전시켜도 변하지 않는 값입니다.",
        ),
        (
            "There are few heads, so a p-value cannot be very small; look at it together with the hidden units.",
            "헤드 수가 적어 p값이 아주 작아질 수 없습니다. 은닉 유닛의 결과와 함께 보십시오.",
        ),
    ),
    Entry::new(
        "matched-experts",
        ("matched experts", "짝지은 전문가"),
        (
            "Experts of a mixture are paired with experts, or with the one network of a dense model: renumbered experts and \
             models upcycled from a dense one are found.",
            "혼합 모델의 전문가를 다른 모델의 전문가, 또는 밀집 모델의 단일 망과 짝짓습니다. 번호를 바꾼 전문가나 밀집 모델을 늘려 만든 모델을 찾아냅니다.",
        ),
        (
            "Experts that were started anew with noise are found only as far as what was kept of them.",
            "잡음을 섞어 새로 시작한 전문가는 남아 있는 만큼만 드러납니다.",
        ),
    ),
    Entry::new(
        "shared-tokens",
        ("shared tokens", "공통 토큰"),
        (
            "Rows of the embedding or head for tokens that both vocabularies have, matched by the token's bytes and not by its \
             id.",
            "두 어휘에 모두 있는 토큰의 임베딩·출력 행을 번호가 아니라 바이트로 맞추어 비교합니다.",
        ),
        (
            "Independent models learn alike relations between words, so likeness of relations is no evidence; only likeness \
             of coordinates is.",
            "독립인 모델도 단어 사이의 관계는 비슷하게 배우므로 관계가 닮은 것은 근거가 아닙니다. 좌표가 닮은 것만 근거입니다.",
        ),
    ),
    Entry::new(
        "signed-permutation",
        ("channels matched with signs", "부호 있는 채널 짝짓기"),
        (
            "Gains of norms are folded into the next matrix and the channels of the state are matched, signs included: a model \
             whose channels were renumbered and flipped is found.",
            "정규화 게인을 다음 행렬에 합친 뒤 상태 채널을 부호까지 짝짓습니다. 채널 번호와 부호를 바꾼 모델을 찾아냅니다.",
        ),
        (
            "Matching uses what both models learned, so its p-value is calibrated and not exact.",
            "두 모델이 배운 내용으로 짝짓기 때문에 p값은 정확이 아니라 보정 등급입니다.",
        ),
    ),
    Entry::new(
        "rotation",
        ("rotation of the state", "상태 공간의 회전"),
        (
            "An orthogonal map between the two states is solved for on shared tokens, and the blocks are compared under it: a \
             model that was rotated as a whole is found.",
            "공통 토큰에서 두 상태 공간 사이의 직교 변환을 구해 적용한 뒤 블록을 비교합니다. 통째로 회전시킨 모델을 찾아냅니다.",
        ),
        (
            "It needs about as many shared tokens as the state is wide. Independent models agree a little under such a map, \
             which is what it is calibrated on.",
            "상태 너비만큼의 공통 토큰이 있어야 합니다. 독립인 모델도 이런 변환 아래에서는 조금 닮으며, 그 값에 맞추어 보정합니다.",
        ),
    ),
    Entry::new(
        "merge",
        ("weighted sum", "가중합"),
        (
            "The candidate's part is written as a sum of parts of models of the library; the weights and the share explained \
             (R²) tell a merge of several models.",
            "후보의 부위를 라이브러리 모델들의 합으로 나타냅니다. 계수와 설명 비율(R²)이 여러 모델을 섞은 병합을 드러냅니다.",
        ),
        (
            "Only models of the library can be named. Weights are those of the best fit, not of a recipe.",
            "라이브러리에 있는 모델만 지목할 수 있습니다. 계수는 가장 잘 맞는 값이지 실제 배합 비율이 아닙니다.",
        ),
    ),
];
