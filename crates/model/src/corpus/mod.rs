//! Text made fit to learn from: read, normalised, freed of repeats and of test items, and written down.
