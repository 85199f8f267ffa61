// Queries and keys: normalised head by head where the model does so (Qwen3), then rotated by halves (RoPE, Su et al.
// 2021, arXiv 2104.09864). A head has 64 floats, so a warp holds one: lane i the floats i and i + 32. Blocks of 256
// threads: eight heads at a time.

// The sum over the 32 lanes of a head, in the order of the lanes.
__device__ __forceinline__ float head_sum(float value, float* room) {
    int me = threadIdx.x, first = me & ~31;
    __syncthreads();
    room[me] = value;
    __syncthreads();
    float sum = 0.0f;
    for (int lane = 0; lane < 32; lane++) sum += room[first + lane];
    return sum;
}

// From qkv [tokens, (heads + 2·kv) · 64] to q [tokens, heads, 64] and k [tokens, kv, 64]; rstd [tokens, heads + kv] is
// kept for the way back. `gains` holds 64 floats for queries and 64 for keys, or is null. Grid: a block a token.
extern "C" __global__ void heads_forward(
    half_t* q, half_t* k, float* rstd, const half_t* qkv, const float* gains, const float* cosines, const float* sines,
    int heads, int kv, int length, float epsilon) {
    __shared__ float room[256];
    int token = blockIdx.x, lane = threadIdx.x & 31;
    const half_t* row = qkv + (long long)token * (heads + 2 * kv) * 64;
    float c = cosines[(token % length) * 32 + lane], s = sines[(token % length) * 32 + lane];
    for (int base = 0; base < heads + kv; base += 8) {
        int head = base + (threadIdx.x >> 5);
        bool is_there = head < heads + kv;
        float low = is_there ? widen(row[head * 64 + lane]) : 0.0f;
        float high = is_there ? widen(row[head * 64 + lane + 32]) : 0.0f;
        float squares = head_sum(low * low + high * high, room);
        if (!is_there) continue;
        if (gains) {
            float scale = rsqrtf(squares / 64.0f + epsilon);
            const float* gain = gains + (head < heads ? 0 : 64);
            low *= scale * gain[lane];
            high *= scale * gain[lane + 32];
            if (lane == 0) rstd[(long long)token * (heads + kv) + head] = scale;
        }
        half_t* out = head < heads ? q + ((long long)token * heads + head) * 64
                                   : k + ((long long)token * kv + head - heads) * 64;
        out[lane] = narrow(low * c - high * s);
        out[lane + 32] = narrow(high * c + low * s);
    }
}

// The way back: dqkv from dq, dk (of the rotated) and dv, all f32; partial[block] gathers 128 floats for the gains.
// Grid: any number of blocks; each takes a run of tokens.
extern "C" __global__ void heads_backward(
    half_t* dqkv, float* partial, const float* dq, const float* dk, const float* dv, const half_t* qkv,
    const float* rstd, const float* gains, const float* cosines, const float* sines, int heads, int kv, int length,
    int tokens) {
    __shared__ float room[256];
    __shared__ float sums[8 * 128];
    int lane = threadIdx.x & 31, slot = threadIdx.x >> 5;
    for (int at = threadIdx.x; at < 8 * 128; at += blockDim.x) sums[at] = 0.0f;
    int each = (tokens + gridDim.x - 1) / gridDim.x;
    int from = blockIdx.x * each, to = min(tokens, from + each), all = heads + 2 * kv;
    for (int token = from; token < to; token++) {
        float c = cosines[(token % length) * 32 + lane], s = sines[(token % length) * 32 + lane];
        const half_t* row = qkv + (long long)token * all * 64;
        half_t* out = dqkv + (long long)token * all * 64;
        for (int base = 0; base < all; base += 8) {
            int head = base + slot;
            bool is_there = head < heads + kv;
            const float* d = head < heads        ? dq + ((long long)token * heads + head) * 64
                             : head < heads + kv ? dk + ((long long)token * kv + head - heads) * 64
                                                 : dv + ((long long)token * kv + head - heads - kv) * 64;
            float dlow = head < all ? d[lane] : 0.0f, dhigh = head < all ? d[lane + 32] : 0.0f;
            float low = dlow, high = dhigh;
            if (is_there) {
                low = dlow * c + dhigh * s;
                high = dhigh * c - dlow * s;
            }
            if (gains) {
                // Every thread of the block takes part in the sum.
                float scale = is_there ? rstd[(long long)token * (heads + kv) + head] : 0.0f;
                float nlow = is_there ? widen(row[head * 64 + lane]) * scale : 0.0f;
                float nhigh = is_there ? widen(row[head * 64 + lane + 32]) * scale : 0.0f;
                const float* gain = gains + (head < heads ? 0 : 64);
                float along = head_sum(is_there ? gain[lane] * low * nlow + gain[lane + 32] * high * nhigh : 0.0f, room);
                if (is_there) {
                    float* gathered = sums + slot * 128 + (head < heads ? 0 : 64);
                    gathered[lane] += low * nlow;
                    gathered[lane + 32] += high * nhigh;
                    low = scale * (gain[lane] * low - nlow * along / 64.0f);
                    high = scale * (gain[lane + 32] * high - nhigh * along / 64.0f);
                }
            }
            if (head < all) {
                out[head * 64 + lane] = narrow(low);
                out[head * 64 + lane + 32] = narrow(high);
            }
        }
    }
    __syncthreads();
    if (gains && threadIdx.x < 128) {
        float sum = 0.0f;
        for (int at = 0; at < 8; at++) sum += sums[at * 128 + threadIdx.x];
        partial[(long long)blockIdx.x * 128 + threadIdx.x] = sum;
    }
}
