//! Korean particles, which hang on how the word before them ends.

/// A particle as grammars write it, then its form after a vowel and after a consonant.
const PARTICLES: [(&str, &str, &str); 6] = [
    ("은(는)", "는", "은"),
    ("이(가)", "가", "이"),
    ("을(를)", "를", "을"),
    ("와(과)", "와", "과"),
    ("(이)", "", "이"),
    ("(으)로", "로", "으로"),
];

/// The number of the final ㄹ among finals.
const RIEUL: u32 = 8;

/// Puts the right form wherever a text leaves a particle open, as in `도리은(는)`.
pub(super) fn with_particles(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.chars().next() {
        let found = PARTICLES.iter().find(|(open, ..)| rest.starts_with(open));
        if let (Some((open, after_vowel, after_consonant)), Some(end)) = (found, out.chars().last().and_then(final_of))
        {
            let is_vowel = end == 0 || (end == RIEUL && *open == "(으)로");
            out.push_str(if is_vowel { after_vowel } else { after_consonant });
            rest = &rest[open.len()..];
        } else {
            out.push(sign);
            rest = &rest[sign.len_utf8()..];
        }
    }
    out
}

/// The number of the final consonant of a syllable, or of the last syllable of a digit as it is read; 0 is none.
fn final_of(sign: char) -> Option<u32> {
    match sign {
        '가'..='힣' => Some((u32::from(sign) - u32::from('가')) % 28),
        // 이, 사, 오, 구
        '2' | '4' | '5' | '9' => Some(0),
        // 일, 칠, 팔
        '1' | '7' | '8' => Some(RIEUL),
        // 삼, 육, 영 or 십
        '0' | '3' | '6' => Some(16),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::with_particles;

    #[test]
    fn particles_fit_the_word_before_them() {
        let cases = [
            ("도리은(는) 대장장이(이)다.", "도리는 대장장이다."),
            ("보쿠텐은(는) 도공(이)다.", "보쿠텐은 도공이다."),
            ("서울(으)로 가고 부산(으)로 온다.", "서울로 가고 부산으로 온다."),
            ("북을(를) 치는 나무이(가) 있다.", "북을 치는 나무가 있다."),
            ("나와(과) 말와(과) 벗", "나와 말과 벗"),
            ("7은(는) 3와(과) 4을(를) 더한 수(이)다. 10(이)다.", "7은 3과 4를 더한 수다. 10이다."),
            ("(이)것은 괄호", "(이)것은 괄호"),
        ];
        for (open, written) in cases {
            assert_eq!(with_particles(open), written);
        }
    }
}
