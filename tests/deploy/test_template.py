# SPDX-License-Identifier: Apache-2.0
"""deploy/ec2.yaml by itself: Amazon's schemas, least rights, and what moto does not know."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import template
from harness import ROOT

OBJECTS = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"}
PHOTOS, RESULTS = "arn:aws:s3:::photos", "arn:aws:s3:::results"
WHEEL = "arn:aws:s3:::" + template.GIVEN["Wheel"].removeprefix("s3://")


def test_it_keeps_to_amazons_schemas():
    lint = Path(sys.executable).with_name("cfn-lint")
    command = [lint, "--regions", "eu-central-1", "us-east-1", "--"]
    done = subprocess.run([*command, template.FILE], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_rights_are_those_of_docs_s3_and_no_more():
    allowed = set()
    for statement in template.statements():
        assert statement["Effect"] == "Allow"
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            allowed.add((action, statement["Resource"]))
    assert allowed == {
        ("s3:ListBucket", PHOTOS),
        ("s3:GetObject", f"{PHOTOS}/fruits/2026/*"),
        ("s3:ListBucket", RESULTS),
        ("s3:ListBucketMultipartUploads", RESULTS),
        *((action, f"{RESULTS}/out/2026/*") for action in OBJECTS),
        ("s3:GetObject", WHEEL),
    }
    listings = [s for s in template.statements() if s["Action"] == "s3:ListBucket"]
    prefixes = [s["Condition"]["StringLikeIfExists"]["s3:prefix"] for s in listings]
    assert prefixes == ["fruits/2026/*", "out/2026/*"]


def test_the_machine_is_closed():
    resources = template.filled()
    machine = resources["Machine"]["Properties"]
    metadata = machine["MetadataOptions"]
    assert metadata["HttpTokens"] == "required" and metadata["HttpPutResponseHopLimit"] == 1
    assert all(disk["Ebs"]["Encrypted"] is True for disk in machine["BlockDeviceMappings"])
    assert machine["SecurityGroupIds"] == [{"Fn::GetAtt": ["Group", "GroupId"]}]
    into = resources["Group"]["Properties"]["SecurityGroupIngress"]
    assert [(rule["FromPort"], rule["ToPort"], rule["CidrIp"]) for rule in into] == [
        (22, 22, template.GIVEN["SshFrom"])
    ]


@pytest.mark.parametrize(
    ("parameter", "good", "bad"),
    [
        ("SshFrom", ["203.0.113.7/32", "10.0.0.0/8"], ["0.0.0.0/0", "10.0.0.0/7", "::/0"]),
        ("SourcePrefix", ["fruits", "a/b-c/2026"], ["", "/a", "a/", "a//b", "a b", "*", "$(id)"]),
        ("JobOptions", ["", "--variance 95% --precision bf16"], ["'; id", "$(id)", "*", "a\nb"]),
        ("Wheel", [template.GIVEN["Wheel"]], ["s3://b/pomona-0.1.0-cp311-cp311-x.whl", "s3://b/*"]),
    ],
)
def test_parameters_that_reach_a_shell_or_a_rule_are_narrow(parameter, good, bad):
    pattern = template.parse()["Parameters"][parameter]["AllowedPattern"]
    assert [value for value in good + bad if re.fullmatch(pattern, value)] == good


def test_the_machine_types_have_their_hints():
    kind = template.parse()["Parameters"]["MachineType"]
    assert kind["Default"] == "t3.large" in kind["AllowedValues"]
    readme = (ROOT / "deploy" / "README.md").read_text(encoding="utf-8")
    for family in {name.split(".")[0] for name in kind["AllowedValues"]}:
        assert family in kind["Description"] and f"`{family}" in readme
    assert "AMX" in kind["Description"]


def test_its_first_pyarrow_is_the_one_that_the_wheel_requires():
    pin = re.search(r"^pyarrow==\S+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert pin.group() in template.FILE.read_text()


@pytest.mark.parametrize("options", ["", "--variance 95%"])
def test_scripts_are_clean(options, tmp_path):
    machine = template.filled(JobOptions=options)["Machine"]["Properties"]
    assert len(machine["UserData"]) < 16_000  # Amazon's limit is 16 KB
    outer = template.script(machine["UserData"])
    for name in ["job.conf", "job"]:
        text = template.inner(outer, f"/etc/pomona/{name}")
        (tmp_path / name).write_text(text.replace("/etc/pomona", str(tmp_path)))
    (tmp_path / "outer").write_text(outer)
    for name in ["outer", "job"]:
        lint = ["shellcheck", "--external-sources", tmp_path / name]
        done = subprocess.run(lint, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout
    unit = template.inner(outer, "/etc/systemd/system/pomona.service")
    assert "ExecStart=/etc/pomona/job\n" in unit
    assert "\n- [scripts-user, always]" in machine["UserData"].replace("  - ", "- ")
    assert "\nsystemctl restart --no-block pomona" in outer
