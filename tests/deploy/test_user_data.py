# SPDX-License-Identifier: Apache-2.0
"""The user data of deploy/ec2.yaml is run, as root of a machine would, start after start: with its
paths in a folder, an S3 server that grants the role's rights and no more, and a metadata service
that hands out the role. Not real: apt-get (does nothing) and systemctl (starts the job)."""

import json
import os
import re
import signal
import subprocess
import time
from contextlib import suppress

import pytest
import template
from harness import ROOT, pick
from metadata_service import ROLE, ROLES, metadata_service
from servers import REGION

PATHS = ["/etc/pomona", "/etc/systemd/system", "/opt/pomona", "/var/log"]
SYSTEMCTL = """#!/bin/bash
echo "$*" >>"$MACHINE/systemctl"
unit="$MACHINE/etc/systemd/system/$3.service"
[ "$1" = restart ] || exit 0
setsid "$(sed -n s/^ExecStart=//p "$unit")" & # not of the caller's process group
echo $! >"$MACHINE/service"
wait $!
"""


class Machine:
    def __init__(self, folder, user_data, env):
        self.folder = folder
        for path in [*PATHS, "/bin"]:
            (folder / path[1:]).mkdir(parents=True, exist_ok=True)
        text = template.script(user_data)
        for path in PATHS:
            text = text.replace(path, str(folder / path[1:]))
        self.command(folder / "user-data", text)
        self.command(folder / "bin" / "systemctl", SYSTEMCTL)
        self.command(folder / "bin" / "apt-get", "#!/bin/sh\n")
        path = f"{folder / 'bin'}:/usr/bin:/bin"
        self.env = {**env, "MACHINE": str(folder), "PATH": path, "pause": "0"}

    def command(self, file, text):
        file.write_text(text)
        file.chmod(0o755)

    def start(self):
        command = [self.folder / "user-data"]
        return subprocess.Popen(command, env=self.env, start_new_session=True)

    def service(self):
        """The process group of the job that was started last."""
        return int((self.folder / "service").read_text())

    def log(self):
        return (self.folder / "var/log/pomona.log").read_text()

    def asked_of_systemd(self):
        return (self.folder / "systemctl").read_text().splitlines()


def grant(s3, who, **given):
    """The statements of the template's role as policies of the buckets; versitygw knows no
    conditions on prefixes."""
    for bucket in ["photos", "results", "wheels"]:
        arn = f"arn:aws:s3:::{bucket}"
        mine = [s for s in template.statements(**given) if s["Resource"].split("/")[0] == arn]
        kept = [{k: v for k, v in s.items() if k not in ["Condition", "Sid"]} for s in mine]
        policy = [{**s, "Principal": {"AWS": [who.access]}} for s in kept]
        body = json.dumps({"Version": "2012-10-17", "Statement": policy}).encode()
        s3.client().must("PUT", bucket, query={"policy": ""}, body=body)


@pytest.fixture
def given(s3, tmp_path):
    """Parameters of a stack; the photos are there, the wheel is not."""
    (wheel,) = (ROOT / "dist").glob("pomona-*-cp311-cp311-manylinux*.whl")
    for bucket in ["photos", "results", "wheels"]:
        s3.make_bucket(bucket)
    s3.put_folder("photos", "fruits/2026", pick(tmp_path / "photos", 70))
    return {
        "Wheel": f"s3://wheels/new/{wheel.name}",
        "JobOptions": "--threads 1 --components 8 --shard-size 20",
        "StopAtEnd": "yes",
        "AWS::Region": REGION,
    }


@pytest.fixture
def machine(s3, given, tmp_path):
    role = s3.add_user()
    grant(s3, role, **given)
    user_data = template.filled(**given)["Machine"]["Properties"]["UserData"]
    with metadata_service(role) as (address, asked):
        leads_out = re.compile(r"PYTHON|POMONA|VIRTUAL_ENV|AWS_")
        env = {key: value for key, value in os.environ.items() if not leads_out.match(key)}
        env |= {key: v for key, v in s3.env().items() if "KEY" not in key and "METADATA" not in key}
        env |= {"AWS_EC2_METADATA_SERVICE_ENDPOINT": address}
        machine = Machine(tmp_path, user_data, env)
        machine.asked = asked
        yield machine
        with suppress(ProcessLookupError):  # it has ended, unless the test failed
            os.killpg(machine.service(), signal.SIGKILL)


def test_a_machine_tries_goes_on_after_a_reboot_and_stops(machine, given, s3):
    # The first start: there is no wheel. The log says so, here and beside the results.
    assert machine.start().wait() == 1
    assert f"installing {given['Wheel']}" in machine.log()
    assert "try 3 of 3 failed" in machine.log()
    assert f"{ROLES}{ROLE}" in machine.asked
    (sent,) = s3.objects("results", "out/2026/logs/").values()
    assert sent.decode() == machine.log()
    assert machine.asked_of_systemd()[-1] == "poweroff"

    # The second start, shut down in the middle of the job.
    wheel = ROOT / "dist" / given["Wheel"].rpartition("/")[2]
    s3.put_folder("wheels", "new", wheel.parent)
    job = machine.start()
    shard = s3.root / "results/out/2026/features/part-00000.parquet"
    while not shard.exists() and job.poll() is None:
        time.sleep(0.01)
    os.killpg(machine.service(), signal.SIGTERM)
    assert job.wait() == 0
    assert "stopped; the next start" in machine.log()
    assert "out/2026/reducer" not in "".join(s3.objects("results"))
    written = shard.stat().st_mtime_ns

    # The third goes on, to the end.
    assert machine.start().wait() == 0
    objects = s3.objects("results", "out/2026/")
    manifest = json.loads(objects["out/2026/manifest.json"])
    assert manifest["complete"] and manifest["rows"] == 140
    assert shard.stat().st_mtime_ns == written
    assert machine.log().count("installing") == 4
    (log,) = [data for key, data in objects.items() if "/logs/" in key]
    assert log.decode() == machine.log() and log.decode().endswith("done\n")
    assert machine.asked_of_systemd()[-1] == "poweroff"
