// The steps of the optimisers, element by element. Blocks of 256 threads.

// partial[block] = the sum of squares of a run of floats. Grid: any number of blocks.
extern "C" __global__ void square_sum(float* partial, const float* x, long long count) {
    __shared__ float room[256];
    long long each = (count + gridDim.x - 1) / gridDim.x;
    long long from = blockIdx.x * each, to = from + each < count ? from + each : count;
    float sum = 0.0f;
    for (long long at = from + threadIdx.x; at < to; at += blockDim.x) sum += x[at] * x[at];
    sum = block_sum(sum, room);
    if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

// AdamW (Loshchilov & Hutter 2019, arXiv 1711.05101). `correct1` and `correct2` are 1 − beta^step.
extern "C" __global__ void adamw(
    float* weight, float* first, float* second, const float* gradient, long long count, float clip, float rate,
    float beta1, float beta2, float epsilon, float decay, float correct1, float correct2) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count) return;
    float g = gradient[at] * clip;
    float m = first[at] = beta1 * first[at] + (1.0f - beta1) * g;
    float v = second[at] = beta2 * second[at] + (1.0f - beta2) * g * g;
    float step = m / correct1 / (sqrtf(v / correct2) + epsilon);
    weight[at] -= rate * (step + decay * weight[at]);
}

// Momentum as Nesterov saw it, for Muon (Jordan et al. 2024): buffer = beta · buffer + (1 − beta) · g, and out is
// beta · buffer + (1 − beta) · g.
extern "C" __global__ void nesterov(
    float* out, float* buffer, const float* gradient, long long count, float clip, float beta) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at >= count) return;
    float g = gradient[at] * clip;
    float m = buffer[at] = beta * buffer[at] + (1.0f - beta) * g;
    out[at] = beta * m + (1.0f - beta) * g;
}

// out = in · factor as bfloat16.
extern "C" __global__ void scale_cast(half_t* out, const float* in, float factor, long long count) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) out[at] = narrow(in[at] * factor);
}

// weight = weight · (1 − rate · decay) − rate · factor · step.
extern "C" __global__ void muon_apply(
    float* weight, const half_t* step, float rate, float factor, float decay, long long count) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) weight[at] = weight[at] * (1.0f - rate * decay) - rate * factor * widen(step[at]);
}
