// RMSNorm over the width (Zhang & Sennrich 2019, arXiv 1910.07467). Blocks of 256 threads.

// y[m] = x[m] · rstd[m] · gain, rstd = 1 / sqrt(mean(x²) + epsilon). Grid: a block a token.
extern "C" __global__ void rms_forward(
    half_t* y, float* rstd, const float* x, const float* gain, int width, float epsilon) {
    __shared__ float room[256];
    const float* row = x + (long long)blockIdx.x * width;
    float squares = 0.0f;
    for (int j = threadIdx.x; j < width; j += blockDim.x) squares += row[j] * row[j];
    float scale = rsqrtf(block_sum(squares, room) / width + epsilon);
    if (threadIdx.x == 0) rstd[blockIdx.x] = scale;
    half_t* out = y + (long long)blockIdx.x * width;
    for (int j = threadIdx.x; j < width; j += blockDim.x) out[j] = narrow(row[j] * scale * gain[j]);
}

// dx[m] += rstd · (gain · dy − n · mean(gain · dy · n)) with n = x · rstd; partial[block] gathers dy · n for the gain.
// Grid: any number of blocks; each takes a run of tokens.
extern "C" __global__ void rms_backward(
    float* dx, float* partial, const float* dy, const float* x, const float* rstd, const float* gain, int width,
    int tokens) {
    __shared__ float room[256];
    int each = (tokens + gridDim.x - 1) / gridDim.x;
    int from = blockIdx.x * each, to = min(tokens, from + each);
    float* sums = partial + (long long)blockIdx.x * width;
    for (int j = threadIdx.x; j < width; j += blockDim.x) sums[j] = 0.0f;
    for (int m = from; m < to; m++) {
        const float* row = x + (long long)m * width;
        const float* drow = dy + (long long)m * width;
        float scale = rstd[m], along = 0.0f;
        for (int j = threadIdx.x; j < width; j += blockDim.x) along += gain[j] * drow[j] * row[j] * scale;
        along = block_sum(along, room) / width;
        for (int j = threadIdx.x; j < width; j += blockDim.x) {
            float normal = row[j] * scale;
            dx[(long long)m * width + j] += scale * (gain[j] * drow[j] - normal * along);
            sums[j] += drow[j] * normal;
        }
    }
}
