// Causal attention that never holds the matrix of all pairs (FlashAttention-2, Dao 2023, arXiv 2307.08691), forward and
// backward, in tiles of 64 queries by 64 keys with 64 floats a head. Blocks of 128 threads: four warps of 16 rows each.
// Nothing adds to one place from two blocks, so the same input gives the same bits.

// A row of a tile in shared memory: 64 values and 8 more, so that the lanes of a fragment meet in no bank.
#define STRIDE 72
#define TILE (64 * STRIDE)

// acc (16×64 by the fragments of `mma`) += a (16×64, a row holds what is summed over) · b (64×64, likewise).
__device__ __forceinline__ void product(float acc[8][4], const half_t* a, const half_t* b) {
    int lane = threadIdx.x & 31, group = lane >> 2, two = (lane & 3) * 2;
    for (int k = 0; k < 64; k += 16) {
        unsigned left[4];
        left[0] = *(const unsigned*)(a + group * STRIDE + k + two);
        left[1] = *(const unsigned*)(a + (group + 8) * STRIDE + k + two);
        left[2] = *(const unsigned*)(a + group * STRIDE + k + two + 8);
        left[3] = *(const unsigned*)(a + (group + 8) * STRIDE + k + two + 8);
        for (int n = 0; n < 8; n++) {
            unsigned right[2];
            right[0] = *(const unsigned*)(b + (n * 8 + group) * STRIDE + k + two);
            right[1] = *(const unsigned*)(b + (n * 8 + group) * STRIDE + k + two + 8);
            mma(acc[n], left, right);
        }
    }
}

__device__ __forceinline__ void clear(float acc[8][4]) {
    for (int n = 0; n < 8; n++)
        for (int at = 0; at < 4; at++) acc[n][at] = 0.0f;
}

// 64 rows of 64 values from global memory, `stride` values apart, as they are and, where asked, turned.
__device__ __forceinline__ void load_tile(half_t* tile, half_t* turned, const half_t* from, long long stride) {
    for (int at = threadIdx.x; at < 64 * 8; at += blockDim.x) {
        int row = at >> 3, column = (at & 7) * 8;
        uint4 eight = *(const uint4*)(from + row * stride + column);
        if (tile) *(uint4*)(tile + row * STRIDE + column) = eight;
        if (turned) {
            unsigned words[4] = {eight.x, eight.y, eight.z, eight.w};
            for (int word = 0; word < 4; word++) {
                turned[(column + 2 * word) * STRIDE + row] = (half_t)words[word];
                turned[(column + 2 * word + 1) * STRIDE + row] = (half_t)(words[word] >> 16);
            }
        }
    }
}

// The fragments of 16×64 sums as bfloat16 into 16 rows of a tile.
__device__ __forceinline__ void store_rows(half_t* rows, float acc[8][4]) {
    int lane = threadIdx.x & 31, group = lane >> 2, two = (lane & 3) * 2;
    __syncwarp();
    for (int n = 0; n < 8; n++) {
        *(unsigned*)(rows + group * STRIDE + n * 8 + two) = pair(acc[n][0], acc[n][1]);
        *(unsigned*)(rows + (group + 8) * STRIDE + n * 8 + two) = pair(acc[n][2], acc[n][3]);
    }
    __syncwarp();
}

// The largest, and the sum, over the four lanes that hold a row.
__device__ __forceinline__ float row_max(float x) {
    x = fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 1));
    return fmaxf(x, __shfl_xor_sync(0xffffffffu, x, 2));
}

__device__ __forceinline__ float row_sum(float x) {
    x += __shfl_xor_sync(0xffffffffu, x, 1);
    return x + __shfl_xor_sync(0xffffffffu, x, 2);
}

// o [tokens, heads, 64] and lse [rows, heads, length] (the logarithm of the sum of exponentials) from q [tokens, heads,
// 64], k [tokens, kv, 64] and v (64 values a head, `v_stride` apart a token). Grid: (length / 64, heads, rows).
// Shared memory: 4 tiles.
extern "C" __global__ void attention_forward(
    half_t* o, float* lse, const half_t* q, const half_t* k, const half_t* v, int v_stride, int heads, int kv,
    int length, float scale) {
    SHARED(memory);
    half_t *queries = (half_t*)memory, *keys = queries + TILE, *values = keys + TILE, *chances = values + TILE;
    int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, group = lane >> 2, two = (lane & 3) * 2;
    int tile = gridDim.x - 1 - blockIdx.x, head = blockIdx.y, mine = head / (heads / kv);
    long long first = (long long)blockIdx.z * length;
    load_tile(queries, 0, q + ((first + tile * 64) * heads + head) * 64, (long long)heads * 64);
    float out[8][4], scores[8][4], most[2] = {NEVER, NEVER}, total[2] = {0.0f, 0.0f};
    clear(out);
    for (int other = 0; other <= tile; other++) {
        __syncthreads();
        load_tile(keys, 0, k + ((first + other * 64) * kv + mine) * 64, (long long)kv * 64);
        load_tile(0, values, v + (first + other * 64) * v_stride + mine * 64, v_stride);
        __syncthreads();
        clear(scores);
        product(scores, queries + warp * 16 * STRIDE, keys);
        for (int half = 0; half < 2; half++) {
            int row = warp * 16 + group + 8 * half;
            float top = most[half];
            for (int n = 0; n < 8; n++)
                for (int at = 0; at < 2; at++) {
                    float* score = &scores[n][2 * half + at];
                    bool is_seen = other < tile || n * 8 + two + at <= row;
                    *score = is_seen ? *score * scale : NEVER;
                    top = fmaxf(top, *score);
                }
            top = row_max(top);
            float shrink = expf(most[half] - top), sum = 0.0f;
            for (int n = 0; n < 8; n++)
                for (int at = 0; at < 2; at++) {
                    float* score = &scores[n][2 * half + at];
                    *score = expf(*score - top);
                    sum += *score;
                    out[n][2 * half + at] *= shrink;
                }
            total[half] = total[half] * shrink + row_sum(sum);
            most[half] = top;
        }
        store_rows(chances + warp * 16 * STRIDE, scores);
        product(out, chances + warp * 16 * STRIDE, values);
    }
    for (int half = 0; half < 2; half++) {
        long long row = tile * 64 + warp * 16 + group + 8 * half;
        half_t* place = o + ((first + row) * heads + head) * 64;
        for (int n = 0; n < 8; n++)
            *(unsigned*)(place + n * 8 + two) =
                pair(out[n][2 * half] / total[half], out[n][2 * half + 1] / total[half]);
        if ((lane & 3) == 0) lse[((long long)blockIdx.z * heads + head) * length + row] = most[half] + logf(total[half]);
    }
}

// delta [rows, heads, length] = the sum over a head of o · do. Grid: (tokens, heads / 8 rounded up); 256 threads: a warp
// a head.
extern "C" __global__ void attention_delta(float* delta, const half_t* o, const half_t* dout, int heads, int length) {
    __shared__ float room[256];
    int token = blockIdx.x, lane = threadIdx.x & 31, head = blockIdx.y * 8 + (threadIdx.x >> 5);
    long long at = ((long long)token * heads + head) * 64 + lane;
    float part = 0.0f;
    if (head < heads) part = widen(o[at]) * widen(dout[at]) + widen(o[at + 32]) * widen(dout[at + 32]);
    float sum = head_sum(part, room);
    if (head < heads && lane == 0) delta[((long long)(token / length) * heads + head) * length + token % length] = sum;
}

// dk and dv [tokens, kv, 64], f32. Scores are worked out turned: a row is a key. Grid: (length / 64, kv, rows).
// Shared memory: 7 tiles.
extern "C" __global__ void attention_backward_kv(
    float* dk, float* dv, const half_t* dout, const float* lse, const float* delta, const half_t* q, const half_t* k,
    const half_t* v, int v_stride, int heads, int kv, int length, float scale) {
    SHARED(memory);
    half_t *keys = (half_t*)memory, *values = keys + TILE, *queries = values + TILE, *queries_turned = queries + TILE;
    half_t *douts = queries_turned + TILE, *douts_turned = douts + TILE, *rows = douts_turned + TILE;
    int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, group = lane >> 2, two = (lane & 3) * 2;
    int tile = blockIdx.x, mine = blockIdx.y, each = heads / kv;
    long long first = (long long)blockIdx.z * length;
    half_t* own = rows + warp * 16 * STRIDE;
    load_tile(keys, 0, k + ((first + tile * 64) * kv + mine) * 64, (long long)kv * 64);
    load_tile(values, 0, v + (first + tile * 64) * v_stride + mine * 64, v_stride);
    float dkey[8][4], dvalue[8][4], chances[8][4], dchances[8][4];
    clear(dkey);
    clear(dvalue);
    for (int head = mine * each; head < (mine + 1) * each; head++)
        for (int other = tile; other < length / 64; other++) {
            __syncthreads();
            long long from = ((first + other * 64) * heads + head) * 64;
            load_tile(queries, queries_turned, q + from, (long long)heads * 64);
            load_tile(douts, douts_turned, dout + from, (long long)heads * 64);
            __syncthreads();
            clear(chances);
            clear(dchances);
            product(chances, keys + warp * 16 * STRIDE, queries);
            product(dchances, values + warp * 16 * STRIDE, douts);
            long long line = ((long long)blockIdx.z * heads + head) * length + other * 64;
            for (int n = 0; n < 8; n++)
                for (int at = 0; at < 4; at++) {
                    int query = n * 8 + two + (at & 1), key = warp * 16 + group + 8 * (at >> 1);
                    bool is_seen = other > tile || key <= query;
                    float chance = is_seen ? expf(chances[n][at] * scale - lse[line + query]) : 0.0f;
                    chances[n][at] = chance;
                    dchances[n][at] = chance * (dchances[n][at] - delta[line + query]) * scale;
                }
            store_rows(own, chances);
            product(dvalue, own, douts_turned);
            store_rows(own, dchances);
            product(dkey, own, queries_turned);
        }
    for (int half = 0; half < 2; half++) {
        long long place = ((first + tile * 64 + warp * 16 + group + 8 * half) * kv + mine) * 64;
        for (int n = 0; n < 8; n++)
            for (int at = 0; at < 2; at++) {
                dk[place + n * 8 + two + at] = dkey[n][2 * half + at];
                dv[place + n * 8 + two + at] = dvalue[n][2 * half + at];
            }
    }
}

// dq [tokens, heads, 64], f32. Grid: (length / 64, heads, rows). Shared memory: 6 tiles.
extern "C" __global__ void attention_backward_q(
    float* dq, const half_t* dout, const float* lse, const float* delta, const half_t* q, const half_t* k,
    const half_t* v, int v_stride, int heads, int kv, int length, float scale) {
    SHARED(memory);
    half_t *queries = (half_t*)memory, *douts = queries + TILE, *keys = douts + TILE, *keys_turned = keys + TILE;
    half_t *values = keys_turned + TILE, *rows = values + TILE;
    int warp = threadIdx.x >> 5, lane = threadIdx.x & 31, group = lane >> 2, two = (lane & 3) * 2;
    int tile = gridDim.x - 1 - blockIdx.x, head = blockIdx.y, mine = head / (heads / kv);
    long long first = (long long)blockIdx.z * length, from = ((first + tile * 64) * heads + head) * 64;
    half_t* own = rows + warp * 16 * STRIDE;
    load_tile(queries, 0, q + from, (long long)heads * 64);
    load_tile(douts, 0, dout + from, (long long)heads * 64);
    float dquery[8][4], chances[8][4], dchances[8][4];
    clear(dquery);
    long long line = ((long long)blockIdx.z * heads + head) * length + tile * 64 + warp * 16 + group;
    for (int other = 0; other <= tile; other++) {
        __syncthreads();
        load_tile(keys, keys_turned, k + ((first + other * 64) * kv + mine) * 64, (long long)kv * 64);
        load_tile(values, 0, v + (first + other * 64) * v_stride + mine * 64, v_stride);
        __syncthreads();
        clear(chances);
        clear(dchances);
        product(chances, queries + warp * 16 * STRIDE, keys);
        product(dchances, douts + warp * 16 * STRIDE, values);
        for (int n = 0; n < 8; n++)
            for (int at = 0; at < 4; at++) {
                int key = n * 8 + two + (at & 1), down = 8 * (at >> 1), query = warp * 16 + group + down;
                bool is_seen = other < tile || key <= query;
                float chance = is_seen ? expf(chances[n][at] * scale - lse[line + down]) : 0.0f;
                dchances[n][at] = chance * (dchances[n][at] - delta[line + down]) * scale;
            }
        store_rows(own, dchances);
        product(dquery, own, keys_turned);
    }
    for (int half = 0; half < 2; half++) {
        long long place = ((first + tile * 64 + warp * 16 + group + 8 * half) * heads + head) * 64;
        for (int n = 0; n < 8; n++)
            for (int at = 0; at < 2; at++) dq[place + n * 8 + two + at] = dquery[n][2 * half + at];
    }
}
