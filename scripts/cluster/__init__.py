"""A cluster on this computer, all on the loopback: PostgreSQL, an S3 service, several servers, nginx in front.

`with cluster(folder, replicas=2, **environment) as it:` starts it and leaves nothing behind.
"""

from scripts.cluster.parts import Cluster, cluster
from scripts.cluster.replica import Replica

__all__ = ["Cluster", "Replica", "cluster"]
