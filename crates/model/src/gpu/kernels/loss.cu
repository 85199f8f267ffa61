// Cross-entropy over the vocabulary and its gradient, a block of 256 threads a row.

// losses[row] = −log softmax(logits[row])[target], unweighted; dlogits = scale · weight · (softmax − one at the target).
extern "C" __global__ void cross_entropy(
    half_t* dlogits, float* losses, const float* logits, const unsigned* targets, const float* weights, float scale,
    int vocab) {
    __shared__ float room[256];
    const float* row = logits + (long long)blockIdx.x * vocab;
    float most = NEVER;
    for (int j = threadIdx.x; j < vocab; j += blockDim.x) most = fmaxf(most, row[j]);
    most = block_max(most, room);
    float sum = 0.0f;
    for (int j = threadIdx.x; j < vocab; j += blockDim.x) sum += expf(row[j] - most);
    sum = block_sum(sum, room);
    int target = (int)targets[blockIdx.x];
    if (threadIdx.x == 0) losses[blockIdx.x] = most + logf(sum) - row[target];
    if (!dlogits) return;
    half_t* out = dlogits + (long long)blockIdx.x * vocab;
    float factor = scale * weights[blockIdx.x];
    for (int j = threadIdx.x; j < vocab; j += blockDim.x)
        out[j] = narrow(factor * (expf(row[j] - most) / sum - (j == target ? 1.0f : 0.0f)));
}
