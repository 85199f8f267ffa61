// Copies, look-ups and the gate of the feed-forward block. Blocks of 256 threads.

extern "C" __global__ void fill(float* out, float value, long long count) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) out[at] = value;
}

extern "C" __global__ void cast(half_t* out, const float* in, long long count) {
    long long at = (long long)blockIdx.x * blockDim.x + threadIdx.x;
    if (at < count) out[at] = narrow(in[at]);
}

// x[m] = table[ids[m]]. Grid: a block a token.
extern "C" __global__ void embed_forward(float* x, const float* table, const unsigned* ids, int width) {
    const float* row = table + (long long)ids[blockIdx.x] * width;
    float* out = x + (long long)blockIdx.x * width;
    for (int j = threadIdx.x; j < width; j += blockDim.x) out[j] = row[j];
}

// gradient[id] += the sum of dx over the places of that id, in their order. `order` holds places sorted by id; those of
// `distinct[u]` stand from `starts[u]` to `starts[u + 1]`. Grid: a block a distinct id, so that nothing adds twice at once.
extern "C" __global__ void embed_backward(
    float* gradient, const float* dx, const unsigned* distinct, const unsigned* starts, const unsigned* order, int width) {
    unsigned from = starts[blockIdx.x], to = starts[blockIdx.x + 1];
    float* out = gradient + (long long)distinct[blockIdx.x] * width;
    for (int j = threadIdx.x; j < width; j += blockDim.x) {
        float sum = 0.0f;
        for (unsigned at = from; at < to; at++) sum += dx[(long long)order[at] * width + j];
        out[j] += sum;
    }
}

// out[m, j] = silu(both[m, j]) · both[m, hidden + j]. Grid: a block a token.
extern "C" __global__ void gate_forward(half_t* out, const half_t* both, int hidden) {
    const half_t* row = both + (long long)blockIdx.x * 2 * hidden;
    for (int j = threadIdx.x; j < hidden; j += blockDim.x) {
        float gate = widen(row[j]), up = widen(row[hidden + j]);
        out[(long long)blockIdx.x * hidden + j] = narrow(gate / (1.0f + expf(-gate)) * up);
    }
}

// The gradient of both halves from that of the product. Grid: a block a token.
extern "C" __global__ void gate_backward(half_t* dboth, const half_t* dout, const half_t* both, int hidden) {
    const half_t* row = both + (long long)blockIdx.x * 2 * hidden;
    half_t* drow = dboth + (long long)blockIdx.x * 2 * hidden;
    for (int j = threadIdx.x; j < hidden; j += blockDim.x) {
        float gate = widen(row[j]), up = widen(row[hidden + j]);
        float d = widen(dout[(long long)blockIdx.x * hidden + j]);
        float s = 1.0f / (1.0f + expf(-gate));
        drow[j] = narrow(d * up * s * (1.0f + gate * (1.0f - s)));
        drow[hidden + j] = narrow(d * gate * s);
    }
}

// out[j] += the sum over `rows` of partial[row, j], in order. Grid: columns / 256.
extern "C" __global__ void sum_rows(float* out, const float* partial, int rows, int columns) {
    int j = blockIdx.x * blockDim.x + threadIdx.x;
    if (j >= columns) return;
    float sum = 0.0f;
    for (int row = 0; row < rows; row++) sum += partial[(long long)row * columns + j];
    out[j] += sum;
}
