# ruff: noqa: E501 - the kernel's lines are as long as they are
"""Lines of /proc/self/mountinfo as they are in each place that a state folder can lie in."""

from immich_backup_exporter.store.persistence import judge
from support.words import english

DOCKER = """\
1206 1136 0:134 / / rw,relatime master:469 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/5A,upperdir=/var/lib/docker/overlay2/9f/diff
1207 1206 0:137 / /proc rw,nosuid,nodev,noexec,relatime - proc proc rw
1208 1206 0:138 / /dev rw,nosuid - tmpfs tmpfs rw,size=65536k,mode=755
1211 1208 0:136 / /dev/shm rw,nosuid,nodev,noexec,relatime - tmpfs shm rw,size=65536k
1212 1206 8:1 /srv/state /var/lib/immich-backup-exporter rw,relatime - ext4 /dev/sda1 rw
1213 1206 8:1 /var/lib/docker/volumes/state/_data /named rw,relatime master:1 - ext4 /dev/sda1 rw
1214 1206 8:1 /var/lib/docker/volumes/0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0/_data /unnamed rw - ext4 /dev/sda1 rw
"""

DOCKER_ON_BTRFS = """\
900 700 0:45 /@/var/lib/docker/btrfs/subvolumes/aa11 / rw,relatime - btrfs /dev/sdb1 rw,space_cache
901 900 0:45 /@/srv/state /state rw,relatime - btrfs /dev/sdb1 rw,space_cache
"""

KUBERNETES = """\
3001 2900 0:300 / / rw,relatime - overlay overlay rw,upperdir=/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/12/fs
3002 3001 259:1 /var/lib/kubelet/pods/1b2c/volumes/kubernetes.io~empty-dir/scratch /scratch rw,relatime - xfs /dev/nvme0n1p1 rw
3003 3001 259:5 / /claim rw,relatime - ext4 /dev/nvme1n1 rw
"""

MACHINE = """\
26 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw,errors=remount-ro
30 26 0:26 / /run rw,nosuid,nodev shared:5 - tmpfs tmpfs rw,size=1600000k,mode=755
41 26 0:38 / /tmp rw,nosuid,nodev shared:20 - tmpfs tmpfs rw
60 26 8:17 / /mnt/my\\040disk rw,relatime shared:30 - xfs /dev/sdb1 rw
"""

OVERLAY_ROOT_WITHOUT_CONTAINER = """\
20 1 0:17 / / rw,noatime - overlay overlayfs:/overlay rw,lowerdir=/,upperdir=/overlay/upper,workdir=/overlay/work
"""


def test_a_folder_in_a_docker_containers_own_layer_is_lost_with_it() -> None:
    assert english(judge(DOCKER, "/var/lib/other", in_container=True)) == (
        "The state folder /var/lib/other is in the container itself: what was learned is lost with it. "
        "Mount a volume there, or set state_dir to a folder on one."
    )


def test_a_folder_that_only_begins_like_a_mount_does_not_lie_on_it() -> None:
    assert judge(DOCKER, "/var/lib/immich-backup-exporter-2", in_container=True) is not None


def test_a_folder_on_a_bind_mount_is_kept() -> None:
    assert judge(DOCKER, "/var/lib/immich-backup-exporter", in_container=True) is None


def test_a_folder_below_a_named_volume_is_kept() -> None:
    assert judge(DOCKER, "/named/state", in_container=True) is None


def test_a_volume_without_a_name_is_not_found_again_by_the_next_container() -> None:
    assert english(judge(DOCKER, "/unnamed", in_container=True)) == (
        "The state folder /unnamed is on a volume without a name: a new container starts with an empty one. "
        "Give the volume a name."
    )


def test_the_layer_of_a_container_is_known_without_an_overlay_too() -> None:
    assert judge(DOCKER_ON_BTRFS, "/var/lib/state", in_container=True) is not None
    assert judge(DOCKER_ON_BTRFS, "/state", in_container=True) is None


def test_a_container_that_leaves_no_marker_is_known_by_where_its_layer_lies() -> None:
    assert judge(KUBERNETES, "/var/lib/state", in_container=False) is not None


def test_an_empty_dir_is_lost_with_the_pod() -> None:
    assert english(judge(KUBERNETES, "/scratch/state", in_container=False)) == (
        "The state folder /scratch/state is in an emptyDir: what was learned is lost with the pod. "
        "Mount a volume there, or set state_dir to a folder on one."
    )


def test_a_persistent_volume_claim_is_kept() -> None:
    assert judge(KUBERNETES, "/claim", in_container=False) is None


def test_a_disk_of_a_machine_is_kept() -> None:
    assert judge(MACHINE, "/var/lib/immich-backup-exporter", in_container=False) is None


def test_memory_is_lost_at_every_restart_inside_a_container_and_outside() -> None:
    assert english(judge(MACHINE, "/run/state", in_container=False)) == (
        "The state folder /run/state is in memory (tmpfs): what was learned is lost at every restart. "
        "Mount a volume there, or set state_dir to a folder on one."
    )
    assert judge(DOCKER, "/dev/shm/state", in_container=True) is not None


def test_a_mount_point_with_a_space_is_understood() -> None:
    assert judge(MACHINE.replace("xfs", "tmpfs"), "/mnt/my disk/state", in_container=False) is not None
    assert judge(MACHINE, "/mnt/my disk/state", in_container=False) is None


def test_of_two_mounts_at_one_place_the_later_one_counts() -> None:
    covered = MACHINE + "70 26 8:33 / /tmp rw,relatime - ext4 /dev/sdc1 rw\n"
    assert judge(MACHINE, "/tmp/state", in_container=False) is not None
    assert judge(covered, "/tmp/state", in_container=False) is None


def test_an_overlay_outside_of_a_container_is_kept() -> None:
    assert judge(OVERLAY_ROOT_WITHOUT_CONTAINER, "/var/lib/state", in_container=False) is None


def test_lines_that_make_no_sense_are_passed_over() -> None:
    assert judge("garbage\n\n1 2 3 - \n" + MACHINE, "/tmp/x", in_container=False) is not None
    assert judge("", "/tmp/x", in_container=True) is None
