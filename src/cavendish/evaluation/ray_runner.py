"""The same run on a Ray cluster: workers leave their records in one folder, and the numbers are made from that."""

from collections.abc import Callable

from cavendish.errors import optional_import


def run_on_ray(work: Callable[[tuple[int, int]], None], workers: int | None = None) -> None:
    """Call `work((k, n))` for every k below n, at once on the cluster that Ray finds, or on this machine.

    n is `workers`, else the number of GPUs (one for each call), else of machines. The folders that `work`
    writes to must be the same on all machines.
    """
    with optional_import("A run on a cluster needs Ray", "cavendish[ray]"):
        import ray
    ray.init(ignore_reinit_error=True, log_to_driver=False)
    gpus = int(ray.cluster_resources().get("GPU", 0))
    count = workers or gpus or len(ray.nodes())
    remote = ray.remote(num_cpus=1, num_gpus=1 if gpus else 0)(work)
    ray.get([remote.remote((k, count)) for k in range(count)])
