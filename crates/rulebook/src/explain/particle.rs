//! Korean particles: 을 or 를, 이 or 가, by the last sound of the word before.

/// A particle that has two forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Particle {
    /// 은/는.
    Topic,
    /// 이/가.
    Subject,
    /// 을/를.
    Object,
}

/// `word` with the form of `particle` that fits.
pub(super) fn with(word: &str, particle: Particle) -> String {
    let form = match (particle, ends_in_consonant(word)) {
        (Particle::Topic, true) => "은",
        (Particle::Topic, false) => "는",
        (Particle::Subject, true) => "이",
        (Particle::Subject, false) => "가",
        (Particle::Object, true) => "을",
        (Particle::Object, false) => "를",
    };
    format!("{word}{form}")
}

/// Whether `word` ends in a consonant when it is read aloud: quotes and brackets are not read.
fn ends_in_consonant(word: &str) -> bool {
    let last = word.chars().rev().find(|char| char.is_alphanumeric() || *char == '%');
    last.is_some_and(|char| match char {
        '가'..='힣' => (u32::from(char) - u32::from('가')) % 28 != 0,
        // 영, 일, 삼, 육, 칠, 팔.
        '0' | '1' | '3' | '6' | '7' | '8' => true,
        // 엘, 엠, 엔, 알.
        'L' | 'M' | 'N' | 'R' | 'l' | 'm' | 'n' | 'r' => true,
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_sound_decides() {
        use Particle::*;
        for (word, particle, expected) in [
            ("팀", Subject, "팀이"),
            ("평가", Subject, "평가가"),
            ("서면평가", Object, "서면평가를"),
            ("점수판", Object, "점수판을"),
            ("기업", Topic, "기업은"),
            ("대표", Topic, "대표는"),
            ("B200", Object, "B200을"),
            ("95", Subject, "95가"),
            ("11.1", Object, "11.1을"),
            ("GPU", Object, "GPU를"),
            ("SKT", Topic, "SKT는"),
            ("LLM", Topic, "LLM은"),
            ("'독자성'", Object, "'독자성'을"),
            ("총점(100점)", Topic, "총점(100점)은"),
            ("95%", Object, "95%를"),
            ("", Topic, "는"),
        ] {
            let written = with(word, particle);
            // A quote or bracket stays between the word and its particle.
            assert_eq!(written, expected, "{word} with {particle:?}");
        }
    }
}
