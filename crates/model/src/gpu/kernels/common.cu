// What every kernel below stands on. The text holds no include, so that the run-time compiler needs no toolkit on disk;
// what a plain C++ compiler lacks comes from `tests/gpu/emulator.cpp`, which runs the very same text on the CPU.

#ifndef EMULATED
#define SHARED(name) extern __shared__ __align__(16) unsigned char name[]
// C += A·B for one warp: A 16×16 by rows, B 16×8 by columns, both bfloat16, sums in f32. Which lane holds what:
// PTX ISA, "Matrix fragments for mma.m16n8k16 with floating point type".
__device__ __forceinline__ void mma(float* c, const unsigned* a, const unsigned* b) {
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0,%1,%2,%3}, {%4,%5,%6,%7}, {%8,%9}, {%0,%1,%2,%3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}
#endif

// The logarithm of nothing.
#define NEVER __uint_as_float(0xff800000u)

// A bfloat16 as it lies in memory.
typedef unsigned short half_t;

__device__ __forceinline__ float widen(half_t x) { return __uint_as_float(((unsigned)x) << 16); }

// To the nearest, ties to even; not-a-number stays so.
__device__ __forceinline__ half_t narrow(float x) {
    unsigned bits = __float_as_uint(x);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (half_t)((bits >> 16) | 0x40u);
    return (half_t)((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
}

__device__ __forceinline__ unsigned pair(float low, float high) {
    return (unsigned)narrow(low) | ((unsigned)narrow(high) << 16);
}

// The sum over a block of 256 threads, always in the same order, given to all of them. `room` holds 256 floats.
__device__ __forceinline__ float block_sum(float value, float* room) {
    int me = threadIdx.x;
    __syncthreads();
    room[me] = value;
    for (int half = 128; half > 0; half >>= 1) {
        __syncthreads();
        if (me < half) room[me] += room[me + half];
    }
    __syncthreads();
    return room[0];
}

__device__ __forceinline__ float block_max(float value, float* room) {
    int me = threadIdx.x;
    __syncthreads();
    room[me] = value;
    for (int half = 128; half > 0; half >>= 1) {
        __syncthreads();
        if (me < half) room[me] = fmaxf(room[me], room[me + half]);
    }
    __syncthreads();
    return room[0];
}
