# SPDX-License-Identifier: Apache-2.0
"""deploy/ec2.yaml is created, updated and deleted, on moto in this process. What moto does not
know (metadata options, rights in force, updates of a machine) is in test_template.py."""

import base64

import boto3
import pytest
import template
import yaml
from moto import mock_aws
from moto.ssm.models import ssm_backends


class Cloud:
    def __init__(self):
        region = template.GIVEN["AWS::Region"]
        self.stacks, self.ec2, self.iam, ssm = (
            boto3.client(name, region_name=region)
            for name in ["cloudformation", "ec2", "iam", "ssm"]
        )
        self.ec2.create_key_pair(KeyName=template.GIVEN["KeyName"])
        self.image = self.ec2.describe_images()["Images"][0]["ImageId"]
        ssm.put_parameter(Name="ubuntu", Value=self.image, Type="String")
        # Amazon's own parameters cannot be put; moto has not those of Ubuntu.
        ((_, regions),) = ssm_backends.items()
        known = regions[region]._parameters
        known[template.parse()["Parameters"]["Image"]["Default"]] = known["ubuntu"]

    def words(self, **changed):
        given = {k: v for k, v in template.GIVEN.items() if "::" not in k}
        given |= changed
        return {
            "StackName": "pomona",
            "TemplateBody": template.FILE.read_text(),
            "Parameters": [{"ParameterKey": k, "ParameterValue": v} for k, v in given.items()],
            "Capabilities": ["CAPABILITY_IAM"],
        }

    def ids(self) -> dict[str, str]:
        found = self.stacks.describe_stack_resources(StackName="pomona")["StackResources"]
        return {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in found}

    def machine(self) -> dict:
        reservations = self.ec2.describe_instances(InstanceIds=[self.ids()["Machine"]])
        return reservations["Reservations"][0]["Instances"][0]

    def rules(self) -> list[tuple]:
        groups = self.ec2.describe_security_groups()["SecurityGroups"]
        (group,) = [g for g in groups if g["GroupName"] != "default"]
        ranges = [(p["FromPort"], p["IpRanges"]) for p in group["IpPermissions"]]
        return [(port, [r["CidrIp"] for r in cidrs]) for port, cidrs in ranges]


@pytest.fixture
def cloud(monkeypatch):
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"]:
        monkeypatch.setenv(name, "test")
    with mock_aws():
        cloud = Cloud()
        cloud.stacks.create_stack(**cloud.words())
        yield cloud


def test_a_stack_has_its_parts(cloud):
    machine = cloud.machine()
    assert machine["InstanceType"] == "t3.large"
    assert machine["ImageId"] == cloud.image
    assert machine["KeyName"] == template.GIVEN["KeyName"]
    ids = cloud.ids()
    (profile,) = cloud.iam.list_instance_profiles()["InstanceProfiles"]
    assert machine["IamInstanceProfile"]["Arn"] == profile["Arn"]
    (role,) = profile["Roles"]
    assert role["RoleName"] == ids["Role"]
    (name,) = cloud.iam.list_role_policies(RoleName=ids["Role"])["PolicyNames"]
    policy = cloud.iam.get_role_policy(RoleName=ids["Role"], PolicyName=name)["PolicyDocument"]
    assert yaml.safe_load(policy)["Statement"] == template.statements()
    (address,) = cloud.ec2.describe_addresses()["Addresses"]
    assert address["InstanceId"] == machine["InstanceId"]
    assert cloud.rules() == [(22, [template.GIVEN["SshFrom"]])]


def test_the_machine_is_told_what_to_do(cloud):
    words = {"InstanceId": cloud.ids()["Machine"], "Attribute": "userData"}
    told = cloud.ec2.describe_instance_attribute(**words)["UserData"]["Value"]
    conf = template.inner(template.script(base64.b64decode(told).decode()), "/etc/pomona/job.conf")
    assert 'photos="s3://photos/fruits/2026"\nresults="s3://results/out/2026"\n' in conf
    assert f'wheel="{template.GIVEN["Wheel"]}"' in conf
    assert 'AWS_REGION="eu-central-1"' in conf


def test_ssh_moves_to_another_range_and_a_stack_leaves_nothing(cloud):
    cloud.stacks.update_stack(**cloud.words(SshFrom="198.51.100.0/24"))
    assert cloud.rules() == [(22, ["198.51.100.0/24"])]
    machine = cloud.ids()["Machine"]
    cloud.stacks.delete_stack(StackName="pomona")
    reservations = cloud.ec2.describe_instances(InstanceIds=[machine])["Reservations"]
    assert reservations[0]["Instances"][0]["State"]["Name"] == "terminated"
    assert not cloud.iam.list_roles()["Roles"]
    assert not cloud.iam.list_instance_profiles()["InstanceProfiles"]
    # (The address stays: moto cannot delete one with its stack.)
    names = [g["GroupName"] for g in cloud.ec2.describe_security_groups()["SecurityGroups"]]
    assert names == ["default"]
