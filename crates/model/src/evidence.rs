//! What happened while a model was trained, as a chain that cannot be changed afterwards without it being seen.
