//! From a corpus to a folder that answers: every step of the room in one walk.
