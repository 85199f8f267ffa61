//! A small closed world whose every fact is known, in Korean and English: texts about it and questions on it.
