"""Takes what is unused out of roles with Repokid's own functions, as its `repo-role` does.

Reads roles from one file, and writes to another what became of each and what CPU time it took. It
leaves out its table and IAM, which `Role.repo` reads and writes around this work.
"""

import json
import sys
import time

from repokid.role import Role
from repokid.utils.iam import inline_policies_size_exceeds_maximum

MINIMUM_AGE_DAYS = 90

with open(sys.argv[1]) as file:
    rows = json.load(file)

begin = time.process_time()
roles = []
for row in rows:
    policies = row["policies"]
    role = Role(
        arn=row["arn"],
        role_id=row["role_id"],
        aa_data=row["aa_data"],
        policies=[{"Source": "Scan", "Discovered": "", "Policy": policies}],
    )
    role.calculate_repo_scores(MINIMUM_AGE_DAYS, {})
    after, _ = role.get_repoed_policy() if role.repoable_services else (policies, [])
    roles.append(
        {
            "arn": row["arn"],
            "removable": role.repoable_services,
            "policies": after,
            "refused": inline_policies_size_exceeds_maximum(after),
        }
    )
used = time.process_time() - begin

# Repokid itself prints to stdout.
with open(sys.argv[2], "w") as file:
    json.dump({"cpuMs": used * 1000, "roles": roles}, file)
