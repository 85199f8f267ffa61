"""A training run of Daepyo as torchtitan reads it: `--module daepyo_titan.run --config train`."""
