//! Limits on a job as a whole, by a control group, where we may make one.
//!
//! The limits of `prlimit` are for each process; a group's are for all together, with what they keep in `/tmp`. Version
//! 2 where it has the controllers `memory` and `pids`, else version 1. Where neither can be written, as in most
//! containers, the limits for each process stand alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Limits;

/// Where control groups are mounted.
const ROOT: &str = "/sys/fs/cgroup";
/// The shell, bubblewrap and its first process are in the group too.
const OURS: u32 = 4;

/// Where groups can be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Home {
    Two(PathBuf),
    One { pids: PathBuf, memory: PathBuf },
}

/// A group for one job; it goes with it.
#[derive(Debug)]
pub(super) struct Group(Vec<PathBuf>);

impl Home {
    /// Makes a group and takes it away again; none if that does not work.
    pub(super) fn find() -> Option<Self> {
        let own = fs::read_to_string("/proc/self/cgroup").ok()?;
        let root = Path::new(ROOT);
        let homes = [two(root, &own), one(root, &own)];
        homes.into_iter().flatten().find(|home| home.group("daepyo-trial", &Limits::default(), 64).is_some())
    }

    /// A group named `name` with the limits of a job that may have so many processes.
    pub(super) fn group(&self, name: &str, limits: &Limits, processes: u32) -> Option<Group> {
        let memory = (limits.memory + 2 * limits.disk).to_string();
        let pids = (processes + OURS).to_string();
        let set = match self {
            Self::Two(home) => {
                vec![(home.join(name).join("memory.max"), memory), (home.join(name).join("pids.max"), pids)]
            }
            Self::One { pids: home, memory: other } => {
                vec![(home.join(name).join("pids.max"), pids), (other.join(name).join("memory.limit_in_bytes"), memory)]
            }
        };
        let mut group = Group(Vec::new());
        for (file, value) in set {
            let folder = file.parent()?.to_owned();
            if !group.0.contains(&folder) {
                fs::create_dir(&folder).ok()?;
                group.0.push(folder);
            }
            fs::write(file, value).ok()?;
        }
        Some(group)
    }
}

/// Version 2: the group that we are in, if it may hand on both controllers.
fn two(root: &Path, own: &str) -> Option<Home> {
    let path = own.lines().find_map(|line| line.strip_prefix("0::/"))?;
    let home = root.join(path);
    let has = |file: &str| {
        let names = fs::read_to_string(home.join(file)).unwrap_or_default();
        ["memory", "pids"].iter().all(|name| names.split_whitespace().any(|have| have == *name))
    };
    if !has("cgroup.subtree_control") {
        // Refused where processes live in the group, unless it is the first of all.
        fs::write(home.join("cgroup.subtree_control"), "+memory +pids").ok()?;
    }
    has("cgroup.subtree_control").then_some(Home::Two(home))
}

/// Version 1: a tree for each controller.
fn one(root: &Path, own: &str) -> Option<Home> {
    let find = |controller: &str| {
        let line = own
            .lines()
            .find(|line| line.split(':').nth(1).is_some_and(|names| names.split(',').any(|name| name == controller)));
        let path = line?.split(':').nth(2)?.trim_start_matches('/');
        Some(root.join(controller).join(path))
    };
    Some(Home::One { pids: find("pids")?, memory: find("memory")? })
}

impl Group {
    /// Puts a process, and what it will start, into the group.
    pub(super) fn take(&self, process: u32) -> std::io::Result<()> {
        self.0.iter().try_for_each(|folder| fs::write(folder.join("cgroup.procs"), process.to_string()))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        for folder in &self.0 {
            // A group can be removed when its last process is gone, which takes the kernel a moment.
            for _ in 0..500 {
                if fs::remove_dir(folder).is_ok() || !folder.exists() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn homes_are_where_the_kernel_says() {
        let root = tempfile::tempdir().unwrap();
        let own = "9:pids:/a\n5:cpu,memory:/b/c\n0::/d\n";
        let home = Home::One { pids: root.path().join("pids/a"), memory: root.path().join("memory/b/c") };
        assert_eq!(one(root.path(), own), Some(home));
        assert_eq!(one(root.path(), "9:pids:/a\n0::/d\n"), None);
        assert_eq!(two(root.path(), own), None);
        let home = root.path().join("d");
        fs::create_dir(&home).unwrap();
        fs::write(home.join("cgroup.subtree_control"), "cpu memory pids\n").unwrap();
        assert_eq!(two(root.path(), own), Some(Home::Two(home.clone())));
        let group = Home::Two(home.clone()).group("x", &Limits::default(), 9).unwrap();
        group.take(7).unwrap();
        let read = |file: &str| fs::read_to_string(home.join("x").join(file)).unwrap();
        assert_eq!((read("pids.max"), read("cgroup.procs")), ("13".into(), "7".into()));
        assert_eq!(read("memory.max"), ((1_u64 << 30) + (32 << 20)).to_string());
        fs::remove_dir_all(home.join("x")).unwrap();
    }
}
