//! The filter: which system calls a job may not make.
//!
//! A classic BPF program over `struct seccomp_data` (seccomp(2)), made here byte by byte: eight bytes an instruction,
//! `code: u16, jt: u8, jf: u8, k: u32`, in the machine's order.

use super::SandboxFault;

/// `BPF_LD | BPF_W | BPF_ABS`, `BPF_JMP | BPF_JEQ | BPF_K`, `… BPF_JGE`, `… BPF_JSET`, `BPF_RET | BPF_K`.
const LOAD: u16 = 0x20;
const EQUAL: u16 = 0x15;
const AT_LEAST: u16 = 0x35;
const ANY_BIT: u16 = 0x45;
const RETURN: u16 = 0x06;

const ALLOW: u32 = 0x7fff_0000;
const KILL: u32 = 0x8000_0000;
const ERRNO: u32 = 0x0005_0000;
const EPERM: u32 = 1;
const EAGAIN: u32 = 11;
const ENOSYS: u32 = 38;
const EAFNOSUPPORT: u32 = 97;

/// Offsets in `struct seccomp_data`: the call, the architecture, the low halves of the first two arguments.
const CALL: u32 = 0;
const ARCHITECTURE: u32 = 4;
const FIRST: u32 = 16;
const SECOND: u32 = 24;

/// `CLONE_NEWNS | NEWCGROUP | NEWUTS | NEWIPC | NEWUSER | NEWPID | NEWNET`, and `NEWTIME`, which is a signal for clone.
const NAMESPACES: u32 = 0x7e02_0000;
const THREAD: u32 = 0x0001_0000;
/// Puts letters into the terminal of whoever started us.
const TIOCSTI: u32 = 0x5412;
const TIOCLINUX: u32 = 0x541c;
/// Unix, IPv4, IPv6: of a network there is nothing but an empty loopback. The rest is not all fenced by a namespace.
const FAMILIES: [u32; 3] = [1, 2, 10];

struct Calls {
    architecture: u32,
    clone: u32,
    ioctl: u32,
    socket: u32,
    /// `fork` and `vfork`, where they are.
    forks: &'static [u32],
    denied: &'static [u32],
}

/// The same number everywhere: `clone3`, whose flags a filter cannot see.
const CLONE3: u32 = 435;

/// In the order of the table for aarch64; then what only this processor has.
const X86_64: Calls = Calls {
    architecture: 0xc000_003e,
    clone: 56,
    ioctl: 16,
    socket: 41,
    forks: &[57, 58],
    denied: &[
        101, 165, 166, 155, 161, 167, 168, 169, 170, 171, 175, 176, 179, 163, 164, 227, 159, 305, 246, 248, 249, 250,
        272, 298, 300, 303, 304, 308, 310, 311, 312, 313, 320, 321, 323, 103, 135, 153, 256, 279, 237, 238, 425, 426,
        427, 428, 429, 430, 431, 432, 433, 438, 442, 443,
        447, // below: no longer of use, and never for code items
        154, 156, 172, 173, 174, 177, 178, 180, 134, 136, 139, 212, 314,
    ],
};

/// ptrace mount umount2 pivot_root chroot swapon swapoff reboot sethostname setdomainname init_module delete_module
/// quotactl acct settimeofday clock_settime adjtimex clock_adjtime kexec_load add_key request_key keyctl unshare
/// perf_event_open fanotify_init name_to_handle_at open_by_handle_at setns process_vm_readv process_vm_writev kcmp
/// finit_module kexec_file_load bpf userfaultfd syslog personality vhangup migrate_pages move_pages mbind
/// set_mempolicy io_uring_setup io_uring_enter io_uring_register open_tree move_mount fsopen fsconfig fsmount fspick
/// pidfd_getfd mount_setattr quotactl_fd memfd_secret
const AARCH64: Calls = Calls {
    architecture: 0xc000_00b7,
    clone: 220,
    ioctl: 29,
    socket: 198,
    forks: &[],
    denied: &[
        117, 40, 39, 41, 51, 224, 225, 142, 161, 162, 105, 106, 60, 89, 170, 112, 171, 266, 104, 217, 218, 219, 97,
        241, 262, 264, 265, 268, 270, 271, 272, 273, 294, 280, 282, 116, 92, 58, 238, 239, 235, 237, 425, 426, 427,
        428, 429, 430, 431, 432, 433, 438, 442, 443, 447,
    ],
};

/// The program; without `forks` no process can be started, only threads.
pub(super) fn filter(forks: bool) -> Result<Vec<u8>, SandboxFault> {
    let calls = match std::env::consts::ARCH {
        "x86_64" => X86_64,
        "aarch64" => AARCH64,
        other => return Err(SandboxFault::Processor(other)),
    };
    Ok(program(&calls, forks).iter().flat_map(|step| step.bytes()).collect())
}

/// One instruction.
#[derive(Clone, Copy, Debug)]
struct Step {
    code: u16,
    yes: u8,
    no: u8,
    value: u32,
}

impl Step {
    fn bytes(self) -> [u8; 8] {
        let [c0, c1] = self.code.to_ne_bytes();
        let [v0, v1, v2, v3] = self.value.to_ne_bytes();
        [c0, c1, self.yes, self.no, v0, v1, v2, v3]
    }
}

const fn load(offset: u32) -> Step {
    Step { code: LOAD, yes: 0, no: 0, value: offset }
}

const fn give(value: u32) -> Step {
    Step { code: RETURN, yes: 0, no: 0, value }
}

const fn test(code: u16, value: u32, yes: u8, no: u8) -> Step {
    Step { code, yes, no, value }
}

fn program(calls: &Calls, forks: bool) -> Vec<Step> {
    let mut steps = vec![
        load(ARCHITECTURE),
        test(EQUAL, calls.architecture, 1, 0),
        give(KILL),
        load(CALL),
        // The x32 calls of x86_64 would go around every number below.
        test(AT_LEAST, 0x4000_0000, 0, 1),
        give(KILL),
    ];
    for call in calls.denied {
        steps.extend([test(EQUAL, *call, 0, 1), give(ERRNO | EPERM)]);
    }
    // The C library then takes clone, whose flags are seen.
    steps.extend([test(EQUAL, CLONE3, 0, 1), give(ERRNO | ENOSYS)]);
    for call in calls.forks.iter().filter(|_| !forks) {
        steps.extend([test(EQUAL, *call, 0, 1), give(ERRNO | EAGAIN)]);
    }
    let threads = if forks { 0 } else { THREAD };
    steps.extend([
        test(EQUAL, calls.clone, 0, 6),
        load(FIRST),
        test(ANY_BIT, NAMESPACES, 0, 1),
        give(ERRNO | EPERM),
        test(ANY_BIT, threads, 1, 0),
        give(if forks { ALLOW } else { ERRNO | EAGAIN }),
        give(ALLOW),
    ]);
    steps.extend([
        test(EQUAL, calls.ioctl, 0, 5),
        load(SECOND),
        test(EQUAL, TIOCSTI, 1, 0),
        test(EQUAL, TIOCLINUX, 0, 1),
        give(ERRNO | EPERM),
        give(ALLOW),
    ]);
    let [unix, four, six] = FAMILIES;
    steps.extend([
        test(EQUAL, calls.socket, 0, 6),
        load(FIRST),
        test(EQUAL, unix, 3, 0),
        test(EQUAL, four, 2, 0),
        test(EQUAL, six, 1, 0),
        give(ERRNO | EAFNOSUPPORT),
        give(ALLOW),
    ]);
    steps.push(give(ALLOW));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs the program as the kernel does.
    fn verdict(steps: &[Step], architecture: u32, call: u32, first: u32, second: u32) -> u32 {
        let (mut at, mut held) = (0, 0);
        loop {
            let step = steps[at];
            let jump = |truth: bool| usize::from(if truth { step.yes } else { step.no });
            at += 1;
            match step.code {
                LOAD if step.value == CALL => held = call,
                LOAD if step.value == ARCHITECTURE => held = architecture,
                LOAD if step.value == FIRST => held = first,
                LOAD if step.value == SECOND => held = second,
                EQUAL => at += jump(held == step.value),
                AT_LEAST => at += jump(held >= step.value),
                ANY_BIT => at += jump(held & step.value != 0),
                RETURN => return step.value,
                other => panic!("no such instruction: {other}"),
            }
        }
    }

    #[test]
    fn the_program_says_what_it_should() {
        for calls in [X86_64, AARCH64] {
            for forks in [false, true] {
                let steps = program(&calls, forks);
                assert!(steps.len() < 4096);
                let ask = |call, first, second| verdict(&steps, calls.architecture, call, first, second);
                assert_eq!(verdict(&steps, 0x4000_0003, 0, 0, 0), KILL);
                assert_eq!(ask(0x4000_0000, 0, 0), KILL);
                for call in calls.denied {
                    assert_eq!(ask(*call, 0, 0), ERRNO | EPERM, "{call}");
                }
                let process = if forks { ALLOW } else { ERRNO | EAGAIN };
                assert_eq!(ask(CLONE3, 0, 0), ERRNO | ENOSYS);
                assert_eq!(ask(calls.clone, 17, 0), process);
                assert_eq!(ask(calls.clone, 0x003d_0f00, 0), ALLOW);
                for bit in [0x0002_0000, 0x0200_0000, 0x0400_0000, 0x0800_0000, 0x1000_0000, 0x2000_0000, 0x4000_0000] {
                    assert_eq!(ask(calls.clone, bit | 17, 0), ERRNO | EPERM);
                }
                for call in calls.forks {
                    assert_eq!(ask(*call, 0, 0), process);
                }
                assert_eq!(ask(calls.ioctl, 0, TIOCSTI), ERRNO | EPERM);
                assert_eq!(ask(calls.ioctl, 0, TIOCLINUX), ERRNO | EPERM);
                assert_eq!(ask(calls.ioctl, 0, 0x5401), ALLOW);
                for (family, may) in [(1, true), (2, true), (10, true), (16, false), (38, false), (40, false)] {
                    assert_eq!(ask(calls.socket, family, 1), if may { ALLOW } else { ERRNO | EAFNOSUPPORT });
                }
                assert_eq!(ask(1_000, 0, 0), ALLOW);
            }
        }
    }
}
