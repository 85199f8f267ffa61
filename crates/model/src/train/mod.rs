//! A model learns: optimisers, schedule, loop, checkpoints.
