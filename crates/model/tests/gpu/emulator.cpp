// Runs the kernels' own text on the CPU, one block after the other: every thread of a block is a fibre, and whoever waits
// at a barrier lets the others run. It knows nothing of speed; it is here so that what the kernels compute can be held
// against the CPU's own transformer where there is no GPU.

#include <math.h>
#include <string.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#define EMULATED
#define __global__
#define __device__
#define __forceinline__ inline
#define __shared__ static
#define SHARED(name) unsigned char* name = dynamic_memory

struct Index { unsigned x, y, z; };
struct uint4 { unsigned x, y, z, w; };
static Index threadIdx, blockIdx, blockDim, gridDim;
alignas(16) static unsigned char dynamic_memory[1 << 20];

using std::min;

struct Fibre {
    ucontext_t context;
    std::vector<char> stack;
    bool is_done = false;
    // 0: runs; 1: waits for its block; 2: waits for its warp.
    int waits = 0;
};
static std::vector<Fibre> fibres;
static ucontext_t scheduler;
static unsigned running;
static void (*entry)(void**);
static void** arguments;

static void wait_for(int whom) {
    fibres[running].waits = whom;
    swapcontext(&fibres[running].context, &scheduler);
}
static void __syncthreads() { wait_for(1); }
static void __syncwarp() { wait_for(2); }

static float exchange[1024];
static float __shfl_xor_sync(unsigned, float value, int mask) {
    unsigned me = threadIdx.x;
    exchange[me] = value;
    __syncwarp();
    float other = exchange[me ^ mask];
    __syncwarp();
    return other;
}
static float __uint_as_float(unsigned bits) { float x; memcpy(&x, &bits, 4); return x; }
static unsigned __float_as_uint(float x) { unsigned bits; memcpy(&bits, &x, 4); return bits; }
static float rsqrtf(float x) { return 1.0f / sqrtf(x); }

// The fragments as the PTX ISA lays them over the lanes, for m16n8k16 with bfloat16.
static unsigned left_of[1024][4], right_of[1024][2];
static float bf16(unsigned word, int high) { return __uint_as_float(high ? word & 0xffff0000u : word << 16); }
static void mma(float* c, const unsigned* a, const unsigned* b) {
    unsigned me = threadIdx.x, first = me & ~31u, lane = me & 31u;
    memcpy(left_of[me], a, 16);
    memcpy(right_of[me], b, 8);
    __syncwarp();
    for (int at = 0; at < 4; at++) {
        int row = lane / 4 + 8 * (at / 2), column = (lane % 4) * 2 + at % 2;
        float sum = c[at];
        for (int k = 0; k < 16; k++) {
            // A: word 0 rows 0-7 columns 0-7, word 1 rows 8-15, words 2 and 3 the same for columns 8-15.
            unsigned owner = first + (row % 8) * 4 + (k % 8) / 2;
            float x = bf16(left_of[owner][row / 8 + 2 * (k / 8)], k % 2);
            // B: word 0 rows 0-7, word 1 rows 8-15; the lane's group is the column.
            unsigned other = first + column * 4 + (k % 8) / 2;
            sum += x * bf16(right_of[other][k / 8], k % 2);
        }
        c[at] = sum;
    }
    __syncwarp();
}

#include KERNELS

template <class... A, size_t... I>
static void call(void (*kernel)(A...), void** given, std::index_sequence<I...>) {
    kernel(*static_cast<A*>(given[I])...);
}
template <class... A>
static void unpack(void (*kernel)(A...), void** given) { call(kernel, given, std::index_sequence_for<A...>{}); }

struct Named { const char* name; void (*run)(void**); };
#define KERNEL(name) { #name, [](void** given) { unpack(name, given); } }
static const Named kernels[] = {
    KERNEL(fill), KERNEL(cast), KERNEL(embed_forward), KERNEL(embed_backward), KERNEL(gate_forward),
    KERNEL(gate_backward), KERNEL(sum_rows), KERNEL(rms_forward), KERNEL(rms_backward), KERNEL(heads_forward),
    KERNEL(heads_backward), KERNEL(attention_forward), KERNEL(attention_delta), KERNEL(attention_backward_kv),
    KERNEL(attention_backward_q), KERNEL(cross_entropy), KERNEL(square_sum), KERNEL(adamw), KERNEL(nesterov),
    KERNEL(scale_cast), KERNEL(muon_apply),
};

static void body() {
    entry(arguments);
    fibres[running].is_done = true;
    swapcontext(&fibres[running].context, &scheduler);
}

// Whether every thread from `from` to `to` that is not done waits for `whom`, or for more.
static bool all_wait(unsigned from, unsigned to, int whom) {
    for (unsigned at = from; at < to; at++)
        if (!fibres[at].is_done && fibres[at].waits != whom) return false;
    return true;
}

static int run_block(unsigned threads) {
    for (unsigned at = 0; at < threads; at++) {
        Fibre& fibre = fibres[at];
        fibre.is_done = false;
        fibre.waits = 0;
        getcontext(&fibre.context);
        fibre.context.uc_stack.ss_sp = fibre.stack.data();
        fibre.context.uc_stack.ss_size = fibre.stack.size();
        fibre.context.uc_link = &scheduler;
        makecontext(&fibre.context, body, 0);
    }
    for (;;) {
        bool moved = false, is_left = false;
        for (unsigned at = 0; at < threads; at++) {
            if (fibres[at].is_done || fibres[at].waits) continue;
            running = at;
            threadIdx = {at, 0, 0};
            swapcontext(&scheduler, &fibres[at].context);
            moved = true;
        }
        for (unsigned warp = 0; warp < threads; warp += 32) {
            unsigned to = min(warp + 32, threads);
            if (!all_wait(warp, to, 2)) continue;
            for (unsigned at = warp; at < to; at++) fibres[at].waits = 0, is_left |= !fibres[at].is_done;
        }
        if (all_wait(0, threads, 1))
            for (unsigned at = 0; at < threads; at++) fibres[at].waits = 0;
        is_left = false;
        for (unsigned at = 0; at < threads; at++) is_left |= !fibres[at].is_done;
        if (!is_left) return 0;
        if (!moved) {
            bool can_move = false;
            for (unsigned at = 0; at < threads; at++) can_move |= !fibres[at].is_done && !fibres[at].waits;
            if (!can_move) return 2;
        }
    }
}

// 0: done; 1: no such kernel; 2: threads wait for each other for ever.
extern "C" int emulate(const char* name, const unsigned* grid, unsigned threads, void** given) {
    for (const Named& kernel : kernels) {
        if (strcmp(kernel.name, name)) continue;
        entry = kernel.run;
        arguments = given;
        if (fibres.size() < threads) fibres.resize(threads);
        for (Fibre& fibre : fibres)
            if (fibre.stack.empty()) fibre.stack.resize(1 << 16);
        gridDim = {grid[0], grid[1], grid[2]};
        blockDim = {threads, 1, 1};
        for (unsigned z = 0; z < grid[2]; z++)
            for (unsigned y = 0; y < grid[1]; y++)
                for (unsigned x = 0; x < grid[0]; x++) {
                    blockIdx = {x, y, z};
                    if (int fault = run_block(threads)) return fault;
                }
        return 0;
    }
    return 1;
}
