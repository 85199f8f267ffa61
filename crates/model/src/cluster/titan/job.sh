set -euo pipefail
RUN=$(cd "${DAEPYO_RUN:-${SLURM_SUBMIT_DIR:-$PWD}}" && pwd)
export DAEPYO_RUN=$RUN PYTHONPATH="$RUN${PYTHONPATH:+:$PYTHONPATH}" PYTHONUNBUFFERED=1 PYTHONFAULTHANDLER=1
cd "$RUN"
[ -f "$RUN/venv/bin/activate" ] && . "$RUN/venv/bin/activate"
JOB=${SLURM_JOB_ID:?run this with sbatch job.sh}
LOG=$RUN/logs/$JOB
mkdir -p "$LOG"

# The latest whole checkpoint; 0 where there is none.
latest() {
    find "$RUN/out/checkpoint" -maxdepth 1 -name 'step-*' -type d 2>/dev/null | sed 's/.*step-//' | sort -n | tail -n 1 | grep . || echo 0
}

if [ -f "$RUN/done" ]; then echo "the run is done; remove $RUN/done to train on"; exit 0; fi
if [ -f "$RUN/halt" ]; then echo "somebody halted the run; remove $RUN/halt to go on"; exit 0; fi
rm -f "$RUN/stop"
BEFORE=$(latest)

# What ran, so that it can be told later: the code, the packages, the machines, the environment without its secrets.
cp -r "$RUN/daepyo_titan" "$RUN/plan.json" "$RUN/recipe.toml" "$LOG/"
env | grep -viE '^[^=]*(key|token|secret|passw|credential)[^=]*=' | sort >"$LOG/environment.txt"
scontrol show job "$JOB" >"$LOG/job.txt" || true
python -m pip freeze >"$LOG/packages.txt" 2>/dev/null || true
nvidia-smi >"$LOG/accelerators.txt" 2>&1 || true

# Slurm sends this some minutes before the time is up; the run then writes a checkpoint after the step it is in.
stop() { echo "asked to stop at $(date -u +%FT%TZ)"; touch "$RUN/stop"; }
trap stop USR2

python -m daepyo_titan.pinned
if [ "$BEFORE" = 0 ]; then python -m daepyo_titan.parity; fi

HEAD=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
PORT=$((20000 + JOB % 20000))
export TORCH_NCCL_ASYNC_ERROR_HANDLING=1 PYTORCH_ALLOC_CONF=expandable_segments:True
srun --output="$LOG/%N.log" --kill-on-bad-exit=1 torchrun \
    --nnodes "$SLURM_JOB_NUM_NODES" --nproc_per_node "$GPUS" \
    --rdzv_id "$JOB" --rdzv_backend c10d --rdzv_endpoint "$HEAD:$PORT" \
    -m torchtitan.train --module daepyo_titan.run --config train &
TRAINING=$!
# A signal wakes `wait`: it is asked again until the training has ended.
CODE=0
while kill -0 "$TRAINING" 2>/dev/null; do
    if wait "$TRAINING"; then CODE=0; else CODE=$?; fi
done

AFTER=$(latest)
echo "ended with $CODE; checkpoint $BEFORE before, $AFTER after"
[ "$CODE" = 0 ] || exit "$CODE"
if [ -f "$RUN/done" ]; then echo "done"; exit 0; fi
if [ -f "$RUN/halt" ]; then echo "halted"; exit 0; fi
if [ "$AFTER" -le "$BEFORE" ]; then echo "no step was kept, so that another job would do no better"; exit 1; fi
sbatch --chdir="$RUN" "$RUN/job.sbatch"
