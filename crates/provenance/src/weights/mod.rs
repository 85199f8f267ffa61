//! Safetensors files, held to their format before anything of them is read.
